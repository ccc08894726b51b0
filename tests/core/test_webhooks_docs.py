"""The lines in docs/webhooks.md believe what we sign, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector.core.webhooks.signing import secret_of, signed
from tests.environment.further_programs import NODE, PHP, Program, are_needed

DOCS = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"
SECRET, OTHER = secret_of(b"a" * 32), secret_of(b"b" * 32)
BODY = '{"type":"event.stored","data":{"said":"å ✓ \\" "}}'


def lines_in(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def attempts() -> list[tuple[bool, list[Any]]]:
    """Whether it is ours, and what the lines are given: a secret, headers, a body."""
    now = int(time.time())
    good = signed("msg_1", now, BODY.encode(), [SECRET])
    rotating = signed("msg_1", now, BODY.encode(), [OTHER, SECRET])
    return [
        (True, [SECRET, good, BODY]),
        (True, [SECRET, rotating, BODY]),
        (False, [OTHER, good, BODY]),
        (False, [SECRET, good, BODY + " "]),
        (False, [SECRET, {**good, "webhook-id": "msg_2"}, BODY]),
        (False, [SECRET, {**good, "webhook-signature": "v1,"}, BODY]),
        (False, [SECRET, signed("msg_1", now - 3_600, BODY.encode(), [SECRET]), BODY]),
    ]


def test_the_python_lines_tell_what_is_ours() -> None:
    names: dict[str, Any] = {}
    exec(lines_in("python"), names)
    is_ours: Callable[..., bool] = names["is_ours"]
    for expected, (secret, headers, body) in attempts():
        assert is_ours(secret, headers, body.encode()) is expected


@pytest.mark.full
@pytest.mark.parametrize(
    ("program", "language", "last_lines"),
    [
        (
            NODE,
            "js",
            "const given = JSON.parse(process.argv[1])\n"
            "console.log(JSON.stringify(given.map(([s, h, b]) => isOurs(s, h, Buffer.from(b)))))",
        ),
        (
            PHP,
            "php",
            "echo json_encode(array_map(fn ($one) => is_ours(...$one), json_decode($argv[1], true)));",
        ),
    ],
    ids=["Node.js", "PHP"],
)
def test_the_lines_of_other_languages_tell_what_is_ours(
    program: Program, language: str, last_lines: str
) -> None:
    if not program.is_here():
        (pytest.fail if are_needed() else pytest.skip)(program.missing)
    [command, *_] = program.commands[0]
    run = [command, "-r" if command == "php" else "-e", f"{lines_in(language)}\n{last_lines}"]
    given = json.dumps([arguments for _, arguments in attempts()])
    told = subprocess.run([*run, given], capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == [expected for expected, _ in attempts()]
