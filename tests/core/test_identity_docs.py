"""The lines in docs/identity.md make tokens that the collector believes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from collector.core.tokens import is_valid

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
def test_the_node_lines_make_a_good_token() -> None:
    node = shutil.which("node")
    assert node is not None, "This test needs Node.js."
    script = lines_in("js") + f"\nconsole.log(token({SECRET!r}, JSON.parse(process.argv[1])))"
    given = '{"email": "anna@exämple.se", "crm_id": "7/é"}'
    made = subprocess.run(
        [node, "-e", script, given], capture_output=True, text=True, check=True
    ).stdout.strip()
    now = (int(made.split(".")[0]) - 10) * 1_000_000
    assert is_valid(made, WHO, [SECRET.encode()], now)
