"""Payloads that were refused, with their reasons: one by one, by cause, and as a replay judges them again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import peewee

from collector.core import ids
from collector.core.events import Space, Trust
from collector.core.problems import Fault, Problem
from collector.core.strict_json import Unreadable, read
from collector.store.database import Database
from collector.store.events import Page
from collector.store.lists import newest_first
from collector.store.models import Definition, Rejection

PART = 500


@dataclass(frozen=True, slots=True)
class KeptRejection:
    """A refused payload as it was kept: `payload` and `faults` are decoded JSON.

    A payload that cannot be decoded any more (a number of thousands of digits, say) is None.
    `is_partial`: it is not all that came, so it cannot be judged again.
    """

    id: int
    event_name: str
    event_id: str | None
    door: str
    received_at: int
    code: str
    faults: list[dict[str, str]]
    payload: Any
    definition_id: int | None
    version_id: int | None
    key_id: int | None
    cause: int
    is_partial: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rejections of a section: those of these definitions; and of those that named none that there is,
    every one (`unknown` of None) or those of these names. Where it is given: of one cause, before one id.
    """

    section_id: str
    definitions: Sequence[int]
    unknown: Sequence[str] | None = None
    cause: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Rejections for one cause: how many are kept, when the first and the last of them came, and the last."""

    cause: int
    count: int
    first_at: int
    example: KeptRejection

    @property
    def last_at(self) -> int:
        return self.example.received_at


@dataclass(frozen=True, slots=True)
class Replayable:
    """A rejection with all that it takes to judge it again; `payload` is JSON text."""

    id: int
    definition_id: int | None
    event_name: str
    event_id: str | None
    door: str
    space: Space
    key_id: int | None
    received_at: int
    sent_at: int | None
    source: str
    trust: Trust
    payload: str
    is_partial: bool
    faults: tuple[Fault, ...]


class Rejections:
    """The rejections of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def page(
        self, section_id: str, limit: int, cursor: str | None, definitions: Sequence[int] | None = None
    ) -> Page:
        """Newest first, without those of hidden definitions; of `definitions` only, where these are given.

        Raises `Problem("request-invalid")` for a cursor that is none of ours.
        """
        visible = Definition.select(Definition.id).where(
            (Definition.section == section_id) & Definition.hidden_at.is_null()
        )
        is_shown = Rejection.definition.is_null() | Rejection.definition.in_(visible)
        if definitions is not None:
            is_shown = Rejection.definition.in_(sorted(definitions))
        query = Rejection.select().where((Rejection.section == section_id) & is_shown)
        found, more = newest_first(self._db, query, Rejection.id, limit, cursor)
        return Page([kept_rejection(row) for row in found], more)

    def selected(self, wanted: Selection, limit: int, cursor: str | None) -> Page:
        """Newest first. Raises `Problem("request-invalid")` for a cursor that is none of ours."""
        query = Rejection.select().where(_condition(wanted))
        found, more = newest_first(self._db, query, Rejection.id, limit, cursor)
        return Page([kept_rejection(row) for row in found], more)

    def causes(self, wanted: Selection, limit: int, cursor: str | None = None) -> Page:
        """Of `Cause`, the most frequent first. Read from an index alone, but for the examples.

        Raises `Problem("request-invalid")` for a cursor that is none of ours.
        """
        count = peewee.fn.COUNT(Rejection.id)
        query = Rejection.select(
            Rejection.cause,
            count.alias("count"),
            peewee.fn.MIN(Rejection.id).alias("first"),
            peewee.fn.MAX(Rejection.id).alias("last"),
        ).where(_condition(wanted))
        query = query.group_by(Rejection.definition, Rejection.cause)
        if cursor is not None:
            before, cause = _place(cursor)
            query = query.having((count < before) | ((count == before) & (Rejection.cause < cause)))
        found = self._db.rows(query.order_by(count.desc(), Rejection.cause.desc()).limit(limit + 1))
        shown = found[:limit]
        more = f"{shown[-1]['count']}.{ids.encode(shown[-1]['cause'])}" if len(found) > limit else None
        return Page(self._causes(shown), more)

    def count(self, wanted: Selection) -> int:
        """How many there are."""
        row = self._db.row(
            Rejection.select(peewee.fn.COUNT(Rejection.id).alias("count")).where(_condition(wanted))
        )
        return int(row["count"]) if row else 0

    def to_replay(self, wanted: Selection, after: int = 0) -> Iterator[Replayable]:
        """The oldest first, those after the rejection of the number `after`; read in parts, as asked for."""
        query = Rejection.select().where(_condition(wanted)).order_by(Rejection.id).limit(PART)
        while found := self._db.rows(query.where(Rejection.id > after)):
            yield from map(_replayable, found)
            after = found[-1]["id"]

    def newest_to_replay(self, wanted: Selection, most: int) -> list[Replayable]:
        """The newest ones, at most so many."""
        query = Rejection.select().where(_condition(wanted)).order_by(Rejection.id.desc())
        return [_replayable(row) for row in self._db.rows(query.limit(most))]

    def find(self, section_id: str, number: int) -> KeptRejection | None:
        """One rejection of a section."""
        of_it = (Rejection.section == section_id) & (Rejection.id == number)
        row = self._db.row(Rejection.select().where(of_it))
        return kept_rejection(row) if row else None

    def _causes(self, found: Sequence[Mapping[str, Any]]) -> list[Cause]:
        numbers = {row[end] for row in found for end in ("first", "last")}
        rows = self._db.rows(Rejection.select().where(Rejection.id.in_(sorted(numbers)))) if numbers else []
        by_number = {row["id"]: row for row in rows}
        return [
            Cause(
                row["cause"],
                row["count"],
                by_number[row["first"]]["received_at"],
                kept_rejection(by_number[row["last"]]),
            )
            for row in found
            # Between the two queries a rejection may have gone.
            if row["first"] in by_number and row["last"] in by_number
        ]


def kept_rejection(row: Mapping[str, Any]) -> KeptRejection:
    """The rejection in a row that was read as a dict."""
    return KeptRejection(
        id=row["id"],
        event_name=row["event_name"],
        event_id=row["event_id"],
        door=row["door"],
        received_at=row["received_at"],
        code=row["code"],
        faults=json.loads(row["faults"]),
        payload=_decoded(row["payload"]),
        definition_id=row["definition"],
        version_id=row["version"],
        key_id=row["key"],
        cause=row["cause"],
        is_partial=bool(row["partial"]),
    )


def _replayable(row: Mapping[str, Any]) -> Replayable:
    return Replayable(
        id=row["id"],
        definition_id=row["definition"],
        event_name=row["event_name"],
        event_id=row["event_id"],
        door=row["door"],
        space=row["space"],
        key_id=row["key"],
        received_at=row["received_at"],
        sent_at=row["sent_at"],
        source=row["source"],
        trust=row["trust"],
        payload=row["payload"],
        is_partial=bool(row["partial"]),
        faults=tuple(Fault(**fault) for fault in json.loads(row["faults"])),
    )


def _decoded(text: str) -> Any:
    try:
        return _tame(read(text.encode()))
    except Unreadable:
        return None


def _tame(value: Any) -> Any:
    """A value that every encoder of JSON can write again: numbers as decimals, what is none as a text."""
    if isinstance(value, dict):
        return {name: _tame(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_tame(one) for one in value]
    if isinstance(value, Decimal) and not value.is_finite():
        return "a number that is too large"
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _condition(wanted: Selection) -> Any:
    those = Rejection.definition.in_(sorted(wanted.definitions))
    if wanted.unknown is None:
        those |= Rejection.definition.is_null()
    elif wanted.unknown:
        those |= Rejection.definition.is_null() & Rejection.event_name.in_(sorted(wanted.unknown))
    condition = (Rejection.section == wanted.section_id) & those
    if wanted.cause is not None:
        condition &= Rejection.cause == wanted.cause
    return condition if wanted.before is None else condition & (Rejection.id < wanted.before)


def _place(cursor: str) -> tuple[int, int]:
    count, _, cause = cursor.partition(".")
    number = ids.decode(cause)
    if number is None or not (count.isascii() and count.isdigit() and len(count) < 19):
        raise Problem("request-invalid", "This is no cursor of an earlier answer.")
    return int(count), number
