"""Which steps of the schema a database has taken, without taking any."""

from __future__ import annotations

import ast
from contextlib import closing
from dataclasses import dataclass

from playhouse.migrations import Runner

from collector.store.database import MIGRATIONS, Database, OlderDatabase


@dataclass(frozen=True, slots=True)
class Steps:
    """Names of migrations, in their order. `unknown`: those that a newer Fieldpost has taken."""

    taken: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        return bool(self.taken) and not self.pending and not self.unknown


@dataclass(frozen=True, slots=True)
class Step:
    """One migration, and in a sentence what it is for."""

    name: str
    about: str


def about(name: str) -> Step:
    """The first sentence of a migration's own words."""
    said = ast.get_docstring(ast.parse((MIGRATIONS / f"{name}.py").read_text(encoding="utf-8"))) or ""
    return Step(name, " ".join(said.partition("\n\n")[0].split()))


def require_current(url: str) -> None:
    """Raises `OlderDatabase` where steps are to be taken, in an empty database too."""
    with closing(Database(url)) as database:
        pending = steps(database).pending
    if pending:
        raise OlderDatabase(
            f"This database is older than this Fieldpost: {len(pending)} steps are to be taken, from "
            f"{pending[0]} on, and FIELDPOST_MIGRATE=refuse. Make a backup and take them: fieldpost migrate"
        )


def steps(database: Database) -> Steps:
    """Raises `Problem("storage-unavailable")`. A database that is empty has taken none."""
    with database.connected():
        found = Runner(database.peewee, directory=str(MIGRATIONS)).status()
    return Steps(
        taken=tuple(one.name for one in found if one.applied is not None and one.path is not None),
        pending=tuple(one.name for one in found if one.applied is None),
        unknown=tuple(one.name for one in found if one.path is None),
    )
