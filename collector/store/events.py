"""Reading events back. Deleted events and those of hidden definitions are nowhere."""

from __future__ import annotations

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import or_
from typing import Any

from collector.core.consent import AskedConsent
from collector.core.events import EventState
from collector.core.identifiers import KINDS
from collector.core.problems import Fault, Problem
from collector.store import rows
from collector.store.consent import consent_fits
from collector.store.database import Database
from collector.store.event_keys import SPACES, has_key, is_event
from collector.store.ledger import NO_DEFINITION
from collector.store.lists import newest_first
from collector.store.models import Change, Definition, Event

Readable = Mapping[int, frozenset[str]]
"""definition → the kinds of identifiers of which an event must carry one to be read; all three: any event."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: of these definitions, one id, from (inclusive) and to (exclusive), in microseconds."""

    definitions: Readable
    event_id: str | None = None
    since: int | None = None
    until: int | None = None
    consent: AskedConsent | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a list, newest first. `next_cursor` is None on the last one."""

    items: list[Any]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """One line of an event's change log: member → (old, new) as stored; times in microseconds."""

    id: int
    operation: str
    occurred_at: int
    recorded_at: int
    changes: Mapping[str, Any]


class Events:
    """The stored events of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def find(self, definition: int, space: int, event_id: str) -> EventState | None:
        """One event, unless it is deleted."""
        its_own = is_event(self._db, definition, space, event_id)
        row = self._db.row(Event.select().where(its_own & Event.deleted_at.is_null()))
        return rows.event_state(row) if row else None

    def page(self, wanted: Wanted, limit: int, cursor: str | None) -> Page:
        """Newest first. Raises `Problem("request-invalid")` for a cursor that is none of ours.

        Each definition is asked for its own newest, which its index has in order; together they would
        be sorted anew for every page.
        """
        found: list[dict[str, Any]] = []
        for number, kinds in wanted.definitions.items():
            one = replace(wanted, definitions={number: kinds})
            query = Event.select().where(self._condition(one) & Event.deleted_at.is_null())
            found += self._db.rows(after(query, Event, cursor).limit(limit + 1))
        found.sort(key=lambda row: (row["occurred_at"], row["id"]), reverse=True)
        return page_of(found, limit, rows.event_state)

    def _condition(self, wanted: Wanted) -> Any:
        condition = readable_events(wanted.definitions)
        if wanted.event_id is not None:
            condition &= has_key(self._db, partial(_is_named, wanted))
        if wanted.since is not None:
            condition &= Event.occurred_at >= wanted.since
        if wanted.until is not None:
            condition &= Event.occurred_at < wanted.until
        if wanted.consent is not None:
            condition &= consent_fits(wanted.consent)
        return condition

    def by_number(self, section_id: str, number: int) -> EventState | None:
        """The event in a row of this number, unless it is deleted, hidden or another section's."""
        row = self._db.row(
            Event.select().where(
                (Event.id == number) & Event.definition.in_(_visible(section_id)) & Event.deleted_at.is_null()
            )
        )
        return rows.event_state(row) if row else None

    def changes(self, state: EventState, limit: int, cursor: str | None = None) -> Page:
        """What was applied to an event, the newest first. Raises `Problem` for a cursor of nobody's."""
        whose = Change.profile.is_null() if state.profile_id is None else Change.profile == state.profile_id
        query = Change.select().where(whose & (Change.event == state.id))
        found, more = newest_first(self._db, query, Change.id, limit, cursor)
        return Page([_applied(row) for row in found], more)

    def latest(self, section_id: str, limit: int) -> list[EventState]:
        """The newest events of a section, as they arrived."""
        query = Event.select().where(Event.definition.in_(_visible(section_id)) & Event.deleted_at.is_null())
        return [rows.event_state(row) for row in self._db.rows(query.order_by(Event.id.desc()).limit(limit))]


def _is_named(wanted: Wanted, key: Any) -> Any:
    of_definitions = key.definition.in_(sorted(wanted.definitions))
    return of_definitions & key.space.in_(SPACES) & (key.event_id == wanted.event_id)


def _visible(section_id: str) -> Any:
    return Definition.select(Definition.id).where(
        (Definition.section == section_id) & Definition.hidden_at.is_null()
    )


def _applied(row: Mapping[str, Any]) -> AppliedChange:
    return AppliedChange(
        id=row["id"],
        operation=rows.OPERATIONS[row["operation"]],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        changes=json.loads(row["changes"]) if row["changes"] else {},
    )


def readable_events(readable: Readable) -> Any:
    """The condition that an event may be read: the query itself leaves out what nobody may know of.

    A page that was filtered afterwards would tell, by its cursor, of what is not on it.
    """
    by_kinds: defaultdict[frozenset[str], list[int]] = defaultdict(list)
    for definition, kinds in readable.items():
        by_kinds[kinds].append(definition)
    conditions = [
        Event.definition.in_(sorted(numbers)) & _carries_one_of(kinds)
        for kinds, numbers in by_kinds.items()
        if kinds
    ]
    return reduce(or_, conditions) if conditions else Event.definition == NO_DEFINITION


def _carries_one_of(kinds: frozenset[str]) -> Any:
    if kinds == frozenset(KINDS):
        return Event.id.is_null(False)
    # Canonical JSON: a quote inside of a value is escaped, so this is found in names of members only.
    carried = [Event.identifiers.contains(f'"{kind}":') for kind in sorted(kinds)]
    return reduce(or_, carried)


def after(query: Any, model: Any, cursor: str | None) -> Any:
    """A query over rows with `occurred_at` and `id`, newest first, going on where `cursor` ended."""
    if cursor is not None:
        moment, number = read_cursor(cursor)
        earlier = (model.occurred_at < moment) | ((model.occurred_at == moment) & (model.id < number))
        query = query.where((model.occurred_at <= moment) & earlier)
    return query.order_by(model.occurred_at.desc(), model.id.desc())


def page_of(
    found: list[dict[str, Any]], limit: int, make: Any, moment: str = "occurred_at", number: str = "id"
) -> Page:
    """The page in the rows that a query for one more than `limit` found; its cursor holds two columns."""
    shown = found[:limit]
    more = make_cursor(shown[-1][moment], shown[-1][number]) if len(found) > limit else None
    return Page([make(row) for row in shown], more)


def make_cursor(moment: int, number: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([moment, number]).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, int]:
    """Raises `Problem("request-invalid")`."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        moment, number = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not all(type(part) is int and abs(part) < 2**63 for part in (moment, number)):
            raise ValueError(cursor)
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        fault = Fault("cursor-invalid", "/cursor", "This is no cursor of an earlier answer.")
        raise Problem("request-invalid", fault.message, faults=[fault]) from error
    return moment, number
