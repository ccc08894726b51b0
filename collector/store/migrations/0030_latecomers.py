"""What comes with an id from before the packed events is noted by the commit, once for all of a group.

The triggers that looked at every row that is stored go: SQLite copied each page aside for their sake. An
entry of the change log is written in a transaction that also writes its event, whose own trigger stays.
"""

from __future__ import annotations

from typing import Any

import peewee


def up(_: Any, db: peewee.Database) -> None:
    if isinstance(db, peewee.SqliteDatabase):
        for name in ("event_came_late", "entry_came"):
            db.execute_sql(f"DROP TRIGGER {name}")
