"""Which statements keep others waiting for long on PostgreSQL, where their table is a large one."""

from __future__ import annotations

import re
from collections.abc import Collection

LARGE = frozenset(
    {
        *("event", "change", "profile", "identifier", "visitor", "total", "rejection", "merged_event"),
        *("segment_member", "segment_passage"),
    }
)
"""Tables that grow with what comes in."""

_NAME = r'"?(\w+)"?'
_INDEX = re.compile(
    rf"CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?(?:IF NOT EXISTS )?{_NAME} ON (?:ONLY )?{_NAME}", re.I
)
_ALTER = re.compile(rf"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?{_NAME} (.*)", re.I | re.S)
_LONG_CHANGES = (
    (re.compile(r"ALTER (?:COLUMN )?\S+ (?:SET DATA )?TYPE", re.I), "writes the whole table anew"),
    (re.compile(r"SET NOT NULL", re.I), "reads the whole table under an exclusive lock"),
    (re.compile(r"ADD PRIMARY KEY(?! USING INDEX)|ADD UNIQUE(?! USING INDEX)", re.I), "builds an index"),
    (re.compile(r"ADD CONSTRAINT(?!.*(?:NOT VALID|USING INDEX))", re.I | re.S), "reads the whole table"),
    (re.compile(r"ADD COLUMN .*DEFAULT .*\(", re.I | re.S), "may write the whole table anew"),
)
_ROWS = re.compile(rf"(?:UPDATE|DELETE FROM|FROM|JOIN|CLUSTER|REINDEX TABLE|LOCK TABLE|LOCK) {_NAME}", re.I)
_IS_OF_ROWS = re.compile(r"(?:UPDATE|DELETE|INSERT|CREATE TABLE .* AS|CLUSTER|REINDEX|LOCK)\b", re.I | re.S)


def long_lock(sql: str, built_ahead: Collection[str] = ()) -> str | None:
    """Why a statement of a step keeps others waiting for long; None if it does not.

    `built_ahead`: names of indexes that are there by then (`collector/store/online.py`).
    """
    plain = " ".join(sql.split())
    if index := _INDEX.match(plain):
        is_long = not index[1] and index[2] not in built_ahead and index[3] in LARGE
        return f"builds an index of {index[3]} while its writers wait" if is_long else None
    if change := _ALTER.match(plain):
        found = [why for pattern, why in _LONG_CHANGES if pattern.search(change[2])]
        return f"{change[1]}: {found[0]}" if found and change[1] in LARGE else None
    if _IS_OF_ROWS.match(plain):
        large = [table for table in _ROWS.findall(plain) if table in LARGE]
        return f"is about every row of {large[0]}" if large else None
    return None
