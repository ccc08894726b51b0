"""What a tree means, said once more in plain Python over everything that is stored: the reference."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from collector.core.fields import parse_timestamp
from collector.core.segments import tree
from collector.core.segments.days import start_of
from collector.store.models import Change, Definition, Event, Identifier, Profile, Version
from tests.cast import Shop

Row = Mapping[str, Any]
NAME, EMAIL = "name", "email"


@dataclass
class Section:
    """A section as its rows tell it. Events and entries that nobody may see are left out."""

    profiles: Sequence[Row]
    identifiers: Sequence[Row]
    events: Sequence[Row]
    entries: Sequence[Row]
    names: Mapping[int, str]
    numbers: Mapping[int, int]
    now: int
    zone: datetime.tzinfo


def look_at(shop: Shop, section: str, now: int, zone: datetime.tzinfo) -> Section:
    def rows(model: Any) -> list[Row]:
        return list(shop.store.database.rows(model.select()))

    names = {
        row["id"]: row["event_name"]
        for row in rows(Definition)
        if row["section"] == section and row["hidden_at"] is None
    }
    events = [row for row in rows(Event) if row["definition"] in names and row["deleted_at"] is None]
    shown = {row["id"]: row for row in events}
    return Section(
        profiles=[row for row in rows(Profile) if row["section"] == section and row["merged_into"] is None],
        identifiers=[row for row in rows(Identifier) if row["section"] == section],
        events=events,
        entries=[
            {**row, "data": shown[row["event"]]["data"]} for row in rows(Change) if row["event"] in shown
        ],
        names=names,
        numbers={row["id"]: row["number"] for row in rows(Version)},
        now=now,
        zone=zone,
    )


def members(node: tree.Node, section: Section) -> list[int]:
    return sorted(row["id"] for row in section.profiles if fits(node, row, section))


def fits(node: tree.Node, profile: Row, section: Section) -> bool:
    if isinstance(node, tree.Branch):
        how: Callable[[Iterable[bool]], bool] = all if node.operator == "and" else any
        return how([fits(leaf, profile, section) for leaf in node.leaves])
    if isinstance(node, tree.GoalLeaf):
        return goal_fits(node, profile, section) != node.negate
    if isinstance(node, tree.TimelineLeaf):
        return node.count.holds(len(entries_of(node, profile, section)))
    return all(contact_fits(one, profile, section) for one in node.filters)


def goal_fits(leaf: tree.GoalLeaf, profile: Row, section: Section) -> bool:
    events = [row for row in section.events if row["profile"] == profile["id"] and counts(leaf, row, section)]
    events.sort(key=lambda row: (row["occurred_at"], row["id"]))
    if leaf.pick != "all":
        events = events[:1] if leaf.pick == "first" else events[-1:]
    moments = leaf.timeframe.at(section.now)
    events = [row for row in events if moments.holds(row["occurred_at"])]
    if not events:
        return False
    number = aggregated(leaf.aggregate, events)
    low, high = leaf.compared.low, leaf.compared.high
    return (
        number is not None
        and (low is None or number >= Fraction(low, 10**6))
        and (high is None or number <= Fraction(high, 10**6))
    )


def counts(leaf: tree.GoalLeaf, row: Row, section: Section) -> bool:
    wanted = (
        (leaf.goal_name, row["goal_name"]),
        (leaf.event_name, section.names[row["definition"]]),
        (leaf.version, section.numbers.get(row["version"])),
        (leaf.currency, row["goal_currency"]),
        (leaf.trust, row["trust"]),
        (leaf.goal_type, row["goal_type"]),
    )
    return (
        row["goal_type"] is not None
        and (leaf.consent is None or leaf.consent.fits(row["consent"]))
        and all(value is None or value == stored for value, stored in wanted)
        and all(in_document(one, row["data"], section) for one in leaf.filters)
    )


def aggregated(aggregate: str, events: Sequence[Row]) -> Fraction | None:
    values = [Fraction(row["goal_value"], 10**6) for row in events if row["goal_value"] is not None]
    match aggregate:
        case "count":
            return Fraction(len(events))
        case "sum":
            return sum(values, Fraction(0))
        case "avg":
            return sum(values, Fraction(0)) / max(len(values), 1)
    return (min if aggregate == "min" else max)(values, default=None)


def entries_of(leaf: tree.TimelineLeaf, profile: Row, section: Section) -> list[Row]:
    moments = leaf.timeframe.at(section.now)
    return [
        row
        for row in section.entries
        if row["profile"] == profile["id"]
        and section.names[row["definition"]] == leaf.event_name
        and moments.holds(row["occurred_at"])
        and all(in_document(one, row["data"], section) for one in leaf.filters)
    ]


def contact_fits(one: tree.Filter, profile: Row, section: Section) -> bool:
    if isinstance(one.place, tree.Member):
        return in_document(one, profile["attributes"], section)
    if isinstance(one.place, tree.Identifier):
        kind = one.place.kind
        own = [row for row in section.identifiers if row["profile"] == profile["id"]]
        return passes(one, [row["value"] for row in own if row["kind"] == kind], section)
    times = [row["occurred_at"] for row in section.events if row["profile"] == profile["id"]]
    known = {
        "created_at": [profile["created_at"]],
        "first_seen": [min(times)] if times else [],
        "last_seen": [max(times)] if times else [],
    }
    return passes(one, known[one.place.which], section)


def in_document(one: tree.Filter, text: str, section: Section) -> bool:
    assert isinstance(one.place, tree.Member)
    value = json.loads(text, parse_float=Number, parse_int=Number)
    for step in one.place.steps:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            value = None
    return passes(one, [] if value is None else [value], section)


class Number(str):
    """A number with its digits."""


def passes(one: tree.Filter, values: Sequence[Any], section: Section) -> bool:
    """Whether one of the values passes; negated: there is one of the type, and none passes."""
    if isinstance(one.test, tree.IsSet):
        return bool(values) != one.negate
    answers = [answer for value in values if (answer := passes_one(one.test, value, section)) is not None]
    return bool(answers) and any(answers) != one.negate


def passes_one(test: tree.Test, value: Any, section: Section) -> bool | None:
    """None: it is no value of the test's type."""
    match test:
        case tree.NumberIs(operator, numbers):
            if not isinstance(value, Number):
                return None
            number = Decimal(value)
            return any(
                {
                    "eq": number == other,
                    "gt": number > other,
                    "gte": number >= other,
                    "lt": number < other,
                    "lte": number <= other,
                }[operator]
                for other in numbers
            )
        case tree.TimeIn(timeframe):
            moment = moment_of(value, section.zone)
            return None if moment is None else timeframe.at(section.now).holds(moment)
    if isinstance(value, bool):
        value = "true" if value else "false"
    if not isinstance(value, str):
        return None
    if isinstance(test, tree.TextIn):
        return value in test.texts
    assert isinstance(test, tree.TextHas)
    found = [part.lower() in value.lower() for part in test.parts]
    return any(found) if test.how == "any" else all(found)


def moment_of(value: Any, zone: datetime.tzinfo) -> int | None:
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or isinstance(value, Number):
        return None
    try:
        if len(value) == 10:
            return start_of(datetime.date.fromisoformat(value), zone)
        return parse_timestamp(value) if value.endswith("Z") else None
    except ValueError:
        return None
