"""Why an event is refused, in the sentences of the Notifuse API.

The judge decides, and tells everything at once. That API tells one thing: the first, by an order of its own.
So its own rules are gone through in that order, and only where none of them is broken it is the judge's first
reason that is told, with the names that the client knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from collector.core.documents_shape import EVENT_NAME
from collector.core.goals import GOAL_TYPES, NAME_LENGTH, NEED_A_VALUE
from collector.core.payloads import ID_LENGTH
from collector.core.problems import Fault
from collector.web.notifuse.decode import ZERO_TIME, SentEvent

EVENT_NAME_LENGTH = 100

Rule = Callable[[SentEvent], str | None]
"""The sentence if an event breaks the rule."""


def _no_email(event: SentEvent) -> str | None:
    return None if event.email else "email is required"


def _no_name(event: SentEvent) -> str | None:
    return None if event.event_name else "event_name is required"


def _no_id(event: SentEvent) -> str | None:
    return None if event.external_id else "external_id is required"


def _long_id(event: SentEvent) -> str | None:
    too_long = len(event.external_id) > ID_LENGTH
    return f"external_id must be {ID_LENGTH} characters or less" if too_long else None


def _long_name(event: SentEvent) -> str | None:
    too_long = len(event.event_name) > EVENT_NAME_LENGTH
    return f"event_name must be {EVENT_NAME_LENGTH} characters or less" if too_long else None


def _wrong_name(event: SentEvent) -> str | None:
    if EVENT_NAME.fullmatch(event.event_name):
        return None
    return "event_name must contain only lowercase letters, numbers, underscores, dots, and slashes"


def _goal_type(event: SentEvent) -> str | None:
    if event.goal_type is None or event.goal_type in GOAL_TYPES:
        return None
    return f"goal_type must be one of: [{' '.join(GOAL_TYPES)}]"


def _goal_value(event: SentEvent) -> str | None:
    if event.goal_type not in NEED_A_VALUE or event.has_goal_value:
        return None
    return f"goal_value is required for goal_type '{event.goal_type}'"


def _goal_name(event: SentEvent) -> str | None:
    too_long = len(event.goal_name or "") > NAME_LENGTH
    return f"goal_name must be {NAME_LENGTH} characters or less" if too_long else None


def _no_time(event: SentEvent) -> str | None:
    return "occurred_at is required" if event.occurred_at == ZERO_TIME else None


_OF_A_REQUEST: Sequence[Rule] = (_no_email, _no_name, _no_id, _long_id, _goal_type, _goal_value, _goal_name)
_OF_AN_EVENT: Sequence[Rule] = (_long_name, _wrong_name, _no_time)
_OF_ONE_OF_MANY: Sequence[Rule] = (
    *(_long_id, _no_email, _no_name, _long_name, _wrong_name),
    *(_goal_type, _goal_value, _goal_name),
)

_MEMBERS = {"event": "event_name", "id": "external_id", "identifiers": "email", "data": "properties"}
"""Our member → theirs, where they differ."""


def refused_upsert(event: SentEvent, faults: Sequence[Fault]) -> str:
    """The sentence for an event that the judge refused because of `faults`."""
    broken = _first_broken(event, _OF_A_REQUEST)
    if broken is not None:
        return invalid_request(broken)
    broken = _first_broken(event, _OF_AN_EVENT)
    return f"validation error: invalid custom event: {broken or _in_their_words(faults[0])}"


def refused_import(event: SentEvent, faults: Sequence[Fault], index: int) -> str:
    """The same for one of many, the first of which has the index 0."""
    missing = _no_id(event)
    if missing is not None:
        return f"validation error: event at index {index}: {missing}"
    broken = _first_broken(event, _OF_ONE_OF_MANY)
    return f"validation error: invalid event at index {index}: {broken or _in_their_words(faults[0])}"


def invalid_request(sentence: str) -> str:
    return f"validation error: invalid request: {sentence}"


def _first_broken(event: SentEvent, rules: Sequence[Rule]) -> str | None:
    return next((sentence for rule in rules if (sentence := rule(event)) is not None), None)


def _in_their_words(fault: Fault) -> str:
    """`properties.total: This must be a number.` for a fault of ours at `/data/total`."""
    if fault.code == "event-unknown":
        return "event_name is not defined"
    member, *steps = fault.pointer.removeprefix("/").split("/")
    if member == "identifiers":
        steps = []
    place = ".".join([_MEMBERS.get(member, member), *map(_unescaped, steps)])
    return f"{place}: {fault.message}" if place else fault.message


def _unescaped(step: str) -> str:
    """A step of an RFC 6901 pointer as the name that it stands for."""
    return step.replace("~1", "/").replace("~0", "~")
