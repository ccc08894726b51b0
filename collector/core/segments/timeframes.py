"""Timeframes as they are written: an operator and its values."""

from __future__ import annotations

import datetime
import re

from collector.core.fields import Refused, parse_timestamp
from collector.core.segments.days import start_of
from collector.core.segments.members import Members
from collector.core.segments.tree import ANYTIME, Interval, Timeframe

OPERATORS = ("anytime", "in_the_last_days", "in_date_range", "before_date", "after_date")
MOST_DAYS = 36_500

_DAYS = re.compile(r"[0-9]{1,5}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_timeframe(members: Members) -> Timeframe | None:
    """What `timeframe_operator` and `timeframe_values` say; None with a fault."""
    operator = members.choice("timeframe_operator", OPERATORS)
    if operator is None:
        return None
    if operator == "anytime":
        return ANYTIME
    if members.get("timeframe_values") in (None, []):
        words = f"timeframe_values required for timeframe_operator '{operator}'"
        members.fault("member-missing", "timeframe_values", words)
        return None
    before = len(members.faults)
    values = members.texts("timeframe_values")
    return between(members, "timeframe_values", operator, values) if len(members.faults) == before else None


def between(members: Members, name: str, operator: str, values: tuple[str, ...]) -> Timeframe | None:
    """What a relative or an absolute operator makes of its values, which are in the member `name`."""
    if operator == "in_the_last_days":
        return _last_days(members, name, values)
    wanted = 2 if operator == "in_date_range" else 1
    if len(values) != wanted:
        told = "2 values (start and end)" if wanted == 2 else "1 value"
        members.fault("value-count-wrong", name, f"{operator} requires {told}")
        return None
    moments = [read_moment(members, name, value) for value in values]
    if any(moment is None for moment in moments):
        return None
    first, last = moments[0], moments[-1]
    assert first is not None
    match operator:
        case "before_date":
            return Timeframe(Interval(None, first - 1))
        case "after_date":
            return Timeframe(Interval(first + 1, None))
    return Timeframe(Interval(first, last))


def read_moment(members: Members, name: str, text: str) -> int | None:
    """A moment with an offset, or a date, which is the midnight that it begins with; None with a fault."""
    try:
        if _DAY.fullmatch(text):
            return start_of(datetime.date.fromisoformat(text), members.zone)
        return parse_timestamp(text)
    except Refused as refused:
        members.fault("timestamp-invalid", name, f"invalid date: {refused.message}")
    except (ValueError, OverflowError):
        members.fault("timestamp-invalid", name, "invalid date: There is no such day in the calendar.")
    return None


def _last_days(members: Members, name: str, values: tuple[str, ...]) -> Timeframe | None:
    if len(values) != 1:
        words = "in_the_last_days requires 1 value (number of days)"
        members.fault("value-count-wrong", name, words)
    elif not _DAYS.fullmatch(values[0]) or int(values[0]) > MOST_DAYS:
        words = f"invalid days value: {values[0][:50]} (a whole number up to {MOST_DAYS})"
        members.fault("value-invalid", name, words)
    else:
        return Timeframe(days=int(values[0]))
    return None
