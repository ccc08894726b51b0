"""One job: what it is, when it is due, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from collector.jobs.schedule import Schedule
from collector.store.opening import Store


@dataclass(frozen=True, slots=True)
class Run:
    """What one run works with. `now` is when it began, in microseconds since 1970, UTC.

    A long job asks `goes_on()` between its steps: False means that the server stops, and that what is left is
    for the next run.
    """

    store: Store
    now: int
    goes_on: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Job:
    """A row of the timetable. `about` is a sentence for people.

    `work` returns what is to be known of the run, as JSON values. It may be run again after it was cut off
    anywhere, and for a moment by two servers at once: a server that slept is not told that its turn is over.
    """

    name: str
    about: str
    schedule: Schedule
    work: Callable[[Run], Any]
