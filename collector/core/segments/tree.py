"""A segment's condition tree. Moments are microseconds since 1970 (UTC), goal values millionths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from collector.core.consent import AskedConsent

Aggregate = Literal["sum", "count", "avg", "min", "max"]
Pick = Literal["all", "first", "last"]
Seen = Literal["created_at", "first_seen", "last_seen"]

AGGREGATES: tuple[Aggregate, ...] = get_args(Aggregate)
PICKS: tuple[Pick, ...] = get_args(Pick)
MOMENTS: tuple[Seen, ...] = get_args(Seen)

DAY = 86_400_000_000
"""In microseconds: a day of a relative timeframe has 24 hours, whatever the clocks do."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Whole numbers from `low` to `high`, both included. None: without an end. `low` over `high`: nothing."""

    low: int | None = None
    high: int | None = None

    def holds(self, number: int) -> bool:
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)

    @property
    def is_everything(self) -> bool:
        return self.low is None and self.high is None


EVERYTHING = Interval()


@dataclass(frozen=True, slots=True)
class Timeframe:
    """The last so many `days` until now, or what lies `between` two moments."""

    between: Interval = EVERYTHING
    days: int | None = None

    def at(self, now: int) -> Interval:
        """The moments of it. Relative: later than so many days ago, and not in the future."""
        if self.days is None:
            return self.between
        return Interval(now - self.days * DAY + 1, now)

    @property
    def is_anytime(self) -> bool:
        return self.days is None and self.between.is_everything


ANYTIME = Timeframe()


@dataclass(frozen=True, slots=True)
class Member:
    """A value in a JSON object: the name of a member, and names and positions below it."""

    steps: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Identifier:
    """All identifiers of one kind that a profile has."""

    kind: str


@dataclass(frozen=True, slots=True)
class Moment:
    """When a profile was made, or when its first or last event occurred."""

    which: Seen


Place = Member | Identifier | Moment


@dataclass(frozen=True, slots=True)
class IsSet:
    """There is a value, and it is not null."""


@dataclass(frozen=True, slots=True)
class TextIn:
    """A text that is one of these. Truth values and numbers are texts too, as JSON writes them."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextHas:
    """A text that has these parts in it: `how` many of them. Upper and lower case are alike (`fold`)."""

    parts: tuple[str, ...]
    how: Literal["any", "all"]


@dataclass(frozen=True, slots=True)
class NumberIs:
    """A number that stands so to one of these, compared with all digits."""

    operator: Literal["eq", "gt", "gte", "lt", "lte"]
    numbers: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class TimeIn:
    """A date (its midnight in the segment's time zone) or a moment in UTC that lies in a timeframe."""

    timeframe: Timeframe


Test = IsSet | TextIn | TextHas | NumberIs | TimeIn


@dataclass(frozen=True, slots=True)
class Filter:
    """A test of one value. `negate`: there is a value of the test's type (IsSet apart), and it fails."""

    place: Place
    test: Test
    negate: bool = False


@dataclass(frozen=True, slots=True)
class GoalLeaf:
    """What a profile's events with a goal add up to. None and the empty tuple: every one.

    `compared` is in millionths, of a count too. `pick`: one event over all time stands for all, if it lies in
    the timeframe. `negate` turns the leaf round over all profiles.
    """

    goal_type: str | None
    aggregate: Aggregate
    compared: Interval
    timeframe: Timeframe = ANYTIME
    goal_name: str | None = None
    event_name: str | None = None
    version: int | None = None
    currency: str | None = None
    trust: str | None = None
    consent: AskedConsent | None = None
    pick: Pick = "all"
    filters: tuple[Filter, ...] = ()
    negate: bool = False


@dataclass(frozen=True, slots=True)
class TimelineLeaf:
    """How many entries of one event a profile's timeline has; `event_name` None: a kind that nobody has."""

    event_name: str | None
    count: Interval
    timeframe: Timeframe = ANYTIME
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactLeaf:
    """What is known of the profile itself; all filters must fit."""

    filters: tuple[Filter, ...]


Leaf = GoalLeaf | TimelineLeaf | ContactLeaf


@dataclass(frozen=True, slots=True)
class Branch:
    operator: Literal["and", "or"]
    leaves: tuple[Node, ...]


Node = Branch | GoalLeaf | TimelineLeaf | ContactLeaf


def leaves_of(node: Node) -> Iterator[Leaf]:
    """Every leaf of a tree, from left to right."""
    if isinstance(node, Branch):
        for leaf in node.leaves:
            yield from leaves_of(leaf)
    else:
        yield node


def is_relative(node: Node) -> bool:
    """Whether the passing of time alone moves people in or out."""
    return any(timeframe.days is not None for leaf in leaves_of(node) for timeframe in _timeframes(leaf))


def _timeframes(leaf: Leaf) -> Iterator[Timeframe]:
    if not isinstance(leaf, ContactLeaf):
        yield leaf.timeframe
    for one in leaf.filters:
        if isinstance(one.test, TimeIn):
            yield one.test.timeframe


def _folded_letters() -> dict[int, str]:
    """Latin with its accents, Greek and Cyrillic: the same table on every database, whatever its locale."""
    ranges = ((0x41, 0x5B), (0xC0, 0x180), (0x386, 0x3AC), (0x400, 0x430))
    found = {}
    for first, end in ranges:
        for code in range(first, end):
            lower = chr(code).lower()
            if len(lower) == 1 and lower != chr(code):
                found[code] = lower
    return found


FOLDED = _folded_letters()


def fold(text: str) -> str:
    """The text in lower case, letter by letter."""
    return text.lower() if text.isascii() else text.translate(FOLDED)
