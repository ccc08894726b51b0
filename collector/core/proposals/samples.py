"""A proposal from samples: for each member, the types that fit every value that was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collector.core.definitions import Category
from collector.core.fields import FIELD_TYPES, Refused
from collector.core.identifiers import normalise
from collector.core.problems import Fault, pointer_to
from collector.core.proposals.proposal import Gathering, Note, Proposal, Seen, category_of

MOST_SAMPLES = 1_000
ENOUGH = 20
"""From so many samples on, a field that all of them have is proposed as required."""

_NARROWEST_FIRST = ("boolean", "integer", "decimal", "timestamp", "date", "text")
_OF_TEXTS = ("timestamp", "date", "text", "decimal")
"""Digits in quotes are more often a number of something (a postcode, an article) than an amount."""

_PERSONAL = ("email", "mobile")


def from_samples(event_name: str, samples: Sequence[object], category: Category | None = None) -> Proposal:
    """What fits `samples`: payloads or the data of payloads, as `strict_json.read` gives them, at most 1,000.

    No value of a sample is in the answer. A member that is a list, an object, or of no one type becomes no
    field: it is noted, and the proposed definition keeps what it does not list.
    """
    found = Gathering()
    members: dict[str, list[object]] = {}
    count = 0
    for position, sample in enumerate(samples[:MOST_SAMPLES]):
        data = data_in(sample)
        if data is None:
            found.notes.append(Note(pointer_to(position), "This is no object, and was not looked at."))
            continue
        count += 1
        for name, value in data.items():
            if value is not None:
                members.setdefault(name, []).append(value)
    if len(samples) > MOST_SAMPLES:
        found.note("", f"Only the first {MOST_SAMPLES} samples were looked at.")
    for name, values in members.items():
        _propose(found, name, values, count)
    extra = "keep" if found.leaves_out or not found.fields else "reject"
    return found.proposal(event_name, category or category_of(found.fields), extra, count)


def data_in(sample: object) -> Mapping[str, object] | None:
    """The data of a sample: its member `data` where it is a payload, else itself; None if it is no object."""
    if not isinstance(sample, Mapping):
        return None
    data = sample.get("data")
    is_payload = isinstance(data, Mapping) and not sample.keys().isdisjoint(("event", "id", "event_name"))
    return data if is_payload and isinstance(data, Mapping) else sample


def _propose(found: Gathering, name: str, values: list[object], samples: int) -> None:
    pointer = pointer_to(name)
    if not found.is_free(name, pointer):
        return
    order = _OF_TEXTS if all(isinstance(value, str) for value in values) else _NARROWEST_FIRST
    fits = tuple(kind for kind in order if all(_accepts(kind, value) for value in values))
    if not fits:
        found.leave_out(pointer, _why_not(values))
        return
    member: dict[str, Any] = {"name": name, "type": fits[0]}
    if len(values) == samples >= ENOUGH:
        member["required"] = True
    if fits[0] == "text" and any(_is_personal(value) for value in values):
        member["personal"] = True
    found.take(member, pointer, Seen(name, fits, len(values)))


def _accepts(kind: str, value: object) -> bool:
    try:
        FIELD_TYPES[kind].accept(value)
    except Refused:
        return False
    return True


def _why_not(values: list[object]) -> str:
    if any(isinstance(value, list | Mapping) for value in values):
        return "A list or an object is no field; it is kept as it comes."
    return "No type fits all the values that were seen; they are kept as they come."


def _is_personal(value: object) -> bool:
    return any(not isinstance(normalise(kind, value, ""), Fault) for kind in _PERSONAL)
