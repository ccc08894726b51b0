"""When a key was last used."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField


def up(migrator: Any, db: peewee.Database) -> None:
    migrator.migrate(migrator.add_column("api_key", "last_used_at", BigIntegerField(null=True)))
