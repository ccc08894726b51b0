"""Indexes for what arrived last: a definition's changes and a section's profiles, in the order of their ids."""

from __future__ import annotations

from typing import Any

import peewee


def up(migrator: Any, db: peewee.Database) -> None:
    migrator.migrate(
        migrator.add_index("change", ("definition", "id")),
        migrator.add_index("profile", ("section", "id")),
    )
