"""What arrived, newest first: applied changes of events and refused payloads, in one list.

Both have ids of one source that grow with the time of their commit, so the list is in the order of their
ids, and one id says where a page of it ended. However much is stored, a page looks at a bounded number of
rows: a filter that fits few of them gives shorter pages. The log has no index by definition, which every
event would pay for: it is read backwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from collector.core import ids
from collector.core.consent import AskedConsent
from collector.core.events import EventState
from collector.core.problems import Problem
from collector.store import rows
from collector.store.database import Database
from collector.store.events import Page
from collector.store.models import Change, Event
from collector.store.models import Rejection as RejectionRow
from collector.store.rejections import KeptRejection, kept_rejection

Kind = Literal["accepted", "refused"]
KINDS: tuple[Kind, ...] = ("accepted", "refused")

EXAMINED = 1_000
"""So many rows of each kind are looked at for one page where a filter is left to look at rows."""
LOG = 20_000
"""So many lines of the log are passed over at the most for one page."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which arrivals: of these visible definitions; accepted, refused or both (None); at one door.

    `is_whole`: all of the section's definitions are meant, so what named none of them is meant too. With
    `consent`, only accepted ones, as of them alone it is kept where it can be asked for.
    """

    section_id: str
    definitions: Sequence[int]
    is_whole: bool = True
    kind: Kind | None = None
    door: str | None = None
    consent: AskedConsent | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A change that was applied to an event, and the event as it is now. `at` is the time of receipt."""

    id: int
    operation: str
    at: int
    changes: Mapping[str, Any]
    state: EventState


Arrival = Accepted | KeptRejection


class Arrivals:
    """What arrived in a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def page(self, wanted: Selection, limit: int, cursor: str | None) -> Page:
        """Of `Accepted` and `KeptRejection`. Raises `Problem("request-invalid")` for a cursor of nobody's."""
        before = _number(cursor)
        is_filtered = wanted.door is not None or wanted.consent is not None
        examined = EXAMINED if is_filtered else limit + 1
        sources, horizon = [], 0
        if wanted.kind != "refused":
            floor = self._floor(before)
            sources.append(self._changes(wanted, examined, before, floor))
            horizon = floor
        if wanted.kind != "accepted" and wanted.consent is None:
            sources.append(self._rejections(wanted, examined, before))
        # Below the last row of a source that may have more, what comes next is not known yet.
        ends = (source[-1]["id"] for source in sources if len(source) == examined)
        horizon = max((horizon, *ends))
        found = sorted((row["id"] for row in _fitting(sources, wanted, horizon)), reverse=True)
        shown = found[:limit]
        more = shown[-1] if len(found) > limit else horizon
        return Page(self._read(shown), ids.encode(more) if more else None)

    def _floor(self, before: int | None) -> int:
        """The line of the log down to which a page looks; 0 where that is all of it."""
        lines = Change.select(Change.id)
        if before is not None:
            lines = lines.where(Change.id < before)
        found = self._db.rows(lines.order_by(Change.id.desc()).offset(LOG).limit(1))
        return found[0]["id"] if found else 0

    def _changes(
        self, wanted: Selection, examined: int, before: int | None, floor: int
    ) -> list[dict[str, Any]]:
        query = (
            Change.select(Change.id, Event.door, Event.consent)
            .join(Event, on=(Event.id == Change.event))
            .where(
                (Change.id >= floor)
                & Change.definition.in_(list(wanted.definitions))
                & Event.deleted_at.is_null()
            )
        )
        if before is not None:
            query = query.where(Change.id < before)
        return self._db.rows(query.order_by(Change.id.desc()).limit(examined))

    def _rejections(self, wanted: Selection, examined: int, before: int | None) -> list[dict[str, Any]]:
        of_these = RejectionRow.definition.in_(list(wanted.definitions))
        if wanted.is_whole:
            of_these |= RejectionRow.definition.is_null()
        query = RejectionRow.select(RejectionRow.id, RejectionRow.door).where(
            (RejectionRow.section == wanted.section_id) & of_these
        )
        if before is not None:
            query = query.where(RejectionRow.id < before)
        return self._db.rows(query.order_by(RejectionRow.id.desc()).limit(examined))

    def _read(self, numbers: Sequence[int]) -> list[Arrival]:
        """The arrivals with these ids, in their order."""
        if not numbers:
            return []
        changes = (
            Change.select(
                Change.id.alias("change_id"),
                Change.operation,
                Change.recorded_at,
                Change.changes,
                *(getattr(Event, column) for column in rows.EVENT_COLUMNS),
            )
            .join(Event, on=(Event.id == Change.event))
            .where(Change.id.in_(numbers))
        )
        found: dict[int, Arrival] = {row["change_id"]: _accepted(row) for row in self._db.rows(changes)}
        refused = self._db.rows(RejectionRow.select().where(RejectionRow.id.in_(numbers)))
        found.update({row["id"]: kept_rejection(row) for row in refused})
        return [found[number] for number in numbers if number in found]


def _fitting(
    sources: Sequence[Sequence[Mapping[str, Any]]], wanted: Selection, horizon: int
) -> Iterator[Mapping[str, Any]]:
    for row in chain.from_iterable(sources):
        is_of_door = wanted.door in (None, row["door"])
        if row["id"] >= horizon and is_of_door and _has_consent(row, wanted.consent):
            yield row


def _has_consent(row: Mapping[str, Any], asked: AskedConsent | None) -> bool:
    return asked is None or asked.fits(row["consent"])


def _number(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    number = ids.decode(cursor)
    if number is None:
        raise Problem("request-invalid", "This is no cursor of an earlier answer.")
    return number


def _accepted(row: Mapping[str, Any]) -> Accepted:
    return Accepted(
        id=row["change_id"],
        operation=rows.OPERATIONS[row["operation"]],
        at=row["recorded_at"],
        changes=json.loads(row["changes"]) if row["changes"] else {},
        state=rows.event_state(row),
    )
