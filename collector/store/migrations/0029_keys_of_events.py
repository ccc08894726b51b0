"""On PostgreSQL events are found by their keys through a view, so that a table of keys can take its place."""

from __future__ import annotations

from typing import Any

import peewee

from collector.store.parts import give_the_same_rights, give_to_the_owner

VIEW = "CREATE VIEW event_key AS SELECT definition, space, event_id, id AS event FROM event"


def up(_: Any, db: peewee.Database) -> None:
    if not isinstance(db, peewee.SqliteDatabase):
        db.execute_sql(VIEW)
        give_to_the_owner(db, "event", "VIEW event_key")
        give_the_same_rights(db, "event", "event_key")
