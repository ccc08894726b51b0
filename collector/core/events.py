"""An accepted payload on its way to disk, an event as it is stored, and what became of a payload.

How a write moves what is stored: `registers.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from collector.core.goals import GivenGoal, Goal
from collector.core.problems import Fault

Verdict = Literal["stored", "updated", "duplicate", "ignored", "rejected", "filtered", "queued"]
VERDICTS: tuple[Verdict, ...] = (
    "stored",
    "updated",
    "duplicate",
    "ignored",
    "rejected",
    "filtered",
    "queued",
)

Trust = Literal["claimed", "signed", "key"]
TRUSTS: tuple[Trust, ...] = ("claimed", "signed", "key")
Space = Literal[0, 1]
API_SPACE: Space = 0
WEB_SPACE: Space = 1
WEB_PREFIX = "web:"


class Kept:
    """The type of `KEPT`: what a write says of a register that it leaves alone."""

    def __repr__(self) -> str:
        return "KEPT"


KEPT = Kept()


@dataclass(frozen=True, slots=True)
class Replayed:
    """That a payload was refused when it came, and is judged again now.

    `rejection` is the number of the one that is kept, `at` the moment of now (microseconds).
    `is_vouched_for`: whether a signed token, which is not kept, was good for its identifiers when it came.
    """

    rejection: int
    at: int
    is_vouched_for: bool = False


class Write(msgspec.Struct, gc=False):
    """One judged write of one event; nobody changes it. Times are microseconds since 1970, UTC.

    A struct, and by position: thousands are made a second, and msgspec makes one in a fifth of the time that
    a dataclass takes. Nothing in it leads back to it, so the garbage collector need not look (`gc`).

    `data` is canonical JSON text, or None if the write does not name the data register.
    `goal` comes from the data by the version's rule, from `{}` where no data is named; `given_goal` was
    written beside it.
    `deletion` is KEPT, None (a restoration) or the moment of a deletion.
    `writable` are the identifier kinds that the writer may write (all, for pages).
    `faults_if_first` is what is wrong with the write if no data is stored for it to complete.
    `replayed` is there if it was refused before: then it is counted as what became of the replay.
    `trigger` is the number of the trigger that made it on its page (`numbered` of `snippet/triggers.py`),
    `page` the address of that page, as far as it is known, if the definition has that trigger.
    `consent` is JSON in the form of `consent.py`, None where nothing was said of it.
    """

    section_id: str
    definition_id: int
    version_id: int
    event_name: str
    space: Space
    event_id: str
    door: str
    occurred_at: int
    received_at: int
    source: str
    trust: Trust
    identifiers: Mapping[str, str]
    data: str | None
    goal: Goal | None = None
    given_goal: Goal | None = None
    deletion: int | Kept | None = KEPT
    visitor: str | None = None
    key_id: int | None = None
    writable: frozenset[str] = frozenset()
    faults_if_first: tuple[Fault, ...] = ()
    raw_times: str | None = None
    replayed: Replayed | None = None
    trigger: int | None = None
    page: str | None = None
    consent: str | None = None

    @property
    def event_key(self) -> tuple[int, int, str]:
        return (self.definition_id, self.space, self.event_id)

    @property
    def written_at(self) -> int:
        """When it is written: on receipt, or later, where it was refused then."""
        return self.replayed.at if self.replayed is not None else self.received_at


class Rejection(msgspec.Struct, frozen=True, gc=False):
    """A payload that was refused, with its reasons, and what it takes to judge it again.

    `payload` is JSON text without secrets. `is_partial`: some of what came is not in it (it could not be
    read, or it was too large), so it can never be judged again. `trust`: who vouched for its identifiers
    when it came. `source` counts where the payload names none, `sent_at` is its browser's clock.
    """

    section_id: str
    door: str
    received_at: int
    faults: tuple[Fault, ...]
    payload: str
    event_name: str = ""
    definition_id: int | None = None
    version_id: int | None = None
    key_id: int | None = None
    event_id: str | None = None
    code: str = "payload-invalid"
    retry_after: int | None = None
    """In seconds, where the same payload may be accepted later."""
    space: Space = API_SPACE
    trust: Trust = "claimed"
    source: str = ""
    sent_at: int | None = None
    is_partial: bool = False


class Filtered(msgspec.Struct, frozen=True, gc=False):
    """A payload that is counted and not kept: a bot, a prefetch, a page with GPC, what is too old."""

    section_id: str
    definition_id: int
    door: str
    received_at: int
    reason: str
    verdict: Literal["filtered", "ignored"] = "filtered"


Decision = Write | Rejection | Filtered
"""What the judge says of one payload; the commit turns it into an `Outcome`."""


class EventState(msgspec.Struct, gc=False):
    """An event as it is stored: its four registers with their times, and where it came from.

    `data_at` is None until data is written: then `data` is `{}`, and the version and `occurred_at` are those
    of the newest write. What is told of where it came from (source, trust, door, key, consent) is its
    first write's.
    """

    id: int
    definition_id: int
    version_id: int
    space: int
    event_id: str
    profile_id: int | None
    visitor: str | None
    source: str
    trust: str
    door: str
    key_id: int | None
    identifiers: Mapping[str, str]
    identifiers_at: int | None
    data: str
    data_at: int | None
    goal_from_data: Goal | None
    given_goal: GivenGoal | None
    deleted_at: int | None
    deletion_at: int | None
    occurred_at: int
    received_at: int
    updated_at: int
    raw_times: str | None = None
    consent: str | None = None

    @property
    def goal(self) -> Goal | None:
        """What the event counts for: the goal that its data makes, else the one that was given."""
        if self.goal_from_data is not None or self.given_goal is None:
            return self.goal_from_data
        return self.given_goal.goal

    @property
    def event_key(self) -> tuple[int, int, str]:
        return (self.definition_id, self.space, self.event_id)


@dataclass(frozen=True, slots=True)
class Change:
    """What a write moved: member → (old, new), in the words of the API."""

    operation: Literal["insert", "update"]
    changes: Mapping[str, tuple[Any, Any]]


class Outcome(msgspec.Struct, gc=False):
    """The verdict on one payload. `state` is the event as stored, where there is one."""

    verdict: Verdict
    state: EventState | None = None
    faults: tuple[Fault, ...] = ()
    code: str = "payload-invalid"
    retry_after: int | None = None
    written: Write | None = None
