"""docs/security.md names tests that are there, and says of each attempt which test proves its end."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parents[1]
GUIDE = (HERE / "docs" / "security.md").read_text()
_ATTEMPTS = GUIDE[GUIDE.index("## What could be tried") : GUIDE.index("## What is accepted")]


def test_every_attempt_names_tests_that_are_there() -> None:
    rows = [
        line for line in _ATTEMPTS.splitlines() if line.startswith("| ") and not line.startswith("| attempt")
    ]
    assert len(rows) > 20
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)`", row)
        assert named, row
        assert [name for name in named if not (HERE / name).is_file()] == []


def test_every_file_of_hostile_input_is_named() -> None:
    corpora = {f"tests/hostile/{path.name}" for path in (HERE / "tests" / "hostile").glob("test_*.py")}
    assert sorted(one for one in corpora if one not in GUIDE) == []
