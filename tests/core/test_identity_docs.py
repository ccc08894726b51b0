"""The lines in docs/identity.md make tokens that the collector believes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from collector.core.tokens import is_valid
from tests.environment.further_programs import NODE, PHP, Program, are_needed

DOCS = Path(__file__).resolve().parents[2] / "docs" / "identity.md"
SECRET = "fps_a-secret"
WHO = {"email": "anna@exämple.se", "crm_id": "7/é"}
NOW = 1_790_000_000_000_000


def lines_in(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_python_lines_make_a_good_token() -> None:
    names: dict[str, object] = {}
    exec(lines_in("python"), names)
    token = names["token"]
    assert callable(token)
    made = token(SECRET, WHO, 3600)
    now = (int(made.split(".")[0]) - 10) * 1_000_000
    assert is_valid(made, WHO, [SECRET.encode()], now)
    assert not is_valid(made, {**WHO, "crm_id": "8"}, [SECRET.encode()], now)


@pytest.mark.full
@pytest.mark.parametrize(
    ("program", "language", "last_line"),
    [
        (NODE, "js", f"\nconsole.log(token({SECRET!r}, JSON.parse(process.argv[1])))"),
        (PHP, "php", f"\necho token({SECRET!r}, json_decode($argv[1], true));"),
    ],
    ids=["Node.js", "PHP"],
)
def test_the_lines_of_other_languages_make_a_good_token(
    program: Program, language: str, last_line: str
) -> None:
    if not program.is_here():
        (pytest.fail if are_needed() else pytest.skip)(program.missing)
    [command, *_] = program.commands[0]
    run = [command, "-r" if command == "php" else "-e", lines_in(language) + last_line]
    given = '{"email": "anna@exämple.se", "crm_id": "7/é"}'
    made = subprocess.run([*run, given], capture_output=True, text=True, check=True).stdout.strip()
    now = (int(made.split(".")[0]) - 10) * 1_000_000
    assert is_valid(made, WHO, [SECRET.encode()], now)
