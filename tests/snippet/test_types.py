"""The `.d.ts` of definitions, judged by the real TypeScript compiler, which npm brings."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from collector.core.fields import FIELD_TYPES, Field
from snippet.embed import types
from snippet.plan import INHERITED, Plan
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
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.fail("These tests need Node.js and npm (on Debian: `apt-get install npm`).", pytrace=False)
    return Compiler(tmp_path_factory.mktemp("typescript"), npm)


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
WRONG = [
    "fieldpost('order.complete', {total: 1})",
    "fieldpost('order.completed')",
    "fieldpost('order.completed', {})",
    "fieldpost('order.completed', {total: null})",
    "fieldpost('order.completed', {total: true})",
    "fieldpost('order.completed', {total: 1, currency: 'USD'})",
    "fieldpost('order.completed', {total: 1, gift: 'yes'})",
    "fieldpost('order.completed', {total: 1, colour: 'red'})",
    "fieldpost('order.completed', {total: 1}, 5)",
    "fieldpost('page.left', {step: '1'})",
    "fieldpost('identify', {phone: '1'})",
    "fieldpost.identify({email: 5})",
]


def test_correct_calls_compile(compiler: Compiler) -> None:
    assert compiler.problems(CORRECT, types(ORDER), types(LEFT)) == {}


def test_each_wrong_call_does_not(compiler: Compiler) -> None:
    found = compiler.problems(WRONG, types(ORDER), types(LEFT))
    assert [call for line, call in enumerate(WRONG, 1) if line not in found] == []


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
