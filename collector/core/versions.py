"""Which version of a definition counts at a moment. Times are microseconds since 1970, UTC.

Nothing has to happen for a version to become current: it is so from its `current_from` on, on every worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from collector.core.definitions import Content, Version

State = Literal["pending", "current", "superseded", "retired"]


def current(versions: Iterable[Version], now: int) -> Version | None:
    """The version that judges an event which names none: the latest in force that is not retired."""
    latest = None
    for version in versions:
        is_usable = version.current_from <= now and not _is_retired(version, now)
        if is_usable and (latest is None or version.number > latest.number):
            latest = version
    return latest


def state(version: Version, versions: Iterable[Version], now: int) -> State:
    """What a version is at `now`, among all the `versions` of its definition.

    `pending` is not in force yet; `superseded` goes on being accepted where an event names it.
    """
    if _is_retired(version, now):
        return "retired"
    if version.current_from > now:
        return "pending"
    latest = current(versions, now)
    return "current" if latest is not None and latest.id == version.id else "superseded"


def held_until(versions: Sequence[Version], hold_micros: int) -> int:
    """From when on fields, `extra_fields` and goal may be edited again.

    Every edit starts the hold; creating a definition does not.
    """
    newest = max(versions, key=lambda version: version.number)
    return newest.created_at + (hold_micros if newest.number > 1 else 0)


def same_content(a: Content, b: Content) -> bool:
    """Whether two contents judge alike, so that going from one to the other makes no version.

    The fields' descriptions and `personal` are looked away from.
    """
    return _what_judges(a) == _what_judges(b)


def _what_judges(content: Content) -> Content:
    fields = tuple(replace(field, description="", personal=False) for field in content.fields)
    return replace(content, fields=fields)


def _is_retired(version: Version, now: int) -> bool:
    return version.retired_at is not None and version.retired_at <= now
