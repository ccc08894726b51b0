"""What was known of the person's consent when an event was sent."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import TextField


def up(migrator: Any, db: peewee.Database) -> None:
    migrator.migrate(migrator.add_column("event", "consent", TextField(null=True)))
