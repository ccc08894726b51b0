"""The command line, driven in this process on a database of its own."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from collector.cli import main
from tests import ready


@dataclass(frozen=True)
class CommandLine:
    """`fieldpost` with the settings of one test. Files are in `folder`."""

    folder: Path
    settings: dict[str, str]

    def run(self, *words: str, stdin: str | bytes | None = None) -> Result:
        inherited = {name: None for name in os.environ if name.startswith("FIELDPOST_")}
        settings = {f"FIELDPOST_{name.upper()}": text for name, text in self.settings.items()}
        return CliRunner(env={**inherited, **settings}).invoke(main, words, input=stdin)

    def read(self, *words: str, stdin: str | bytes | None = None) -> str:
        """What a command that must succeed printed."""
        result = self.run(*words, stdin=stdin)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def data(self, *words: str, stdin: str | bytes | None = None) -> Any:
        """What it prints with `--json`."""
        return json.loads(self.read(*words, "--json", stdin=stdin))

    def refusal(self, *words: str, stdin: str | bytes | None = None) -> str:
        """What a command that must be refused said, on stderr and nowhere else."""
        result = self.run(*words, stdin=stdin)
        assert result.exit_code == 1, result.output
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
        return result.stderr

    def file(self, name: str, text: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def apply(self, text: str | bytes, *words: str, name: str = "events.yaml") -> Any:
        return self.data("definition", "apply", self.file(name, text), *words)


@pytest.fixture
def durable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits wait for the disk, as everybody's do and these tests' do not: the doctor tells."""
    ready.as_always(monkeypatch)


@pytest.fixture
def empty(tmp_path: Path) -> CommandLine:
    """Without any section."""
    return CommandLine(tmp_path, {"database": f"sqlite:///{tmp_path / 'fieldpost.db'}"})


@pytest.fixture(scope="session")
def with_a_section(sqlite_ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the one section `shop`, to be copied."""
    folder = tmp_path_factory.mktemp("section")
    file = folder / "fieldpost.db"
    shutil.copyfile(sqlite_ready, file)
    CommandLine(folder, {"database": f"sqlite:///{file}"}).read("section", "create", "Shop")
    return file


@pytest.fixture
def fieldpost(empty: CommandLine, with_a_section: Path) -> CommandLine:
    """With the one section `shop`."""
    shutil.copyfile(with_a_section, empty.folder / "fieldpost.db")
    return empty
