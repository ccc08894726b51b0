"""How often: pure answers to "when next?". Moments are microseconds since 1970, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

SECOND = 1_000_000
DAY = 86_400 * SECOND


class Schedule(Protocol):
    """When a job is due."""

    def after(self, moment: int) -> int:
        """The first time that is later than `moment`."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again, so many seconds apart, counted from 1970: all servers agree on the times."""

    seconds: int

    def after(self, moment: int) -> int:
        step = self.seconds * SECOND
        return (moment // step + 1) * step


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day at this time, UTC."""

    hour: int
    minute: int = 0

    def after(self, moment: int) -> int:
        offset = (self.hour * 60 + self.minute) * 60 * SECOND
        return ((moment - offset) // DAY + 1) * DAY + offset
