"""The `.d.ts` of definitions, judged by the real TypeScript compiler, which npm brings."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from collector.core.fields import FIELD_TYPES, Field
from snippet.embed import types
from snippet.plan import INHERITED, Plan
from tests.environment.further_programs import NODE, are_needed
from tests.snippet.rules_table import CASES

pytestmark = pytest.mark.full

COMPILER = "typescript@5.9.3"
PATIENCE_SECONDS = 300
ORDER = Plan(
    "order.completed",
    "v1",
    "https://c.example",
    (
        Field("total", "decimal", required=True),
        Field("currency", "text", choices=("SEK", "EUR")),
        Field("gift", "boolean"),
        Field("constructor", "text", pattern="*/ oops", description="*/ oops"),
        Field("page_url", "text", required=True, fill="page.url"),
    ),
)
LEFT = Plan("page.left", "v2", "https://c.example", (Field("step", "integer"),), extra_fields=True)

Problems = dict[int, str]
"""Number of a line of the script → what the compiler says of it."""


class Compiler:
    """TypeScript in a folder of its own, where scripts are compiled together with types."""

    def __init__(self, folder: Path, npm: str) -> None:
        self._folder = folder
        command = [
            npm,
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
            folder,
            COMPILER,
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_SECONDS)

    def problems(self, script: list[str], *declarations: str) -> Problems:
        """What is wrong with the lines of a script; fails where something is wrong elsewhere."""
        for number, text in enumerate(declarations):
            (self._folder / f"types{number}.d.ts").write_text(text, "utf-8")
        (self._folder / "script.ts").write_text("\n".join(script), "utf-8")
        files = ["script.ts", *(f"types{number}.d.ts" for number in range(len(declarations)))]
        flags = ["--strict", "--noEmit", "--pretty", "false", "--target", "es2022"]
        flags += ["--module", "esnext", "--moduleResolution", "bundler"]
        command = [self._folder / "node_modules/.bin/tsc", *flags, *files]
        done = subprocess.run(
            command, cwd=self._folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
        # What is indented explains the line before.
        return dict(_problem(line) for line in done.stdout.splitlines() if line[:1].strip())


def _problem(line: str) -> tuple[int, str]:
    """From `script.ts(3,1): error TS2769: …`."""
    place, _, message = line.partition(": ")
    assert place.startswith("script.ts("), line
    return int(place.removeprefix("script.ts(").split(",")[0]), message


@pytest.fixture(scope="module")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> Compiler:
    if not NODE.is_here():
        (pytest.fail if are_needed() else pytest.skip)(NODE.missing)
    return Compiler(tmp_path_factory.mktemp("typescript"), shutil.which("npm") or "")


CORRECT = [
    "fieldpost('order.completed', {total: 149.99})",
    "fieldpost('order.completed', {total: '149.99', currency: 'SEK', gift: null, constructor: 'a'}, 'Till')",
    "fieldpost('order.completed', {total: 1, page_url: undefined})",
    "window.fieldpost('page.left')",
    "fieldpost('page.left', {step: 1, colour: {red: 1}})",
    "fieldpost('identify', {email: 'a@b.c'}, 'token')",
    "fieldpost.identify({crm_id: '7'})",
    "fieldpost.identify({})",
]
NO_OVERLOAD, NO_MEMBER, NOT_ASSIGNABLE, NO_MODULE = "TS2769", "TS2339", "TS2322", "TS2307"
NO_ARGUMENT = "TS2345"
WRONG = {
    "fieldpost('order.complete', {total: 1})": NO_OVERLOAD,
    "fieldpost('order.completed')": NO_ARGUMENT,
    "fieldpost('order.completed', {})": NO_OVERLOAD,
    "fieldpost('order.completed', {total: null})": NO_OVERLOAD,
    "fieldpost('order.completed', {total: true})": NO_OVERLOAD,
    "fieldpost('order.completed', {total: 1, currency: 'USD'})": NO_OVERLOAD,
    "fieldpost('order.completed', {total: 1, gift: 'yes'})": NO_OVERLOAD,
    "fieldpost('order.completed', {total: 1, colour: 'red'})": NO_OVERLOAD,
    "fieldpost('order.completed', {total: 1}, 5)": NO_OVERLOAD,
    "fieldpost('page.left', {step: '1'})": NO_OVERLOAD,
    "fieldpost('identify', {phone: '1'})": NO_OVERLOAD,
    "fieldpost('identify', {email: 'a@b.c'}, 5)": NO_OVERLOAD,
    "fieldpost.identify({email: 5})": NOT_ASSIGNABLE,
    "fieldpost.consent(true)": NO_MEMBER,
    "fieldpost('consent', true)": NO_OVERLOAD,
}
"""Call → the compiler's code for what is wrong with it."""


def codes(found: Problems) -> dict[int, str]:
    return {line: re.findall(r"TS\d+", message)[0] for line, message in found.items()}


@pytest.mark.parametrize("together", [False, True], ids=["a file for each", "bundle"])
def test_correct_calls_compile(compiler: Compiler, together: bool) -> None:
    files = [types(ORDER, LEFT)] if together else [types(ORDER), types(LEFT)]
    assert compiler.problems(CORRECT, *files) == {}


@pytest.mark.parametrize("together", [False, True], ids=["a file for each", "bundle"])
def test_each_wrong_call_does_not(compiler: Compiler, together: bool) -> None:
    files = [types(ORDER, LEFT)] if together else [types(ORDER), types(LEFT)]
    found = codes(compiler.problems(list(WRONG), *files))
    # Each file says what `identify` takes: then there are several overloads.
    several = {} if together else {"fieldpost.identify({email: 5})": NO_OVERLOAD}
    assert found == dict(enumerate((WRONG | several).values(), 1))


def test_a_bundle_and_the_files_of_its_events_may_be_there_together(compiler: Compiler) -> None:
    assert compiler.problems(CORRECT, types(ORDER, LEFT), types(ORDER), types(LEFT)) == {}


@pytest.mark.parametrize("consent", ["gpc", "ask"])
def test_consent_is_a_call_where_it_is_asked_for(compiler: Compiler, consent: Literal["gpc", "ask"]) -> None:
    asking = types(replace(ORDER, consent=consent), LEFT)
    assert compiler.problems(["fieldpost.consent(true)", "fieldpost('consent', false)"], asking) == {}
    wrong = ["fieldpost.consent('yes')", "fieldpost.consent()", "fieldpost('consent', 1)"]
    assert codes(compiler.problems(wrong, asking)) == {1: NO_ARGUMENT, 2: "TS2554", 3: NO_OVERLOAD}


def test_a_module_has_the_same_types(compiler: Compiler) -> None:
    address = "https://c.example/s/d1.mjs"
    declared = types(ORDER, module=address)
    lines = [f"import fieldpost from '{address}'", "fieldpost('order.completed', {total: 1})"]
    assert compiler.problems(lines, declared) == {}
    wrong = [lines[0], "fieldpost('order.completed', {total: true})", "fieldpost.identify({email: 5})"]
    assert codes(compiler.problems(wrong, declared)) == {2: NO_OVERLOAD, 3: NOT_ASSIGNABLE}
    other = ["import fieldpost from 'https://c.example/s/other.mjs'", "export default fieldpost"]
    assert codes(compiler.problems(other, declared)) == {1: NO_MODULE}


def test_every_type_takes_its_examples(compiler: Compiler) -> None:
    plan = Plan("every.type", "v1", "https://c.example", tuple(Field(name, name) for name in FIELD_TYPES))
    calls = [
        f"fieldpost('every.type', {{{name}: {json.dumps(example)}}})"
        for name, kind in FIELD_TYPES.items()
        for example in (*kind.examples, None)
    ]
    assert compiler.problems(calls, types(plan)) == {}


def test_fields_with_names_that_every_object_has_may_be_left_out(compiler: Compiler) -> None:
    names = sorted(INHERITED)
    plan = Plan("odd.names", "v1", "https://c.example", tuple(Field(name, "integer") for name in names))
    calls = ["fieldpost('odd.names', {})", *(f"fieldpost('odd.names', {{{name}: 1}})" for name in names)]
    assert compiler.problems(calls, types(plan)) == {}
    assert list(compiler.problems(["fieldpost('odd.names', {constructor: 'x'})"], types(plan))) == [1]


def test_every_rule_that_a_type_can_say_is_in_it(compiler: Compiler) -> None:
    calls = [
        f"fieldpost({json.dumps(case.event_name)}, {json.dumps(data)})"
        for case in CASES
        for data in (case.fitting, case.wrong)
    ]
    found = compiler.problems(calls, *(types(case.plan("https://c.example")) for case in CASES))
    wrong = {2 * number for number, case in enumerate(CASES, 1) if case.refused_by("types")}
    assert set(found) == wrong
