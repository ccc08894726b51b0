"""Test events: stored as any other by the same judge and commit, marked, and about a person made up for each.

So a test moves nothing of a real person, and erasing that person takes the event out of every table.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import msgspec

from collector.core.actors import Actor
from collector.core.events import EventState, Outcome
from collector.core.judge import Caller
from collector.core.payloads import ApiPayload, Read
from collector.core.problems import Problem
from collector.intake.accept import Intake
from collector.store.opening import Store

DOOR = "test"
SOURCE = "Test"
MARK = "fieldpost-test-"
"""What the ids of test events, and of the people who they are about, begin with."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Tries payloads on a definition, stores them as tests, and erases those."""

    store: Store
    intake: Intake

    def rehearse(self, read: Read[ApiPayload], caller: Caller) -> Outcome:
        """The verdict on a payload as it stands; nothing is stored."""
        [outcome] = self.intake.rehearse([read], caller)
        return outcome

    def send(self, read: Read[ApiPayload], caller: Caller) -> Outcome:
        """The verdict on a payload that is stored as a test, with an id and a person of ours.

        What would be refused is not sent. Raises `Problem("storage-unavailable")`.
        """
        payload, faults = read
        name = MARK + secrets.token_hex(8)
        tried = msgspec.structs.replace(
            payload, id=name, identifiers={"crm_id": name}, source=payload.source or SOURCE
        )
        caller = msgspec.structs.replace(caller, door=DOOR)
        rehearsed = self.rehearse((tried, faults), caller)
        if rehearsed.verdict == "rejected":
            return rehearsed
        [outcome] = self.intake.accept_directly([(tried, faults)], caller)
        return outcome

    def erase(self, section_id: str, event_number: int, actor: Actor, now: int) -> EventState:
        """Erases a test event with the person made up for it, and answers what it was.

        Raises `Problem`: `not-found` for what is no test, `profile-merged` where its person has become
        somebody's real profile.
        """
        event = self.store.events.by_number(section_id, event_number)
        if event is None or not is_test(event) or event.profile_id is None:
            raise Problem("not-found", "There is no such test event.")
        made_up = ("crm_id", event.event_id)
        self.store.erasures.erase(section_id, event.profile_id, actor, now, only=made_up)
        return event


def is_test(event: EventState) -> bool:
    """Whether an event was stored as a test."""
    return event.door == DOOR and event.event_id.startswith(MARK)
