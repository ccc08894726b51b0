"""The wheel in an empty environment: what `pip install fieldpost` gives, in any folder."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.servers.fieldpost import environment, running

REPOSITORY = Path(__file__).resolve().parents[1]

DEFINITION = """\
event_name: order.completed
title: Order completed
category: transaction
fields:
  - {name: total, type: decimal, required: true}
  - {name: currency, type: text, choices: [SEK, EUR]}
web_tracking: {enabled: true, source: Website, origins: ["https://shop.example"]}
"""


class Installation:
    """An installed wheel and a folder to work in that is no checkout."""

    def __init__(self, wheel: Path, prefix: Path, folder: Path) -> None:
        self.wheel = wheel
        self.programs = prefix / "bin"
        self.folder = folder

    def run(self, *command: str) -> str:
        """The output of a command of this installation, which must succeed."""
        program, *arguments = command
        done = subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def packed(self) -> set[str]:
        """The names of the files in the wheel."""
        return set(zipfile.ZipFile(self.wheel).namelist())


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("install")
    pip(["wheel", "--no-deps", "--wheel-dir", str(folder), str(REPOSITORY)])
    (wheel,) = folder.glob("*.whl")
    prefix = folder / "environment"
    # Without a pip of its own: the one that runs here installs into it, and the environment starts empty.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    pip(["--python", str(prefix / "bin" / "python"), "install", str(wheel)])
    (folder / "elsewhere").mkdir()
    return Installation(wheel, prefix, folder / "elsewhere")


def pip(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"pip {arguments} failed:\n{done.stderr}"


def test_every_template_is_in_the_wheel(installation: Installation) -> None:
    templates = [path for path in (REPOSITORY / "templates").rglob("*") if path.is_file()]
    expected = {f"collector/_templates/{path.relative_to(REPOSITORY / 'templates')}" for path in templates}
    assert expected
    assert expected <= installation.packed()


def test_the_snippets_sources_are_in_the_wheel(installation: Installation) -> None:
    sources = [path for kind in ("*.js", "*.css") for path in (REPOSITORY / "snippet").rglob(kind)]
    expected = {path.relative_to(REPOSITORY).as_posix() for path in sources}
    assert expected
    assert expected <= installation.packed()


def test_nothing_else_is_in_the_wheel(installation: Installation) -> None:
    tops = {name.split("/")[0] for name in installation.packed() if ".dist-info/" not in name}
    assert tops == {"collector", "snippet"}


def test_the_command_explains_itself(installation: Installation) -> None:
    assert "serve" in installation.run("fieldpost", "--help")


def test_a_definition_can_be_applied_and_shown_in_any_folder(installation: Installation) -> None:
    definition = applied(installation, "elsewhere")
    assert [field["name"] for field in definition["fields"]] == ["total", "currency"]
    assert (installation.folder / "fieldpost.db").exists()


def test_the_installed_server_builds_a_snippet(installation: Installation, tmp_path: Path) -> None:
    address = f"/s/{applied(installation, 'shop')['id']}.js"
    database = f"sqlite:///{installation.folder / 'fieldpost.db'}"
    command = [str(installation.programs / "fieldpost")]
    with running(database, tmp_path, command=command) as server, urlopen(server.url + address) as answer:
        assert "order.completed" in answer.read().decode()


def applied(installation: Installation, section: str) -> dict[str, Any]:
    """Make a section with one definition by the commands, and give that definition as `show` has it."""
    created = json.loads(installation.run("fieldpost", "section", "create", section, "--json"))
    assert created["id"] == section
    (installation.folder / "order.yaml").write_text(DEFINITION)
    installation.run("fieldpost", "definition", "apply", "order.yaml", "--section", section)
    shown = installation.run(
        "fieldpost", "definition", "show", "order.completed", "--section", section, "--json"
    )
    definition: dict[str, Any] = json.loads(shown)
    return definition
