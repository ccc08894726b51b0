"""Days in a time zone: where they begin, and when it is five in the morning."""

from __future__ import annotations

import datetime

_DAY_ZERO = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)
_HOUR_OF_RECOMPUTING = 5


def start_of(day: datetime.date, zone: datetime.tzinfo) -> int:
    """The midnight with which a day begins there, in microseconds since 1970, UTC.

    A midnight that comes twice is the first one; where the clocks jump over it, it is the moment of the jump.
    """
    return _moment(datetime.datetime.combine(day, datetime.time(), zone))


def day_at(moment: int, zone: datetime.tzinfo) -> datetime.date:
    """The day that it is there, kept within the calendar's years 1 to 9999."""
    try:
        return (_DAY_ZERO + moment * _MICROSECOND).astimezone(zone).date()
    except OverflowError:
        return datetime.date.min if moment < 0 else datetime.date.max


def next_five(now: int, zone: datetime.tzinfo) -> int:
    """The next 05:00 there that is later than `now`; where the clocks jump over it, as much later."""
    day = day_at(now, zone) - datetime.timedelta(days=1)
    while True:
        five = _moment(datetime.datetime.combine(day, datetime.time(_HOUR_OF_RECOMPUTING), zone))
        if five > now:
            return five
        day += datetime.timedelta(days=1)


def _moment(local: datetime.datetime) -> int:
    # Aware times of one zone would be subtracted by the clock on the wall.
    return (local.astimezone(datetime.UTC) - _DAY_ZERO) // _MICROSECOND
