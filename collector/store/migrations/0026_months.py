"""On PostgreSQL the change log and the rejections become tables of parts, of which a job makes months.

Nothing is copied and nothing is read: each table, as it is, becomes the only part of a new one of its name,
from the least id to the greatest. So that needs no more than a moment, however much there is. Ids grow with
time, and are the key already: months are ranges of them, and what is unique stays so over all parts.
"""

from __future__ import annotations

from typing import Any

import peewee

from collector.store.parts import make_it_a_part

TABLES = ("change", "rejection")


def up(_: Any, db: peewee.Database) -> None:
    if not isinstance(db, peewee.SqliteDatabase):
        for table in TABLES:
            make_it_a_part(db, table)
