"""What is said of people without an event: who somebody is, what is known of them, who are one.

It is judged by the one judge, as an event without a definition would be. What is refused is kept with its
reasons and counted, like every payload; what is done is no event, and in no count of events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from collector.core import ids
from collector.core.actors import Actor
from collector.core.attributes import change_attributes
from collector.core.definitions import Content, Version
from collector.core.events import Outcome, Rejection, Write
from collector.core.identifiers import normalise
from collector.core.judge import Caller, Rules, judge, reject
from collector.core.payloads import Read, VouchedPayload
from collector.core.permissions import ALL_OPERATIONS
from collector.core.problems import Fault
from collector.core.strict_json import read
from collector.intake.accept import Intake
from collector.store.introductions import Introduced
from collector.store.opening import Store

IDENTIFY, ALIAS = "identify", "alias"

_NOBODY = Fault("identifier-missing", "/identifiers", "It says nobody's crm_id, email or mobile.")
_MAY_NOT_DESCRIBE = Fault("scope-missing", "/data", "Attributes are changed by a key with the scope admin.")
_MAY_NOT_MERGE = Fault(
    "scope-missing",
    "",
    "Who are one is said by a key with the scope admin that reads every identifier and is for every event.",
)


@dataclass(frozen=True, slots=True)
class Introducer:
    """Somebody who says it: `actor` in the words of the audit log, and what they may do."""

    store: Store
    intake: Intake
    caller: Caller
    actor: Actor
    may_describe: bool
    may_merge: bool

    def identify(self, said: Sequence[Read[VouchedPayload]]) -> list[Outcome]:
        """Ties the identifiers and the browser of each to one person; `data` are attributes to change.

        Together in one transaction; one that is refused holds up none of the others.
        """
        judged = [self._judged_identify(payload, faults) for payload, faults in said]
        writes = {place: one for place, one in enumerate(judged) if isinstance(one, Write)}
        outcomes, wrong = self._introduced(writes)
        for place, faults in wrong.items():
            judged[place] = self._rejection(said[place][0], faults, IDENTIFY)
        refused = {place: one for place, one in enumerate(judged) if isinstance(one, Rejection)}
        outcomes |= dict(zip(refused, self.intake.refuse(list(refused.values())), strict=True))
        return [outcomes[place] for place in range(len(said))]

    def alias(self, said: Read[VouchedPayload], previous: str, visitor: str) -> Outcome:
        """Makes whoever had the crm_id `previous` part of the person; else links the browser `visitor`."""
        payload, faults = said
        judged = self._judged(payload, faults, ALIAS)
        wrong = [] if self.may_merge else [_MAY_NOT_MERGE]
        name = normalise("crm_id", previous, "/previous")
        if isinstance(judged, Write) and (wrong or isinstance(name, Fault)):
            judged = self._rejection(payload, [*wrong, name] if isinstance(name, Fault) else wrong, ALIAS)
        if isinstance(judged, Rejection):
            return self.intake.refuse([judged])[0]
        assert isinstance(name, str)
        known = self.store.profiles.find(self.caller.section_id, "crm_id", name)
        browser = judged.visitor if known is not None else visitor
        introduced = self._make([replace(judged, visitor=browser)])[0]
        if known is None or introduced.profile in (None, known.id):
            return Outcome(introduced.verdict)
        assert introduced.profile is not None
        now, section_id = self.caller.received_at, self.caller.section_id
        self.store.merges.make(section_id, known.id, introduced.profile, self.actor, now)
        return Outcome("updated")

    def _judged_identify(self, payload: VouchedPayload, faults: list[Fault]) -> Write | Rejection:
        judged = self._judged(payload, faults, IDENTIFY)
        if isinstance(judged, Rejection):
            return judged
        sent = _attributes_in(judged)
        after = change_attributes({}, sent)
        wrong = [fault.under("/data") for fault in after] if isinstance(after, list) else []
        if sent and not self.may_describe:
            wrong = [_MAY_NOT_DESCRIBE]
        return self._rejection(payload, wrong, IDENTIFY) if wrong else judged

    def _judged(self, payload: VouchedPayload, faults: list[Fault], name: str) -> Write | Rejection:
        decision = judge(payload, faults, _rules(name), self.caller.writable(ALL_OPERATIONS), self.caller)
        if isinstance(decision, Write) and not decision.identifiers:
            decision = reject(payload, [_NOBODY], self.caller)
        if isinstance(decision, Write):
            return decision
        return replace(decision, event_name=name, definition_id=None, version_id=None)

    def _rejection(self, payload: VouchedPayload, faults: Sequence[Fault], name: str) -> Rejection:
        is_of_rights = all(fault.code == "scope-missing" for fault in faults)
        code = "scope-missing" if is_of_rights else "payload-invalid"
        return replace(reject(payload, list(faults), self.caller, code=code), event_name=name)

    def _introduced(self, writes: Mapping[int, Write]) -> tuple[dict[int, Outcome], dict[int, list[Fault]]]:
        """place → what became of it, and of some what keeps their attributes from being changed."""
        if not writes:
            return {}, {}
        with self.store.database.writing():
            made = dict(zip(writes, self._make(list(writes.values())), strict=True))
            changed, wrong = self._described(writes, made)
        verdicts = {
            place: "updated" if place in changed and one.verdict == "duplicate" else one.verdict
            for place, one in made.items()
        }
        return {place: Outcome(verdict) for place, verdict in verdicts.items()}, wrong

    def _make(self, said: Sequence[Write]) -> list[Introduced]:
        return self.store.introductions.make(said, self.caller.received_at)

    def _described(
        self, writes: Mapping[int, Write], made: Mapping[int, Introduced]
    ) -> tuple[set[int], dict[int, list[Fault]]]:
        """Whose attributes were changed, and what was wrong with those that were not."""
        changed: set[int] = set()
        wrong: dict[int, list[Fault]] = {}
        # In the order of the profiles: whoever changes the same ones waits, and nobody in a circle.
        for place in sorted(writes, key=lambda place: (made[place].profile or 0, place)):
            sent, profile = _attributes_in(writes[place]), made[place].profile
            if sent and profile is not None:
                after = self._change(profile, sent)
                if isinstance(after, list):
                    wrong[place] = [fault.under("/data") for fault in after]
                elif after:
                    changed.add(place)
        return changed, wrong

    def _change(self, profile: int, sent: Mapping[str, Any]) -> bool | list[Fault]:
        """Whether that changed anything, or why it could not be done."""
        found: bool | list[Fault] = False

        def make(before: Mapping[str, Any]) -> Mapping[str, Any]:
            nonlocal found
            after = change_attributes(before, sent)
            if isinstance(after, list):
                found = after
                return before
            found = after != before
            return after

        self.store.attributes.change(profile, make, self.actor, self.caller.received_at)
        return found


def _attributes_in(said: Write) -> dict[str, Any]:
    sent = read(said.data.encode()) if said.data is not None else {}
    assert isinstance(sent, dict)
    return sent


def _rules(name: str) -> Rules:
    """By which no data is refused but what nobody could keep."""
    nothing = ids.encode(0)
    return Rules(name, Version(nothing, nothing, 1, Content((), "keep"), 0, 0))
