"""What a run wrote, table by table and file by file, so that the next one writes only what is different.

The manifest is never ahead of the files: before files are swapped, they are taken out of it. So whatever a
killed run left behind is a file that the manifest does not vouch for, and is written anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

FORMAT = 1
OWN = "_fieldpost"
"""Our folder in a data set. Spark, Hive and pyarrow pass over what begins with an underscore."""


def manifest_of(root: Path, section_id: str) -> Path:
    """Where the manifest of a section is."""
    return root / OWN / f"section={quote(section_id, safe='')}.json"


class Unreadable(Exception):
    """A manifest that is none of ours; `str` says where."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it was written: a digest of its rows, how many they are, and its size in bytes."""

    digest: str
    rows: int
    bytes: int


@dataclass
class Table:
    """Files by their partition (`day=2026-09-21`), and the kinds of their columns."""

    columns: dict[str, str]
    files: dict[str, Written] = field(default_factory=dict)


@dataclass
class Manifest:
    """Of one section. `section_made_at` tells it from another one; `as_of`: what was stored by then."""

    section_made_at: int
    as_of: str = ""
    tables: dict[str, Table] = field(default_factory=dict)
    """By their folder, relative to the data set."""

    @classmethod
    def read(cls, path: Path) -> Manifest | None:
        """None where there is none. Raises `Unreadable`."""
        try:
            found = json.loads(path.read_text("utf-8"))
            if found["format"] != FORMAT:
                raise Unreadable(f"{path} was written by another version of Fieldpost.")
            tables = {name: _table(one) for name, one in found["tables"].items()}
            return cls(found["section_made_at"], found["as_of"], tables)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable(f"{path} is no manifest of a data set.") from error

    def write(self, path: Path) -> None:
        """Whole or not at all, and on the disk."""
        told = {
            "format": FORMAT,
            "section_made_at": self.section_made_at,
            "as_of": self.as_of,
            "tables": {
                name: {
                    "columns": table.columns,
                    "files": {
                        place: [one.digest, one.rows, one.bytes] for place, one in sorted(table.files.items())
                    },
                }
                for name, table in sorted(self.tables.items())
            },
        }
        draft = path.with_name(path.name + ".draft")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(told, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        put(draft, path)


def put(draft: Path, path: Path) -> None:
    """A whole file under its name: who opens it sees the old or the new one, after a loss of power too."""
    draft.replace(path)
    on_disk(path.parent)


def on_disk(folder: Path) -> None:
    """What was renamed in a folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _table(found: Mapping[str, Any]) -> Table:
    return Table(dict(found["columns"]), {place: Written(*one) for place, one in found["files"].items()})
