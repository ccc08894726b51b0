"""Indexes for one definition's rejections and a section's last days; when a key was seen in a web page."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField


def up(migrator: Any, db: peewee.Database) -> None:
    migrator.migrate(
        migrator.add_column("api_key", "exposed_at", BigIntegerField(null=True)),
        migrator.add_index("rejection", ("definition", "id")),
        migrator.add_index("ledger", ("section", "hour")),
    )
