"""For how many days the events of a definition are kept."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import IntegerField


def up(migrator: Any, db: peewee.Database) -> None:
    migrator.migrate(migrator.add_column("definition", "retention_days", IntegerField(null=True)))
