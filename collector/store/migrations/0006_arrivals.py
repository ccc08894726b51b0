"""Indexes for what arrived last: changes by definition and profiles by section, in the order of their ids."""

from __future__ import annotations

from typing import Any

import peewee


def up(migrator: Any, db: peewee.Database) -> None:
    migrator.migrate(
        migrator.add_index("change", ("definition", "id")),
        migrator.add_index("profile", ("section", "id")),
    )
