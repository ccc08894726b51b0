"""A tree as it comes in JSON, judged: the one validator, with every fault at its place.

The sentences of the faults are those of the API from which trees come; its doors put `their_words` before
them. An object may have more than one kind of leaf only as null.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TypeVar, get_args

from collector.core.consent import ANSWERS, LONGEST_PURPOSE, PURPOSE, AskedConsent
from collector.core.documents_shape import EVENT_NAME
from collector.core.events import Trust
from collector.core.goals import CURRENCY, GOAL_TYPES, NAME_LENGTH
from collector.core.problems import Fault
from collector.core.segments.filters import in_data, in_profile, read_filters
from collector.core.segments.members import Members
from collector.core.segments.timeframes import read_timeframe
from collector.core.segments.tree import (
    AGGREGATES,
    ANYTIME,
    PICKS,
    Branch,
    ContactLeaf,
    GoalLeaf,
    Interval,
    Leaf,
    Node,
    TimelineLeaf,
)
from collector.core.strict_json import faults_in

MOST_LEVELS = 20
MOST_LEAVES = 200
EVENT_KIND = "custom_event."

_COMPARISONS = ("gte", "lte", "eq", "between")
_COUNTS = ("at_least", "at_most", "exactly")
_CONDITIONS = {
    "contacts": "contact",
    "contact_lists": "contact_list",
    "contact_timeline": "contact_timeline",
    "custom_events_goals": "custom_events_goal",
}
_TIMEFRAME = ("timeframe_operator", "timeframe_values", "filters")
_OF_A_GOAL = (
    *("goal_type", "goal_name", "event_name", "version", "currency", "trust", "consent", "purpose"),
    *("pick", "negate"),
    *("aggregate_operator", "operator", "value", "value_2"),
    *_TIMEFRAME,
)
_OF_A_TIMELINE = ("kind", "count_operator", "count_value", "template_id", *_TIMEFRAME)
_LEAF_OF = re.compile(r"/branch/leaves/(\d+)")

Word = TypeVar("Word", bound=str)


@dataclass(slots=True)
class _Budget:
    """How many leaves a tree may still have."""

    leaves: int = MOST_LEAVES


def read_tree(document: object, zone: datetime.tzinfo = datetime.UTC) -> Node | list[Fault]:
    """The tree, or everything that is wrong with it. In `zone` a date is the midnight that it begins with.

    `document` is as `strict_json.read` gives it. Every number in it is rounded to millionths.
    """
    faults = faults_in(document, max_depth=3 * MOST_LEVELS + 10)
    if faults:
        return faults
    if not isinstance(document, dict):
        return [Fault("type-wrong", "", "tree is required")]
    node = _node(Members(document, "", faults, zone), MOST_LEVELS, _Budget())
    return faults if faults or node is None else node


def their_words(fault: Fault) -> str:
    """A fault of a tree in that API's way: which leaf of which branch, then the sentence."""
    places = "".join(f"branch leaf {number}: " for number in _LEAF_OF.findall(fault.pointer))
    return places + fault.message


def _node(members: Members, levels: int, budget: _Budget) -> Node | None:
    members.refuse_unknown(("kind", "branch", "leaf"))
    kind = members.text("kind") or ""
    match kind:
        case "branch":
            inside = members.inside("branch", "branch node must have 'branch' field")
            return _branch(inside, levels, budget) if inside is not None else None
        case "leaf":
            inside = members.inside("leaf", "leaf node must have 'leaf' field")
            return _leaf(inside, budget) if inside is not None else None
        case "":
            members.fault("member-missing", "kind", "tree node must have 'kind' field")
        case _:
            words = f"invalid tree node kind: {kind[:64]} (must be 'branch' or 'leaf')"
            members.fault("choice-unknown", "kind", words)
    return None


def _branch(members: Members, levels: int, budget: _Budget) -> Branch | None:
    members.refuse_unknown(("operator", "leaves"))
    operator = members.choice("operator", ("and", "or"), "branch operator")
    if members.get("leaves") in (None, []):
        members.fault("too-few-members", "leaves", "branch must have at least one leaf")
    if levels == 0:
        members.fault("too-deep", "leaves", f"A tree has at most {MOST_LEVELS} branches within each other.")
        return None
    nodes = [_node(one, levels - 1, budget) for one in members.objects("leaves")]
    leaves = tuple(node for node in nodes if node is not None)
    match operator:
        case "and" | "or":
            return Branch(operator, leaves) if leaves else None
    return None


def _leaf(members: Members, budget: _Budget) -> Leaf | None:
    members.refuse_unknown(("source", *_CONDITIONS.values()))
    budget.leaves -= 1
    if budget.leaves == -1:
        members.fault("too-many-members", None, f"A tree has at most {MOST_LEAVES} leaves.")
    if members.get("source") in (None, ""):
        members.fault("member-missing", "source", "leaf must have 'source' field")
        return None
    source = members.choice("source", tuple(_CONDITIONS))
    if source is None:
        return None
    if source == "contact_lists":
        members.fault("value-invalid", "source", "contact_lists: there are no lists here")
        return None
    name = _CONDITIONS[source]
    inside = members.inside(name, f"leaf with source '{source}' must have '{name}' field")
    if inside is None:
        return None
    others = [other for other in _CONDITIONS.values() if other != name and members.get(other) is not None]
    for other in others:
        members.fault("member-unfit", other, f"A leaf with source '{source}' has no '{other}'.")
    return {"contact": _contact, "contact_timeline": _timeline, "custom_events_goal": _goal}[name](inside)


def _contact(members: Members) -> ContactLeaf:
    members.refuse_unknown(("filters",))
    if members.get("filters") in (None, []):
        words = "contact condition must have at least one filter"
        members.fault("too-few-members", "filters", words)
    return ContactLeaf(read_filters(members, in_profile))


def _timeline(members: Members) -> TimelineLeaf | None:
    members.refuse_unknown(_OF_A_TIMELINE)
    kind = members.text("kind")
    if not kind:
        members.fault("member-missing", "kind", "contact_timeline condition must have 'kind'")
    operator = members.choice("count_operator", _COUNTS)
    count = members.whole("count_value", 0, "count_value must be non-negative")
    if count is None and members.get("count_value") is None:
        members.fault("member-missing", "count_value", "contact_timeline condition must have 'count_value'")
    members.text("template_id")
    absent = members.get("timeframe_operator") in (None, "")
    timeframe = ANYTIME if absent else read_timeframe(members)
    filters = read_filters(members, in_data)
    if not kind or operator is None or count is None or timeframe is None:
        return None
    low, high = operator != "at_most", operator != "at_least"
    counted = Interval(count if low else None, count if high else None)
    return TimelineLeaf(_event_of(kind), counted, timeframe, filters)


def _event_of(kind: str) -> str | None:
    """The event of a kind of entry, with that API's word before it or without."""
    name = kind.removeprefix(EVENT_KIND)
    return name if EVENT_NAME.fullmatch(name) else None


def _goal(members: Members) -> GoalLeaf | None:
    members.refuse_unknown(_OF_A_GOAL)
    goal_type = _goal_type(members)
    aggregate = _one_of(members, "aggregate_operator", AGGREGATES)
    compared = _compared(members)
    timeframe = read_timeframe(members)
    event_name = _event_name(members)
    pick = "all" if members.get("pick") is None else _one_of(members, "pick", PICKS)
    version = members.whole("version", 1, "The versions of an event are numbered from 1.")
    if version is not None and event_name is None:
        members.fault("member-missing", "event_name", "A version is one of an event: name that too.")
    leaf = GoalLeaf(
        goal_type=None if goal_type == "*" else goal_type,
        aggregate=aggregate or "count",
        compared=compared or Interval(),
        timeframe=timeframe or ANYTIME,
        goal_name=members.text("goal_name", NAME_LENGTH) or None,
        event_name=event_name,
        version=version,
        currency=_currency(members),
        trust=None if members.get("trust") is None else members.choice("trust", get_args(Trust)),
        consent=_consent(members),
        pick=pick or "all",
        filters=read_filters(members, in_data),
        negate=members.flag("negate"),
    )
    return None if None in (goal_type, aggregate, compared, timeframe, pick) else leaf


def _consent(members: Members) -> AskedConsent | None:
    """What was known of it, for a purpose if one is named; an empty one is none."""
    answer = None if members.get("consent") is None else _one_of(members, "consent", ANSWERS)
    purpose = members.text("purpose", LONGEST_PURPOSE) or None
    if purpose is not None and members.get("consent") is None:
        members.fault("member-missing", "consent", "A purpose is one of consent: say which answer too.")
    if purpose is not None and not PURPOSE.fullmatch(purpose):
        members.fault("name-invalid", "purpose", "There can be no such purpose.")
        return None
    return None if answer is None else AskedConsent(answer, purpose)


def _goal_type(members: Members) -> str | None:
    found = members.text("goal_type")
    if not found:
        members.fault("member-missing", "goal_type", "custom_events_goal condition must have 'goal_type'")
        return None
    if found == "*" or found in GOAL_TYPES:
        return found
    listed = ", ".join(GOAL_TYPES)
    members.fault(
        "goal-type-unknown",
        "goal_type",
        f"invalid goal_type: {found[:64]} (must be one of: {listed}, or '*')",
    )
    return None


def _one_of(members: Members, name: str, choices: tuple[Word, ...]) -> Word | None:
    found = members.choice(name, choices)
    return next((one for one in choices if one == found), None)


def _compared(members: Members) -> Interval | None:
    operator = members.choice("operator", _COMPARISONS)
    value = members.millionths("value") if members.get("value") is not None else 0
    second = members.millionths("value_2")
    if operator == "between" and members.get("value_2") is None:
        members.fault("member-missing", "value_2", "between operator requires 'value_2'")
        return None
    if operator is None or value is None:
        return None
    low = value if operator != "lte" else None
    return Interval(low, {"gte": None, "lte": value, "eq": value, "between": second}[operator])


def _event_name(members: Members) -> str | None:
    name = members.text("event_name")
    if not name:
        return None
    if EVENT_NAME.fullmatch(name):
        return name
    members.fault("name-invalid", "event_name", "An event name is 1 to 100 of a–z, 0–9, _, ., / and -.")
    return None


def _currency(members: Members) -> str | None:
    text = members.text("currency")
    if not text:
        return None
    if CURRENCY.fullmatch(text):
        return text.upper()
    members.fault("currency-invalid", "currency", "A currency is three letters, such as SEK (ISO 4217).")
    return None
