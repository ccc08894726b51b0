"""Indexes for what is asked of one definition's rejections, and of a section's last days."""

from __future__ import annotations

from typing import Any

import peewee


def up(migrator: Any, db: peewee.Database) -> None:
    migrator.migrate(
        migrator.add_index("rejection", ("definition", "id")),
        migrator.add_index("ledger", ("section", "hour")),
    )
