"""Which steps of the schema a database has taken, without taking any."""

from __future__ import annotations

from dataclasses import dataclass

from playhouse.migrations import Runner

from collector.store.database import MIGRATIONS, Database


@dataclass(frozen=True, slots=True)
class Steps:
    """Names of migrations, in their order. `unknown`: those that a newer Fieldpost has taken."""

    taken: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        return bool(self.taken) and not self.pending and not self.unknown


def steps(database: Database) -> Steps:
    """Raises `Problem("storage-unavailable")`. A database that is empty has taken none."""
    with database.connected():
        found = Runner(database.peewee, directory=str(MIGRATIONS)).status()
    return Steps(
        taken=tuple(one.name for one in found if one.applied is not None and one.path is not None),
        pending=tuple(one.name for one in found if one.applied is None),
        unknown=tuple(one.name for one in found if one.path is None),
    )
