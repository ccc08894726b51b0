"""What the tests of identity have in common: events of pages, who owns what, and all tables at a glance."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from collector.core.definitions import Definition
from collector.core.events import Trust, Write
from collector.store.models import Change, Conflict, Event, Identifier, MergedEvent, Profile, Visitor
from tests.cast import Shop
from tests.store.writes import write

VISITOR = "visitor-1"
CARL = {"crm_id": "7"}
TABLES = (Profile, Identifier, Event, Change, Visitor, Conflict, MergedEvent)


def anonymous(definition: Definition, event_id: str, visitor: str = VISITOR) -> Write:
    return page(definition, event_id, {}, "claimed", visitor)


def claimed(definition: Definition, event_id: str, who: dict[str, str], visitor: str = VISITOR) -> Write:
    return page(definition, event_id, who, "claimed", visitor)


def signed(definition: Definition, event_id: str, who: dict[str, str], visitor: str = VISITOR) -> Write:
    return page(definition, event_id, who, "signed", visitor)


def page(definition: Definition, event_id: str, who: dict[str, str], trust: Trust, visitor: str) -> Write:
    """An event of a page."""
    return write(definition, event_id, identifiers=who, trust=trust, space=1, door="beacon", visitor=visitor)


def owner(shop: Shop, who: dict[str, str]) -> int:
    """The profile of an identifier."""
    ((kind, value),) = who.items()
    found = shop.store.profiles.find("shop", kind, value)
    assert found is not None, who
    return found.id


def profile_of(shop: Shop, event_id: str) -> int | None:
    row = shop.store.database.row(Event.select(Event.profile).where(Event.event_id == event_id))
    assert row is not None
    profile: int | None = row["profile"]
    return profile


def timeline(shop: Shop, who: dict[str, str]) -> list[str]:
    """The ids of the events on a timeline, one for each entry."""
    entries = shop.store.profiles.timeline(owner(shop, who), 500, None).items
    return sorted(entry.state.event_id for entry in entries)


def tables(shop: Shop) -> dict[str, list[str]]:
    """Every row of every table that is about people, in an order of their own."""
    rows = shop.store.database.rows
    return {model.__name__: sorted(str(row) for row in rows(model.select())) for model in TABLES}


def changes_are_where_their_events_are(shop: Shop) -> bool:
    rows = shop.store.database.rows
    events: dict[int, Any] = {row["id"]: row["profile"] for row in rows(Event.select())}
    return all(row["profile"] == events[row["event"]] for row in rows(Change.select()))


def at_once(*works: Callable[[], None]) -> list[BaseException]:
    """Does all of it in threads that start together; what went wrong."""
    failures: list[BaseException] = []
    start = threading.Barrier(len(works))

    def do(work: Callable[[], None]) -> None:
        try:
            start.wait(10)
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures
