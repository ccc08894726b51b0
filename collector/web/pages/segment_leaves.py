"""The builder's conditions: from a leaf of a tree to the texts of its inputs, and back.

A condition is `goal`, `timeline` or `contact`. What its inputs cannot show is shown as the JSON that it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from collector.core.fields import plain
from collector.core.segments.filters import TYPES
from collector.core.segments.reading import EVENT_KIND, read_tree
from collector.core.segments.words import beyond, compared
from collector.web.pages.editor_form import read_lines, write_lines

Texts = dict[str, str]
Json = dict[str, Any]

SOURCES = {"goal": "custom_events_goals", "timeline": "contact_timeline", "contact": "contacts"}
MEMBERS = {"goal": "custom_events_goal", "timeline": "contact_timeline", "contact": "contact"}
KINDS = {source: kind for kind, source in SOURCES.items()}

EVERY_TIME: Texts = {"when": "anytime", "days": "30", "from": "", "to": ""}
NEW: Mapping[str, Texts] = {
    "goal": {
        "negate": "",
        "pick": "all",
        "goal_type": "purchase",
        "aggregate": "sum",
        "compare": "gte",
        "value": "",
        "value_2": "",
        "goal_name": "",
        "event_name": "",
        "version": "",
        "currency": "",
        "trust": "",
        "consent": "",
        "purpose": "",
        **EVERY_TIME,
    },
    "timeline": {"done": "yes", "kind": "", "count": "at_least", "times": "1", **EVERY_TIME},
    "contact": {},
}
"""The inputs of a condition that nobody has filled in yet."""

NEW_FILTER: Texts = {
    "field": "",
    "test": "string.equals",
    "value": "",
    "values": "",
    **{name: EVERY_TIME[name] for name in ("days", "from", "to")},
}
WHICH = ("goal_name", "event_name", "currency", "trust", "consent", "purpose")
"""Members of a goal that are a text, and absent where it is empty."""
DATES = ("before_date", "after_date", "in_date_range", "in_the_last_days")
SEVERAL = ("in_array", "contains", "not_contains")
BARE = ("is_set", "is_not_set")
_WHOLE = re.compile("[0-9]{1,9}")
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_NOT_FOR_INPUTS = re.compile("[\r\n]")


@dataclass(frozen=True, slots=True)
class Condition:
    """The inputs of a leaf, and those of its filters."""

    kind: str
    texts: Texts
    filters: tuple[Texts, ...] = ()


def condition_of(node: Json) -> Condition | None:
    """The inputs that show a right leaf; None where they would not mean the same, or could not be typed."""
    leaf = node["leaf"]
    kind = KINDS[leaf["source"]]
    inside = leaf[MEMBERS[kind]]
    texts = {"goal": _goal_texts, "timeline": _timeline_texts, "contact": _no_texts}[kind](inside)
    filters = tuple(map(_filter_texts, inside.get("filters") or ()))
    found = Condition(kind, {**NEW[kind], **texts}, filters)
    every = [text for one in (texts, *filters) for name, text in one.items() if name != "values"]
    can_be_typed = not any(map(_NOT_FOR_INPUTS.search, every))
    return found if can_be_typed and read_tree(leaf_of(found)) == read_tree(node) else None


def leaf_of(condition: Condition, was: Json | None = None) -> Json:
    """The leaf that inputs stand for. Members of the leaf that it `was` and that no input shows are kept."""
    kind = condition.kind
    inside = {"goal": _goal, "timeline": _timeline, "contact": _nothing}[kind](condition.texts)
    if condition.filters:
        inside["filters"] = list(map(_filter, condition.filters))
    if was is not None and was["leaf"]["source"] == SOURCES[kind]:
        before = was["leaf"][MEMBERS[kind]]
        inside = {**{name: before[name] for name in ("template_id",) if name in before}, **inside}
    return {"kind": "leaf", "leaf": {"source": SOURCES[kind], MEMBERS[kind]: inside}}


def fitting(condition: Condition, types: Mapping[str, str]) -> Condition:
    """The same with tests that fit the types of fields: those of what was not filled in yet are exchanged.

    `types` is field → type of a filter.
    """
    filters = []
    for one in condition.filters:
        wanted = types.get(one["field"].partition(".")[0])
        kind, _, operator = one["test"].partition(".")
        is_filled = one["value"] or one["values"] or one["from"]
        if wanted and wanted != kind and operator not in BARE and not is_filled:
            one = {**one, "test": f"{wanted}.{'before_date' if wanted == 'time' else 'equals'}"}
        filters.append(one)
    return replace(condition, filters=tuple(filters))


def input_of(member: str, texts: Texts) -> str:
    """The input that shows a member of a leaf or of a filter."""
    if member in ("timeframe_values", "string_values", "number_values"):
        return _value_input(member, texts)
    return {
        "aggregate_operator": "aggregate",
        "operator": "test" if "test" in texts else "compare",
        "timeframe_operator": "when",
        "count_operator": "count",
        "count_value": "times",
        "field_name": "field",
        "field_type": "test",
        "json_path": "field",
    }.get(member, member)


def _value_input(member: str, texts: Texts) -> str:
    when = texts["when"] if member == "timeframe_values" else _operator(texts["test"])[1]
    if when.endswith("in_the_last_days"):
        return "days"
    if when.removeprefix("not_") in DATES:
        return "from"
    return "values" if when in SEVERAL else "value"


def _no_texts(inside: Json) -> Texts:
    return {}


def _nothing(texts: Texts) -> Json:
    return {}


def _goal_texts(goal: Json) -> Texts:
    operator, value, second = compared(goal)
    return {
        "negate": "not" if goal.get("negate") else "",
        "pick": goal.get("pick") or "all",
        "goal_type": goal["goal_type"],
        "aggregate": goal["aggregate_operator"],
        "compare": operator,
        "value": plain(value),
        "value_2": "" if second is None else plain(second),
        **{name: goal.get(name) or "" for name in WHICH},
        "version": str(goal.get("version") or ""),
        **_time_texts(goal.get("timeframe_operator"), goal.get("timeframe_values")),
    }


def _goal(texts: Texts) -> Json:
    operator, value = texts["compare"], _number(texts["value"])
    if isinstance(value, int | Decimal):
        operator, value = beyond(operator, Decimal(value))
    return {
        "goal_type": texts["goal_type"],
        **{name: texts[name] for name in WHICH if texts[name]},
        **({"version": _whole(texts["version"])} if texts["version"] else {}),
        "aggregate_operator": texts["aggregate"],
        "operator": operator,
        "value": value,
        **({"value_2": _number(texts["value_2"])} if operator == "between" else {}),
        **_timeframe(texts),
        **({"pick": texts["pick"]} if texts["pick"] != "all" else {}),
        **({"negate": True} if texts["negate"] else {}),
    }


def _timeline_texts(timeline: Json) -> Texts:
    operator, count = timeline["count_operator"], timeline["count_value"]
    never = (operator, count) == ("exactly", 0)
    return {
        "done": "no" if never else "yes",
        "kind": timeline["kind"].removeprefix(EVENT_KIND),
        **({} if never else {"count": operator, "times": str(count)}),
        **_time_texts(timeline.get("timeframe_operator"), timeline.get("timeframe_values")),
    }


def _timeline(texts: Texts) -> Json:
    never = texts["done"] == "no"
    return {
        "kind": texts["kind"],
        "count_operator": "exactly" if never else texts["count"],
        "count_value": 0 if never else _whole(texts["times"]),
        **_timeframe(texts),
    }


def _time_texts(operator: str | None, values: list[str] | None) -> Texts:
    operator, values = operator or "anytime", values or []
    relative = operator.endswith("in_the_last_days")
    return {
        "when": operator,
        "days": values[0] if relative and values else EVERY_TIME["days"],
        "from": values[0] if not relative and values else "",
        "to": values[1] if len(values) > 1 else "",
    }


def _timeframe(texts: Texts) -> Json:
    values = _dates(texts["when"], texts)
    return {"timeframe_operator": texts["when"], **({"timeframe_values": values} if values else {})}


def _dates(operator: str, texts: Texts) -> list[str]:
    match operator.removeprefix("not_"):
        case "in_the_last_days":
            return [texts["days"]]
        case "in_date_range":
            return [texts["from"], texts["to"]]
        case "before_date" | "after_date":
            return [texts["from"]]
    return []


def _filter_texts(one: Json) -> Texts:
    operator, kind = one["operator"], one["field_type"]
    numbers, texts = one.get("number_values") or [], one.get("string_values") or []
    shown = [plain(Decimal(number)) for number in numbers] or texts
    if kind == "json":
        kind = "number" if numbers else "string"
    is_time, dates = kind == "time" and operator not in BARE, _time_texts(operator, texts)
    return {
        **NEW_FILTER,
        **({name: dates[name] for name in ("days", "from", "to")} if is_time else {}),
        "field": ".".join((one["field_name"], *(one.get("json_path") or ()))),
        "test": f"{'any' if operator in BARE else kind}.{operator}",
        "value": write_lines(shown) if not is_time and operator not in (*SEVERAL, *BARE) else "",
        "values": write_lines(shown) if operator in SEVERAL else "",
    }


def _filter(texts: Texts) -> Json:
    kind, operator = _operator(texts["test"])
    name, *path = texts["field"].strip().split(".")
    made: Json = {
        "field_name": name,
        "field_type": "json" if path and kind != "time" else {"any": "string"}.get(kind, kind),
        "operator": operator,
        **({"json_path": path} if path else {}),
    }
    if operator in BARE:
        # A time has to be asked for as one where it is no member of an object: those are told apart by name.
        return {**made, **({"field_type": "time"} if name in _TIMES and not path else {})}
    if kind == "time":
        return {**made, "string_values": _dates(operator, texts)}
    values = read_lines(texts["values"] if operator in SEVERAL else texts["value"])
    if kind == "number":
        return {**made, "number_values": list(map(_number, values))}
    return {**made, "string_values": values}


_TIMES = ("created_at", "first_seen", "last_seen")


def _operator(test: str) -> tuple[str, str]:
    kind, _, operator = test.partition(".")
    return (kind if kind in (*TYPES, "any") else "string"), operator


def _number(text: str) -> int | Decimal | str:
    """The number that a text stands for; the text itself if it stands for none, to be refused there."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return text
    return Decimal(text) if "." in text else int(text)


def _whole(text: str) -> int | str:
    text = text.strip()
    return int(text) if _WHOLE.fullmatch(text) else text
