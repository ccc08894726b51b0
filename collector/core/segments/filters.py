"""Filters as they are written: a field, its type, an operator and the values that it takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from collector.core.identifiers import normalise
from collector.core.segments.members import Members
from collector.core.segments.timeframes import between
from collector.core.segments.tree import (
    MOMENTS,
    Filter,
    Identifier,
    IsSet,
    Member,
    Moment,
    NumberIs,
    Place,
    Test,
    TextHas,
    TextIn,
    TimeIn,
)

MOST_FILTERS = 50
MOST_STEPS = 8
TYPES = ("string", "number", "time", "json")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_STEP = re.compile(r"[A-Za-z0-9_-]{1,64}")
_POSITION = re.compile(r"[0-9]{1,4}")
_IDENTIFIERS = {
    "email": "email",
    "mobile": "mobile",
    "phone": "mobile",
    "crm_id": "crm_id",
    "external_id": "crm_id",
}
_MEMBERS = ("field_name", "field_type", "operator", "string_values", "number_values", "json_path")
_NEEDED = ("field_name", "field_type", "operator")

Locate = Callable[[Members, str], Place | None]


@dataclass(frozen=True, slots=True)
class _Operator:
    """How an operator is meant: what it negates, and for which types of values it is."""

    means: str
    types: frozenset[str]
    negate: bool = False


_ANY, _TEXT, _NUMBER = frozenset(TYPES), frozenset({"string", "json"}), frozenset({"number", "json"})
_VALUE, _TIME = _TEXT | _NUMBER, frozenset({"time"})
_OPERATORS = {
    "equals": _Operator("eq", _VALUE),
    "not_equals": _Operator("eq", _VALUE, negate=True),
    "in_array": _Operator("in", _VALUE),
    "gt": _Operator("gt", _NUMBER),
    "gte": _Operator("gte", _NUMBER),
    "lt": _Operator("lt", _NUMBER),
    "lte": _Operator("lte", _NUMBER),
    "contains": _Operator("any", _TEXT),
    "not_contains": _Operator("all", _TEXT, negate=True),
    "is_set": _Operator("set", _ANY),
    "is_not_set": _Operator("set", _ANY, negate=True),
    "in_date_range": _Operator("in_date_range", _TIME),
    "not_in_date_range": _Operator("in_date_range", _TIME, negate=True),
    "before_date": _Operator("before_date", _TIME),
    "after_date": _Operator("after_date", _TIME),
    "in_the_last_days": _Operator("in_the_last_days", _TIME),
    "not_in_the_last_days": _Operator("in_the_last_days", _TIME, negate=True),
}


def read_filters(members: Members, locate: Locate) -> tuple[Filter, ...]:
    """The filters of a leaf; `locate` knows which fields there are."""
    if len(members.get("filters") or ()) > MOST_FILTERS:
        members.fault("too-many-members", "filters", f"These are at most {MOST_FILTERS}.")
        return ()
    found = [_read(one, locate) for one in members.objects("filters")]
    return tuple(one for one in found if one is not None)


def in_data(members: Members, field_type: str) -> Place | None:
    """The member of an event's data that a filter names, or of a profile's attributes."""
    name = members.text("field_name") or ""
    if not _NAME.fullmatch(name):
        members.fault("name-invalid", "field_name", f"invalid field name: {name[:64]}")
        return None
    path = members.texts("json_path")
    if bool(path) != (field_type == "json"):
        words = "json_path is for the field type json, which needs one"
        members.fault("member-unfit", "json_path", words)
        return None
    if len(path) > MOST_STEPS or not all(map(_STEP.fullmatch, path)):
        members.fault("value-invalid", "json_path", f"At most {MOST_STEPS} names or positions.")
        return None
    return Member((name, *(int(step) if _POSITION.fullmatch(step) else step for step in path)))


def in_profile(members: Members, field_type: str) -> Place | None:
    """An identifier, a time that is known of every profile, or else an attribute."""
    name = members.text("field_name") or ""
    if name in _IDENTIFIERS:
        return _fitting(members, field_type, "string", Identifier(_IDENTIFIERS[name]))
    for moment in MOMENTS:
        if name == moment:
            return _fitting(members, field_type, "time", Moment(moment))
    return in_data(members, field_type)


def _fitting(members: Members, field_type: str, wanted: str, place: Place) -> Place | None:
    if field_type == wanted:
        return place
    members.fault("member-unfit", "field_type", f"This field has the type '{wanted}'.")
    return None


def _read(members: Members, locate: Locate) -> Filter | None:
    members.refuse_unknown(_MEMBERS)
    missing = [name for name in _NEEDED if members.get(name) in (None, "")]
    for name in missing:
        members.fault("member-missing", name, f"filter must have '{name}'")
    if missing:
        return None
    field_type = members.choice("field_type", TYPES)
    operator = _operator(members, field_type) if field_type else None
    if field_type is None or operator is None:
        return None
    place = locate(members, field_type)
    test = _test(members, field_type, operator)
    if place is None or test is None:
        return None
    return Filter(place, _in_one_form(place, test), operator.negate)


def _operator(members: Members, field_type: str) -> _Operator | None:
    name = members.text("operator") or ""
    found = _OPERATORS.get(name)
    if found is not None and field_type in found.types:
        return found
    known = ", ".join(f"'{one}'" for one, operator in _OPERATORS.items() if field_type in operator.types)
    words = f"invalid operator: {name[:64]} (for the type {field_type}: {known})"
    members.fault("choice-unknown", "operator", words)
    return None


def _test(members: Members, field_type: str, operator: _Operator) -> Test | None:
    if operator.means == "set":
        return IsSet()
    if field_type == "number" or (field_type == "json" and members.get("number_values")):
        return _number_test(members, operator.means)
    values = members.texts("string_values")
    if not values:
        members.fault("member-missing", "string_values", f"{field_type} filter must have 'string_values'")
        return None
    if field_type == "time":
        timeframe = between(members, "string_values", operator.means, values)
        return None if timeframe is None else TimeIn(timeframe)
    return _text_test(members, operator.means, values)


def _text_test(members: Members, means: str, values: tuple[str, ...]) -> Test | None:
    match means:
        case "any":
            return TextHas(values, "any")
        case "all":
            return TextHas(values, "all")
        case "in":
            return TextIn(values)
        case "eq":
            return TextIn(values) if _is_one(members, "string_values", "equals", values) else None
    members.fault("member-missing", "number_values", "number filter must have 'number_values'")
    return None


def _number_test(members: Members, means: str) -> Test | None:
    numbers = members.numbers("number_values")
    if not numbers:
        members.fault("member-missing", "number_values", "number filter must have 'number_values'")
        return None
    match means:
        case "in":
            return NumberIs("eq", numbers)
        case "eq" | "gt" | "gte" | "lt" | "lte":
            named = "equals" if means == "eq" else means
            return NumberIs(means, numbers) if _is_one(members, "number_values", named, numbers) else None
    members.fault("choice-unknown", "operator", "contains is for texts.")
    return None


def _is_one(members: Members, name: str, operator: str, values: tuple[object, ...]) -> bool:
    if len(values) == 1:
        return True
    members.fault("value-count-wrong", name, f"{operator} requires exactly one value")
    return False


def _in_one_form(place: Place, test: Test) -> Test:
    """Identifiers are compared in the form that they are kept in; what is none is compared as it is."""
    if not isinstance(place, Identifier) or not isinstance(test, TextIn):
        return test
    normal = [(text, normalise(place.kind, text, "")) for text in test.texts]
    return TextIn(tuple(one if isinstance(one, str) else text for text, one in normal))
