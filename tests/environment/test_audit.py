"""The audit of libraries says what is known, and never that all is well when nobody was asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.environment.audit import VARIABLE, Audited, needed, read, told

PINNED = ["flask==3.1.0", "jinja2==2.10"]
FLASK: dict[str, Any] = {"name": "flask", "version": "3.1.0", "vulns": []}
JINJA: dict[str, Any] = {
    "name": "jinja2",
    "version": "2.10",
    "vulns": [{"id": "CVE-2019-10906", "fix_versions": ["2.10.1"]}],
}
LEFT_OUT = {"name": "jinja2", "skip_reason": "Dependency not found"}


def said(*libraries: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(libraries), "fixes": []})


def test_a_weakness_is_a_failure_and_says_what_mends_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(read(said(FLASK, JINJA), PINNED)) == 1
    assert "jinja2 2.10 has CVE-2019-10906; mended in 2.10.1." in capsys.readouterr().err


def test_nothing_known_of_what_was_looked_up_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(read(said(FLASK, {**JINJA, "vulns": []}), PINNED)) == 0
    assert "2 libraries were looked up: 0 known weaknesses." in capsys.readouterr().out


@pytest.mark.parametrize(
    "printed", ["", "a traceback", said(), said({**LEFT_OUT, "name": "flask"}, LEFT_OUT)]
)
def test_where_nobody_could_be_asked_it_says_so_and_fails_only_if_that_is_needed(
    printed: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(read(printed, PINNED)) == 0
    heard = capsys.readouterr()
    assert "nothing was audited" in heard.err
    assert heard.out == ""
    monkeypatch.setenv(VARIABLE, "needed")
    assert told(read(printed, PINNED)) == 1


def test_what_was_left_out_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(read(said(FLASK, LEFT_OUT), PINNED)) == 0
    heard = capsys.readouterr()
    assert "Nobody could be asked about: jinja2==2.10." in heard.err
    assert "1 libraries were looked up" in heard.out


def test_what_is_audited_is_what_runs_and_nothing_of_the_tests() -> None:
    names = {one.partition("==")[0].lower() for one in needed("fieldpost")}
    assert {"flask", "werkzeug", "peewee", "granian", "psycopg", "markupsafe"} <= names
    assert names & {"pytest", "mypy", "playwright"} == set()
    assert Audited(0, (), ()) == Audited(0, (), ())
