"""How far whoever is asking may see: which definitions, and by which identifiers their events."""

from __future__ import annotations

from collections.abc import Callable

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.identifiers import KINDS
from collector.core.permissions import ALL_OPERATIONS, readable_kinds
from collector.core.problems import Fault, Problem
from collector.store.events import Page, Readable
from collector.store.rejections import Selection
from collector.web.access import may, principal
from collector.web.parts import parts

EVERY_KIND = frozenset(KINDS)


def reachable() -> dict[int, Definition]:
    """The definitions of the section of which the asking key may read events at all, by number."""
    asking = principal()
    found = {}
    for one in parts().store.definitions.all(asking.section_id):
        number = ids.decode(one.id)
        if number is not None and asking.may_use(one.draft.event_name) and asking.readable_of(one):
            found[number] = one
    return found


def readable_kinds_of(definitions: dict[int, Definition]) -> dict[int, frozenset[str]]:
    """Definition number → the kinds of identifiers by which its events may be read."""
    asking = principal()
    return {number: asking.readable_of(one) for number, one in definitions.items()}


def seen_kinds() -> frozenset[str]:
    """The kinds of identifiers that the asking key may see anywhere: through some event that it may read."""
    asking = principal()
    if not parts().store.definitions.all(asking.section_id):
        return readable_kinds(ALL_OPERATIONS, asking.grants)
    return frozenset[str]().union(*readable_kinds_of(reachable()).values())


def wholly_readable() -> dict[int, Definition]:
    """The definitions whose every event may be read: of them alone may numbers and refusals be told."""
    asking = principal()
    return {number: one for number, one in reachable().items() if asking.readable_of(one) == EVERY_KIND}


def rejections_within_reach(event_name: str | None = None) -> Selection:
    """The rejections that may be told: those of definitions whose every event may be read, and of names that
    nobody has defined to whoever may read all of them. Of one event alone, if it is given.
    """
    section_id, key, whole = principal().section_id, principal().key, wholly_readable()
    is_for_all = key is None or key.events is None
    reads_all = is_for_all and len(whole) == len(parts().store.definitions.all(section_id))
    if event_name is None:
        return Selection(section_id, list(whole), None if reads_all else ())
    numbers = [number for number, one in whole.items() if one.draft.event_name == event_name]
    return Selection(section_id, numbers, (event_name,) if numbers or reads_all else ())


def timeline_within_reach() -> Callable[[int, int, str | None, Readable], Page]:
    """What reads timelines: for whoever may read segments, with joining and leaving them."""
    store = parts().store
    return store.timelines.page if may(principal(), "segments.read") else store.profiles.timeline


def require_use(event_name: str) -> None:
    """Raises `Problem("event-not-allowed")` if the asking key is for other events only."""
    if not principal().may_use(event_name):
        fault = Fault("event-not-allowed", "/event_name", f"This key is not for {event_name!r}.")
        raise Problem("event-not-allowed", fault.message, faults=[fault])
