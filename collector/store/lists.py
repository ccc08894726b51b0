"""Lists of rows by their ids, which grow with time: the newest first, page by page."""

from __future__ import annotations

from typing import Any

from collector.core import ids
from collector.core.problems import Problem
from collector.store.database import Database


def newest_first(
    database: Database, query: Any, number: Any, limit: int, cursor: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """The rows of a page, and the cursor of the next one if there is one; `number` is the column of the id.

    Raises `Problem("request-invalid")` for a cursor that is none of ours.
    """
    if cursor is not None:
        last = ids.decode(cursor)
        if last is None:
            raise Problem("request-invalid", "This is no cursor of an earlier answer.")
        query = query.where(number < last)
    found = database.rows(query.order_by(number.desc()).limit(limit + 1))
    more = ids.encode(found[limit - 1][number.name]) if len(found) > limit else None
    return found[:limit], more
