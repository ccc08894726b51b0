"""The lines that send a payload from elsewhere: what they send is the payload, to the digit."""

from __future__ import annotations

import ast
import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.web.sending import LABELS, sending_lines

ADDRESS = "https://fieldpost.example"
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))
HARD = '{"a": "it\'s \\\\ \\"$HOME\\" `x` </script> \u2028", "n": 99999999999999999999.1}'


def text_in(code: str, start: str) -> str:
    """What stands after `start` to the end of the line, without the semicolon."""
    [line] = [one for one in code.split("\n") if one.startswith(start)]
    return line.removeprefix(start).removesuffix(";")


@given(TEXTS.map(lambda text: json.dumps({"a": text}, ensure_ascii=False)))
def test_every_language_holds_the_payload_as_it_is(payload: str) -> None:
    lines = sending_lines(ADDRESS, payload)
    words = shlex.split(lines["curl"].replace("\\\n", " "))
    assert words[words.index("--data-binary") + 1] == payload
    assert ast.literal_eval(text_in(lines["python"], "payload = ")) == payload
    assert json.loads(text_in(lines["javascript"], "const payload = ")) == payload
    php = lines["php"].split("$payload = ", 1)[1].split(";\n$request", 1)[0]
    assert php[1:-1].replace("\\'", "'").replace("\\\\", "\\") == payload or "\\" in payload


@pytest.mark.parametrize("language", list(LABELS))
def test_each_names_the_address_and_keeps_the_key_out(language: str) -> None:
    code = sending_lines(ADDRESS, HARD)[language]
    assert f"{ADDRESS}/api/v1/events" in code
    assert "FIELDPOST_KEY" in code
    assert "fp_" not in code


def test_python_s_lines_are_python() -> None:
    compile(sending_lines(ADDRESS, HARD)["python"], "lines", "exec")
