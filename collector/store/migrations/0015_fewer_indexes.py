"""Changes by definition are read from the log itself: their index cost every event most of a page."""

from __future__ import annotations

from typing import Any

import peewee


def up(migrator: Any, db: peewee.Database) -> None:
    migrator.migrate(migrator.drop_index("change", "change_definition_id"))
