"""A segment's tree in sentences that read after "Everybody who …", made of its JSON.

Dates and numbers are told as they were written. What others wrote is marked, so that a page can keep it
apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from collector.core.segments.reading import EVENT_KIND


class Theirs(str):
    """A piece of a sentence that somebody else wrote: a name, a value."""

    __slots__ = ()


Piece = str | Theirs
Names = Mapping[str, str]
"""Event name → what people call it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A condition in pieces of one sentence; of a branch what its `parts` say, and whether `all` hold."""

    pieces: tuple[Piece, ...]
    parts: tuple[Told, ...] = ()
    all: bool = True

    @property
    def text(self) -> str:
        """All of it on one line."""
        if not self.parts:
            return "".join(self.pieces)
        told = [f"({one.text})" if len(one.parts) > 1 else one.text for one in self.parts]
        return (" and " if self.all else " or ").join(told)


GOAL_NOUNS: Mapping[str, tuple[str, str]] = {
    "purchase": ("purchase", "purchases"),
    "subscription": ("subscription", "subscriptions"),
    "lead": ("lead", "leads"),
    "signup": ("sign-up", "sign-ups"),
    "booking": ("booking", "bookings"),
    "trial": ("trial", "trials"),
    "other": ("other goal", "other goals"),
    "*": ("goal of any kind", "goals of any kind"),
}
FIELDS: Mapping[str, str] = {
    "email": "e-mail",
    "mobile": "mobile",
    "phone": "mobile",
    "crm_id": "CRM id",
    "external_id": "CRM id",
    "created_at": "time when the profile was made",
    "first_seen": "time of the first event",
    "last_seen": "time of the last event",
}
"""What is known of every profile → what people call it."""

TRUST_WORDS: Mapping[str, str] = {
    "key": "vouched for by an integration",
    "signed": "signed by the page's server",
    "claimed": "claimed by a page",
}
CONSENT_WORDS: Mapping[str, str] = {
    "true": "with consent given",
    "false": "with consent refused",
    "unknown": "of whose consent nothing was said",
}
_AGGREGATES = {
    "sum": ("that add up to ", ""),
    "avg": ("of ", " on average"),
    "min": ("of which the smallest is ", ""),
    "max": ("of which the greatest is ", ""),
}
_STEP = Decimal("0.000001")


def in_words(tree: Mapping[str, Any], names: Names) -> Told:
    """What a right tree says."""
    if tree.get("kind") == "branch":
        branch = tree["branch"]
        parts = tuple(in_words(one, names) for one in branch["leaves"])
        is_all = branch["operator"] == "and"
        return Told(("all of these hold",) if is_all else ("any of these holds",), parts, is_all)
    leaf = tree["leaf"]
    if leaf["source"] == "custom_events_goals":
        return Told((*_goal(leaf["custom_events_goal"], names),))
    if leaf["source"] == "contact_timeline":
        return Told((*_timeline(leaf["contact_timeline"], names),))
    return Told((*_contact(leaf["contact"]),))


def compared(goal: Mapping[str, Any]) -> tuple[str, Decimal, Decimal | None]:
    """How a goal compares: an operator with `over` and `under` besides, and its values.

    Values have six decimal places: at least 200.000001 is what people call more than 200.
    """
    operator, value = goal["operator"], Decimal(str(goal.get("value") or 0))
    second = None if goal.get("value_2") is None else Decimal(str(goal["value_2"]))
    if operator == "gte" and _is_a_step(value - _STEP):
        return "over", value - _STEP, second
    if operator == "lte" and _is_a_step(value + _STEP):
        return "under", value + _STEP, second
    return operator, value, second


def beyond(operator: str, value: Decimal) -> tuple[str, Decimal]:
    """The way back from `over` and `under` to an operator of a tree."""
    if operator == "over":
        return "gte", value + _STEP
    return ("lte", value - _STEP) if operator == "under" else (operator, value)


def number_text(value: Decimal | int) -> str:
    """A number with its thousands apart and without zeros that say nothing."""
    text = f"{Decimal(value):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_a_step(value: Decimal) -> bool:
    """Whether a person would write the value: `compared` turns 200.000001 round, but not 0.000002."""
    return abs(value) < 10**15 and value == value.quantize(Decimal("0.01"))


def _goal(goal: Mapping[str, Any], names: Names) -> Iterator[Piece]:
    one, many = GOAL_NOUNS[goal["goal_type"]]
    pick, aggregate = goal.get("pick") or "all", goal["aggregate_operator"]
    operator, value, _ = compared(goal)
    at_least_one = aggregate == "count" and operator == "gte" and value <= 1
    no = bool(goal.get("negate"))
    if pick != "all":
        yield f"has {'no' if no else 'a'} {pick} {one}"
        yield from _which(goal, names)
        if aggregate != "count":
            yield f" of {_comparison(goal)}"
        elif not at_least_one:
            yield f", counted {_comparison(goal)}"
    elif at_least_one:
        yield f"has made {'no' if no else 'an' if one[0] in 'aeiou' else 'a'} {one}"
        yield from _which(goal, names)
    elif aggregate == "count":
        yield f"has {'not ' if no else ''}made {_comparison(goal)} {one if value == 1 else many}"
        yield from _which(goal, names)
    else:
        before, after = _AGGREGATES[aggregate]
        yield f"has {'no ' if no else ''}{many}"
        yield from _which(goal, names)
        yield f" {before}{_comparison(goal)}{after}"
    yield from _when(goal)
    yield from _where(goal.get("filters"))


def _comparison(goal: Mapping[str, Any]) -> str:
    operator, value, second = compared(goal)
    words = {"gte": "at least", "lte": "at most", "eq": "exactly", "over": "more than", "under": "less than"}
    amount = number_text(value)
    if operator == "between":
        text = f"{amount} to {number_text(second or 0)}"
    else:
        text = f"{words[operator]} {amount}"
    return f"{text} {goal['currency'].upper()}" if goal.get("currency") else text


def _which(goal: Mapping[str, Any], names: Names) -> Iterator[Piece]:
    if goal.get("goal_name"):
        yield from (" “", Theirs(goal["goal_name"]), "”")
    if goal.get("event_name"):
        yield " by "
        yield Theirs(names.get(goal["event_name"], goal["event_name"]))
    if goal.get("version"):
        yield f" (version {goal['version']})"
    if goal.get("currency") and goal["aggregate_operator"] == "count":
        yield f" in {goal['currency'].upper()}"
    if goal.get("trust"):
        yield f" {TRUST_WORDS[goal['trust']]}"
    if goal.get("consent"):
        yield f" {CONSENT_WORDS[goal['consent']]}"
        if goal.get("purpose"):
            yield from (" for “", Theirs(goal["purpose"]), "”")


def _timeline(timeline: Mapping[str, Any], names: Names) -> Iterator[Piece]:
    event = timeline["kind"].removeprefix(EVENT_KIND)
    operator, count = timeline["count_operator"], timeline["count_value"]
    is_never = count == 0 and operator != "at_least"
    yield "has not done " if is_never else "has done "
    yield Theirs(names.get(event, event))
    if not is_never and (operator, count) != ("at_least", 1):
        yield f" {operator.replace('_', ' ')} {number_text(count)} {'time' if count == 1 else 'times'}"
    yield from _when(timeline)
    yield from _where(timeline.get("filters"))


def _when(inside: Mapping[str, Any]) -> Iterator[Piece]:
    yield from _timeframe(inside.get("timeframe_operator") or "anytime", inside.get("timeframe_values") or ())


def _timeframe(operator: str, values: Sequence[str]) -> Iterator[Piece]:
    match operator:
        case "in_the_last_days":
            days = int(values[0])
            yield f" in the last {number_text(days)} days" if days != 1 else " in the last day"
        case "before_date":
            yield from (" before ", _date(values[0]))
        case "after_date":
            yield from (" after ", _date(values[0]))
        case "in_date_range":
            yield from (" from ", _date(values[0]), " to ", _date(values[1]))


def _date(text: str) -> Theirs:
    """A date as it is, a moment with spaces and its zone in words."""
    return Theirs(text.replace("T", " ").replace("Z", " UTC"))


def _where(filters: Iterable[Mapping[str, Any]] | None) -> Iterator[Piece]:
    for place, one in enumerate(filters or ()):
        yield " and " if place else ", where "
        yield from _filter(one, Theirs(_named(one)))


def _contact(contact: Mapping[str, Any]) -> Iterator[Piece]:
    for place, one in enumerate(contact["filters"]):
        name = one["field_name"]
        yield " and " if place else ""
        yield "has " if one["operator"] in ("is_set", "is_not_set") else "whose "
        if one["operator"] in ("is_set", "is_not_set"):
            yield "no " if one["operator"] == "is_not_set" else "a "
            yield FIELDS.get(name) or Theirs(_named(one))
        else:
            yield from _filter(one, FIELDS.get(name) or Theirs(_named(one)))


def _named(one: Mapping[str, Any]) -> str:
    return ".".join((one["field_name"], *(one.get("json_path") or ())))


def _filter(one: Mapping[str, Any], name: Piece) -> Iterator[Piece]:
    yield name
    operator = one["operator"]
    texts = one.get("string_values") or ()
    if operator in ("is_set", "is_not_set"):
        yield " has a value" if operator == "is_set" else " has no value"
    elif operator.endswith(("_date", "_days", "_range")):
        yield " is not" if operator.startswith("not_") else " is"
        yield from _timeframe(operator.removeprefix("not_"), texts)
    else:
        yield f" {_TESTS[operator]} "
        numbers = [number_text(number) for number in one.get("number_values") or ()]
        is_number = one["field_type"] == "number" or (one["field_type"] == "json" and numbers)
        for place, value in enumerate(numbers if is_number else texts):
            yield " or " if place else ""
            yield value if is_number else Theirs(value)


_TESTS = {
    "equals": "is",
    "not_equals": "is not",
    "in_array": "is",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "contains": "contains",
    "not_contains": "does not contain",
}
