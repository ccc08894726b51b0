"""Every door ends here: payloads are matched with their definition's version, judged, and committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from collector.core import ids
from collector.core.definitions import AllowedOperations, Definition, Version
from collector.core.events import Decision, Filtered, Outcome, Rejection, Write
from collector.core.judge import Caller, Rules, judge, reject
from collector.core.payloads import ApiPayload, BeaconPayload, Payload, Read
from collector.core.permissions import event_is_readable, readable_kinds
from collector.core.problems import Fault
from collector.core.registers import first_state
from collector.core.retention import comes_too_late
from collector.core.versions import current, state
from collector.intake.commit import PAUSE_SECONDS, Destination, GroupCommit
from collector.intake.drafts import Drafts, judge_unmade
from collector.intake.tickets import Tell, Ticket
from collector.store.ledger import NO_DEFINITION
from collector.store.opening import Store
from collector.traces import spans

HELD_BACK = Fault(
    "batch-refused", "", "Another event of the same request was refused, so nothing of it was stored."
)


class Target(msgspec.Struct, frozen=True, gc=False):
    """The version that a payload is to be judged by, and what kinds of identifiers its caller may write.

    `grants` are those of its key, if it has one; for so many `days` events are kept, if not for ever.
    """

    definition: Definition
    rules: Rules
    grants: AllowedOperations | None
    writable: frozenset[str]
    days: int | None


Targets = dict[tuple[str | None, str | None, bool], Target]
"""By an event's name, the version that it names, and whether it is told again."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a payload has no version to be judged by: a code of `core.problems`, and the fault."""

    code: str
    fault: Fault
    definition: Definition | None = None
    retry_after: int | None = None


class Intake:
    """From payloads to verdicts. One instance serves all threads of a process."""

    def __init__(self, store: Store, clock: Callable[[], int], publisher: Destination | None = None) -> None:
        """With a `publisher`, most doors' events go to a stream, and are `queued`."""
        self._store = store
        self._clock = clock
        pause = 0.0 if store.database.is_sqlite else PAUSE_SECONDS
        write_now = store.commit.write_now if store.database.is_sqlite else None
        self._direct = GroupCommit(store.commit, clock, pause=pause, write_now=write_now)
        self._group = self._direct
        if publisher is not None:
            self._group = GroupCommit(publisher, clock, name="publish")
        self._drafts = Drafts(store)
        self._last_targets: dict[str, Target] = {}
        """By the ids of versions."""

    def accept(self, reads: Sequence[Read[ApiPayload]], caller: Caller) -> list[Outcome]:
        """The verdicts on an integration's events, stored. Raises `Problem("storage-unavailable")`."""
        return self.commit(self.decide(reads, caller))

    def accept_directly(self, reads: Sequence[Read[ApiPayload]], caller: Caller) -> list[Outcome]:
        """The same, in the database when this returns, where a door's answer is of the stored event."""
        return self._direct.submit(self.decide(reads, caller))

    def decide(self, reads: Sequence[Read[ApiPayload]], caller: Caller) -> list[Decision]:
        """What is to become of an integration's events: for `commit`."""
        targets: Targets = {}
        with spans.begun("judge", facts={"fieldpost.events": len(reads)}):
            return [self._decide(payload, faults, caller, targets) for payload, faults in reads]

    def commit(self, decisions: Sequence[Decision]) -> list[Outcome]:
        """The verdicts on what was decided, which is safe now. Raises `Problem("storage-unavailable")`."""
        return self._group.submit(decisions)

    def commit_soon(self, decisions: Sequence[Decision], owner: Any, tell: Tell) -> None:
        """The same without waiting; `tell` hears of it once it is on disk. Raises `Problem` likewise."""
        self._group.submit_soon(decisions, owner, tell)

    def commit_now(self, decisions: Sequence[Decision]) -> Ticket | None:
        """The same in this thread, which waits for nobody; None where they are to be committed soon."""
        return self._group.submit_now(decisions)

    def stand_by(self) -> None:
        """From now on, threads of their own write what is handed in."""
        self._group.stand_by()
        self._direct.stand_by()

    def stand_back(self) -> None:
        """Lets a transaction be filled first; for whoever is about to judge in a thread beside it."""
        self._store.commit.precedence.stand_back()

    @property
    def waiting(self) -> int:
        """How many requests wait for the next transaction."""
        return self._group.waiting

    def dismiss(self) -> None:
        """Sends away what waits for too long; to be called now and then while anything is committed soon."""
        self._group.dismiss()

    def accept_whole(self, reads: Sequence[Read[ApiPayload]], caller: Caller) -> list[Outcome]:
        """The verdicts on events that are stored together or not at all: one refusal refuses them all.

        Those that have nothing wrong of their own are refused with `HELD_BACK`.
        Raises `Problem("storage-unavailable")`.
        """
        # At first as a dry run: a batch that is refused makes no draft of a definition either.
        decisions = self._rehearsed(reads, caller)
        if any(map(_is_of_unmade, decisions)) and not any(isinstance(one, Rejection) for one in decisions):
            decisions = self.decide(reads, caller)
        instead = [
            _held_back(payload, decision, caller)
            for (payload, _), decision in zip(reads, decisions, strict=True)
        ]
        if any(isinstance(decision, Rejection) for decision in decisions):
            return self._direct.submit(instead)
        return self._direct.submit_whole(decisions, instead)

    def rehearse(self, reads: Sequence[Read[ApiPayload]], caller: Caller) -> list[Outcome]:
        """The verdicts that `accept` would give; nothing is stored and nothing counted."""
        decisions = self._rehearsed(reads, caller)
        known = [one for one in decisions if not _is_of_unmade(one)]
        outcomes = dict(zip(map(id, known), self._store.commit.rehearse(known, self._clock()), strict=True))
        return [
            _as_if_new(one)
            if id(one) not in outcomes or self._is_secret(one, outcomes[id(one)], caller)
            else outcomes[id(one)]
            for one in decisions
        ]

    def _rehearsed(self, reads: Sequence[Read[ApiPayload]], caller: Caller) -> list[Decision]:
        """As `decide` would, but no definition is made."""
        targets: Targets = {}
        return [self._decide(payload, faults, caller, targets, is_dry=True) for payload, faults in reads]

    def _is_secret(self, decision: Decision, outcome: Outcome, caller: Caller) -> bool:
        """Whether the outcome tells of an event, or of somebody erased, that the asking key may not read.

        A dry run leaves no trace, so its verdict would tell for free whose event it is, or who was here.
        """
        if not isinstance(decision, Write) or caller.key is None:
            return False
        definition = self._store.definitions.find(decision.section_id, decision.event_name)
        if definition is None:
            return False
        allowed, grants = definition.draft.allowed_operations, caller.key.grants
        if outcome.verdict == "ignored" and outcome.state is None:
            return not readable_kinds(allowed, grants).issuperset(decision.identifiers)
        stored = self._store.events.find(decision.definition_id, decision.space, decision.event_id)
        return stored is not None and not event_is_readable(stored.identifiers, allowed, grants)

    def decide_beacon(
        self,
        reads: Sequence[Read[BeaconPayload]],
        definition: Definition,
        version_id: str | None,
        caller: Caller,
    ) -> list[Decision]:
        """What is to become of a page's events; `version_id` is the address's, a payload's own one wins."""
        with spans.begun("judge", facts={"fieldpost.events": len(reads)}):
            return [
                self._decide_for(payload, faults, definition, payload.version or version_id, caller)
                for payload, faults in reads
            ]

    def judge_again(
        self,
        payload: Payload,
        faults: list[Fault],
        definition: Definition | None,
        caller: Caller,
        *,
        is_dry: bool,
    ) -> Write | Rejection:
        """What is said now of a payload that was refused. A page's comes with its definition.

        Unless `is_dry`, the first event of an unknown name makes a draft, where the section wants that.
        """
        if isinstance(payload, ApiPayload):
            decision = self._decide(payload, faults, caller, {}, is_dry=is_dry)
        else:
            assert definition is not None
            decision = self._decide_for(payload, faults, definition, None, caller)
        assert not isinstance(decision, Filtered)
        return decision

    def refuse(self, rejections: Sequence[Rejection]) -> list[Outcome]:
        """Keeps and counts what was refused before it could be an event."""
        return self._direct.submit(rejections) if rejections else []

    def filtered(self, count: int, definition: Definition, caller: Caller, reason: str) -> list[Decision]:
        """For payloads that are counted and not kept: those of bots, prefetches and the like."""
        number = ids.decode(definition.id)
        assert number is not None
        one = Filtered(caller.section_id, number, caller.door, caller.received_at, reason)
        return [one] * count

    def _decide(
        self,
        payload: ApiPayload,
        faults: list[Fault],
        caller: Caller,
        targets: Targets,
        *,
        is_dry: bool = False,
    ) -> Decision:
        """`targets` are those that the caller's other events have met, by name and version."""
        wanted = (payload.event, payload.version, payload.is_told_again)
        target = targets.get(wanted)
        if target is not None and target.days is None:
            return judge(payload, faults, target.rules, target.writable, caller)
        if target is not None:
            return _judged(payload, faults, target, caller)
        refusal = self._refuse_name(payload, caller)
        if refusal is not None:
            return _rejected(payload, faults, refusal, caller)
        assert payload.event is not None
        definition = self._store.definitions.find(caller.section_id, payload.event)
        if definition is None:
            return self._decide_unknown(payload, payload.event, faults, caller, is_dry)
        if payload.is_told_again:
            found = self._target_told_again(definition, payload.version, caller)
        else:
            found = self._target(definition, payload.version, caller)
        if isinstance(found, Refusal):
            return _rejected(payload, faults, found, caller)
        targets[wanted] = found
        return _judged(payload, faults, found, caller)

    def _decide_unknown(
        self, payload: ApiPayload, name: str, faults: list[Fault], caller: Caller, is_dry: bool
    ) -> Decision:
        """Refused, unless the section accepts unknown names: then its first good event makes a draft."""
        draft = self._drafts.wanted(name, caller)
        if draft is None or (payload.version is not None and not payload.is_told_again):
            fault = Fault("event-unknown", "/event", f"No event {name!r} is defined here.")
            return _rejected(payload, faults, Refusal("event-unknown", fault), caller)
        decision = judge_unmade(draft, payload, faults, caller)
        if is_dry or not isinstance(decision, Write):
            return decision
        return self._decide_for(payload, faults, self._drafts.make(draft, caller), None, caller)

    def _refuse_name(self, payload: ApiPayload, caller: Caller) -> Refusal | None:
        if not payload.event:
            return Refusal("payload-invalid", Fault("event-missing", "/event", "Which event is it?"))
        if caller.key is not None and not caller.key.may_use(payload.event):
            fault = Fault("event-not-allowed", "/event", f"This key is not for {payload.event!r}.")
            return Refusal("event-not-allowed", fault)
        return None

    def _decide_for(
        self,
        payload: Payload,
        faults: list[Fault],
        definition: Definition,
        version_id: str | None,
        caller: Caller,
    ) -> Decision:
        target = self._target(definition, version_id, caller)
        if isinstance(target, Refusal):
            return _rejected(payload, faults, target, caller)
        return _judged(payload, faults, target, caller)

    def _target(self, definition: Definition, version_id: str | None, caller: Caller) -> Target | Refusal:
        """The version that counts: the one that is named, else the current one."""
        if definition.hidden_at is not None:
            fault = Fault("definition-hidden", "/event", "This event is collected no longer.")
            return Refusal("definition-hidden", fault, definition)
        version = self._version(definition, version_id, caller.judged_at)
        if isinstance(version, Refusal):
            return version
        return self._by(definition, version, caller)

    def _target_told_again(
        self, definition: Definition, version_id: str | None, caller: Caller
    ) -> Target | Refusal:
        """The version that an export names, a retired one too: it judged this event before.

        One that is not known here is of another Fieldpost's definition: then the current one counts.
        """
        named = _named(definition, version_id) if version_id is not None else None
        is_usable = named is not None and state(named, definition.versions, caller.judged_at) != "pending"
        if named is None or not is_usable or definition.hidden_at is not None:
            return self._target(definition, None, caller)
        return self._by(definition, named, caller)

    def _by(self, definition: Definition, version: Version, caller: Caller) -> Target:
        grants = caller.key.grants if caller.key is not None else None
        last = self._last_targets.get(version.id)
        if last is not None and last.definition is definition and last.grants is grants:
            return last  # most who send an event send it again
        rules = last.rules if last is not None else Rules(definition.draft.event_name, version)
        draft = definition.draft
        writable = caller.writable(draft.allowed_operations)
        target = Target(definition, rules, grants, writable, draft.retention_days)
        self._last_targets[version.id] = target
        return target

    def _version(self, definition: Definition, version_id: str | None, now: int) -> Version | Refusal:
        if version_id is None:
            version = current(definition.versions, now)
            if version is None:
                fault = Fault("version-retired", "/version", "Every version of this event is retired.")
                return Refusal("version-retired", fault, definition)
            return version
        named = _named(definition, version_id)
        if named is None:
            # Memory may be two seconds old, and this version younger.
            definition = self._store.definitions.read_again(definition)
            named = _named(definition, version_id)
        if named is None:
            fault = Fault("version-unknown", "/version", "This event has no such version.")
            return Refusal("payload-invalid", fault, definition)
        match state(named, definition.versions, now):
            case "pending":
                fault = Fault("version-pending", "/version", "This version is not in force yet.")
                seconds = -(-(named.current_from - now) // 1_000_000)
                return Refusal("version-pending", fault, definition, retry_after=seconds)
            case "retired":
                fault = Fault("version-retired", "/version", "This version is accepted no longer.")
                return Refusal("version-retired", fault, definition)
        return named


def _judged(payload: Payload, faults: list[Fault], target: Target, caller: Caller) -> Decision:
    decision = judge(payload, faults, target.rules, target.writable, caller)
    days = target.days
    if days is None or caller.replayed is not None or not isinstance(decision, Write):
        return decision
    return _unless_too_late(decision, days)


def _unless_too_late(write: Write, days: int) -> Decision:
    """What is older than its definition keeps is ignored: it may be the retry of an event that is deleted."""
    if not comes_too_late(write, days, write.received_at):
        return write
    return Filtered(
        write.section_id, write.definition_id, write.door, write.received_at, "expired", "ignored"
    )


def _held_back(payload: ApiPayload, decision: Decision, caller: Caller) -> Rejection:
    """The rejection of an event whose batch is refused."""
    if isinstance(decision, Rejection):
        return decision
    rejection = reject(payload, [HELD_BACK], caller)
    if isinstance(decision, Write):
        rejection = replace(
            rejection,
            event_name=decision.event_name,
            definition_id=decision.definition_id or None,
            version_id=decision.version_id or None,
        )
    return rejection


def _is_of_unmade(decision: Decision) -> bool:
    """Whether a dry run speaks of an event whose definition would only be made."""
    return isinstance(decision, Write) and decision.definition_id == NO_DEFINITION


def _as_if_new(decision: Decision) -> Outcome:
    """What a dry run says of an event that must not be told about: what it would say if there were none."""
    if isinstance(decision, Write) and not decision.faults_if_first:
        return Outcome("stored", state=first_state(decision, 0, None), written=decision)
    faults = decision.faults_if_first if isinstance(decision, Write) else ()
    return Outcome("rejected", None, faults)


def _named(definition: Definition, version_id: str) -> Version | None:
    return next((one for one in definition.versions if one.id == version_id), None)


def _rejected(payload: Payload, faults: list[Fault], refusal: Refusal, caller: Caller) -> Decision:
    told = [*faults, refusal.fault]
    if any(fault.pointer == refusal.fault.pointer for fault in faults):
        told = faults
    rejection = reject(payload, told, caller, definition=refusal.definition, is_unread=bool(faults))
    return replace(rejection, code=refusal.code, retry_after=refusal.retry_after)
