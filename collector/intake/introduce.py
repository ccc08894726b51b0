"""What is said of people without an event: who somebody is, what is known of them, who are one.

It is judged by the one judge, as an event without a definition would be. What is refused is kept with its
reasons and counted, like every payload; what is done is no event, and in no count of events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from collector.core import ids
from collector.core.actors import Actor
from collector.core.attributes import change_attributes
from collector.core.definitions import Content, Version
from collector.core.events import Outcome, Rejection, Write
from collector.core.identifiers import normalise
from collector.core.judge import Caller, Rules, judge, reject
from collector.core.payloads import Read, VouchedPayload
from collector.core.permissions import ALL_OPERATIONS
from collector.core.problems import Fault, Problem
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

    def identify(self, said: Read[VouchedPayload]) -> Outcome:
        """Ties the identifiers and the browser to one person; `data` are attributes to change."""
        payload, faults = said
        judged = self._judged(payload, faults, IDENTIFY)
        if isinstance(judged, Rejection):
            return self.intake.refuse(judged)
        sent = read(judged.data.encode()) if judged.data is not None else {}
        assert isinstance(sent, dict)
        wrong = self._wrong_with(sent)
        if wrong:
            return self._refused(payload, wrong, IDENTIFY)
        introduced = self._make(judged)
        if not sent or introduced.profile is None:
            return Outcome(introduced.verdict)
        is_news = self._describe(introduced.profile, sent)
        return Outcome("updated" if is_news and introduced.verdict == "duplicate" else introduced.verdict)

    def alias(self, said: Read[VouchedPayload], previous: str, visitor: str) -> Outcome:
        """Makes whoever had the crm_id `previous` part of the person; else links the browser `visitor`."""
        payload, faults = said
        judged = self._judged(payload, faults, ALIAS)
        if isinstance(judged, Rejection):
            return self.intake.refuse(judged)
        wrong = [] if self.may_merge else [_MAY_NOT_MERGE]
        name = normalise("crm_id", previous, "/previous")
        if wrong or isinstance(name, Fault):
            return self._refused(payload, [*wrong, name] if isinstance(name, Fault) else wrong, ALIAS)
        known = self.store.profiles.find(self.caller.section_id, "crm_id", name)
        introduced = self._make(judged if known is not None else replace(judged, visitor=visitor))
        if known is None or introduced.profile in (None, known.id):
            return Outcome(introduced.verdict)
        assert introduced.profile is not None
        now, section_id = self.caller.received_at, self.caller.section_id
        self.store.merges.make(section_id, known.id, introduced.profile, self.actor, now)
        return Outcome("updated")

    def _judged(self, payload: VouchedPayload, faults: list[Fault], name: str) -> Write | Rejection:
        decision = judge(payload, faults, _rules(name), ALL_OPERATIONS, self.caller)
        if isinstance(decision, Write) and not decision.identifiers:
            decision = reject(payload, [_NOBODY], self.caller)
        if isinstance(decision, Write):
            return decision
        return replace(decision, event_name=name, definition_id=None, version_id=None)

    def _wrong_with(self, sent: Mapping[str, Any]) -> list[Fault]:
        if sent and not self.may_describe:
            return [_MAY_NOT_DESCRIBE]
        after = change_attributes({}, sent)
        return [fault.under("/data") for fault in after] if isinstance(after, list) else []

    def _refused(self, payload: VouchedPayload, faults: Sequence[Fault], name: str) -> Outcome:
        is_of_rights = all(fault.code == "scope-missing" for fault in faults)
        code = "scope-missing" if is_of_rights else "payload-invalid"
        rejection = reject(payload, list(faults), self.caller, code=code)
        return self.intake.refuse(replace(rejection, event_name=name))

    def _make(self, said: Write) -> Introduced:
        return self.store.introductions.make(said, self.caller.received_at)

    def _describe(self, profile: int, sent: Mapping[str, Any]) -> bool:
        """Whether that changed anything."""
        is_news = False

        def make(before: Mapping[str, Any]) -> Mapping[str, Any]:
            nonlocal is_news
            after = change_attributes(before, sent)
            if isinstance(after, list):
                raise Problem("request-invalid", after[0].message, faults=after)
            is_news = after != before
            return after

        self.store.attributes.change(profile, make, self.actor, self.caller.received_at)
        return is_news


def _rules(name: str) -> Rules:
    """By which no data is refused but what nobody could keep."""
    nothing = ids.encode(0)
    return Rules(name, Version(nothing, nothing, 1, Content((), "keep"), 0, 0))
