"""On PostgreSQL vacuum comes to the events when a hundredth of them is new, instead of a fifth.

Segments with a timeframe read an index that has all they need, but for whether a row is there for everybody,
which vacuum notes page by page. The newest events are those that are asked for, and of a hundred million
events a fifth would be months. Such a vacuum reads new pages alone; it takes no lock that anybody waits for.
"""

from __future__ import annotations

from typing import Any

import peewee

PARAMETERS = """
ALTER TABLE event SET (autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.02)
"""


def up(_: Any, db: peewee.Database) -> None:
    if not isinstance(db, peewee.SqliteDatabase):
        db.execute_sql(PARAMETERS)
