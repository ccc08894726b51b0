"""The one judge: a payload against a version, for every door.

Pure: who asks, what the time is and which version counts are given. What only the stored event can
tell (duplicates, rights on what it carries) is decided by the commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from collector.core import ids
from collector.core.consent import consent_text
from collector.core.data import DataJudge, Judged
from collector.core.definitions import AllowedOperations, Definition, Version
from collector.core.events import KEPT, WEB_PREFIX, Kept, Rejection, Replayed, Space, Trust, Write
from collector.core.fields import parse_timestamp
from collector.core.goals import Goal, goal_from_rule, judge_given_goal
from collector.core.identifiers import judge_identifiers, judge_visitor, usual_identifiers
from collector.core.kept_payloads import keep
from collector.core.moments import corrected, judge_moment, judge_occurred_at
from collector.core.nobody import judge_trust, nobody_is_named
from collector.core.page_addresses import page_address
from collector.core.payloads import (
    ID_LENGTH,
    UNSET,
    ApiPayload,
    BeaconPayload,
    Payload,
    ToldPayload,
)
from collector.core.permissions import EVERY_KIND, Key, faults_for_writing, kinds_with
from collector.core.problems import Fault
from collector.core.redaction import without_secrets
from collector.core.strict_json import Unreadable, read
from collector.core.tokens import is_valid

SOURCE_LENGTH = 255
EVENT_NAME_LENGTH = 100


class Caller(msgspec.Struct, frozen=True):
    """Who brings a payload, through which door, when. `sent_at` is a browser's clock, in microseconds.

    `believes_claims`: whether identifiers that nobody vouches for are kept at all. `secrets`: those of the
    section, with which its sites sign their tokens; none are needed where no payload has a token.
    With `replayed`, what came is judged again, by the version and the rights of now. `page` is the address of
    the page that sends, as its browser tells it; `triggers` are the numbers of its definition's triggers.
    `is_told_again`: it may be an export of ours, which says the goal that the data makes as well.
    """

    section_id: str
    door: str
    space: Space
    received_at: int
    source: str
    key: Key | None = None
    sent_at: int | None = None
    believes_claims: bool = True
    secrets: tuple[bytes, ...] = ()
    replayed: Replayed | None = None
    page: str = ""
    triggers: frozenset[int] = frozenset()
    is_told_again: bool = False

    @property
    def judged_at(self) -> int:
        """The moment that says which version counts."""
        return self.replayed.at if self.replayed is not None else self.received_at

    def writable(self, allowed: AllowedOperations) -> frozenset[str]:
        """The kinds of identifiers that it may write in events of a definition that allows so much."""
        return EVERY_KIND if self.key is None else kinds_with("write", allowed, self.key.grants)


class Rules:
    """A version, made ready for judging. Costs a little to make; lasts for ever, as versions never change."""

    def __init__(self, event_name: str, version: Version) -> None:
        self.event_name = event_name
        self.version = version
        self.definition_number = _number(version.definition_id)
        self.version_number = _number(version.id)
        self.data = DataJudge(version.content)
        self._fast = self.data.fast
        self.goal = version.content.goal
        urls = (one.name for one in version.content.fields if one.fill == "page.url")
        self.url_field = next(urls, None)
        faults: list[Fault] = []
        nothing = self.judge_data(b"{}", faults)
        self.goal_without_data = nothing[1] if nothing else None
        self.faults_without_data = tuple(faults)

    def judge_data(self, raw: bytes, faults: list[Fault]) -> tuple[str, Goal | None] | None:
        """Canonical data and the goal that comes from it; what is wrong is added to `faults`."""
        judged = self._fast(raw) or self.data.judge_by_reference(raw)
        if not isinstance(judged, Judged):
            faults += [fault.under("/data") for fault in judged]
            return None
        goal = goal_from_rule(self.goal, *judged.of_goal) if self.goal else None
        if isinstance(goal, Fault):
            faults.append(goal)
            return None
        return judged.text, goal


def judge(
    payload: Payload, faults: list[Fault], rules: Rules, writable: frozenset[str], caller: Caller
) -> Write | Rejection:
    """The decision on one payload. `faults` is what its shape had wrong; everything is told at once.

    `writable` are the kinds of identifiers that the caller may write.
    """
    is_unread, faults = bool(faults), list(faults)
    event_id = payload.id or ""
    if not event_id or len(event_id) > ID_LENGTH or event_id.startswith(WEB_PREFIX):
        _refuse_id(event_id, faults)
    # Most members are absent from most events: nobody is asked for a judgement of nothing.
    told = payload.occurred_at
    occurred_at, raw_times = (caller.received_at, None) if told is None else _judge_time(told, caller, faults)
    named = payload.named_source
    source = caller.source if named is None else _judge_source(named, faults)
    identifiers, trust = _judge_identifiers(payload, writable, caller, faults)
    text = payload.data_text
    data = rules.judge_data(text, faults) if text is not None else None
    given_goal: Goal | None = None
    deletion: int | Kept | None = KEPT
    if isinstance(payload, ApiPayload):
        if payload.gives_goal:
            given_goal = _judge_given_goal(payload, rules, faults, data, caller)
        if payload.deleted_at is not UNSET:
            deletion = _judge_deletion(payload.deleted_at, caller, faults)
    visitor = None if payload.visitor is None else _judge_visitor(payload.visitor, faults)
    consent = None if payload.consent is None else consent_text(payload.consent, faults)
    if faults:
        return reject(payload, faults, caller, rules, is_unread=is_unread)
    canonical, goal = data or (None, rules.goal_without_data)
    trigger = payload.trigger
    # By position, in the order of the class: by name it takes four times as long, for every event.
    return Write(
        caller.section_id,
        rules.definition_number,
        rules.version_number,
        rules.event_name,
        caller.space,
        event_id,
        caller.door,
        occurred_at,
        caller.received_at,
        source,
        trust,
        identifiers,
        canonical,
        goal,
        given_goal,
        deletion,
        visitor,
        caller.key.number if caller.key is not None else None,
        writable,
        rules.faults_without_data if canonical is None and not isinstance(deletion, int) else (),
        raw_times,
        caller.replayed,
        trigger,
        _page(canonical, rules, caller) if trigger in caller.triggers else None,
        consent,
    )


def _page(text: str | None, rules: Rules, caller: Caller) -> str:
    """The page on which a trigger went off: what the snippet filled in, else what the browser tells."""
    told = None
    if text is not None and rules.url_field is not None:
        told = msgspec.json.decode(text).get(rules.url_field)
    return page_address(told if isinstance(told, str) else None) or page_address(caller.page)


def reject(
    payload: Payload,
    faults: list[Fault],
    caller: Caller,
    rules: Rules | None = None,
    *,
    code: str | None = None,
    definition: Definition | None = None,
    is_unread: bool = False,
) -> Rejection:
    """The rejection of a payload; its code is `identifier-not-allowed` only if nothing else is wrong.

    `is_unread`: some of the faults are of its shape, so that the payload is not all that came.
    """
    only_rights = all(fault.code == "identifier-not-allowed" for fault in faults)
    event_name = payload.event or "" if isinstance(payload, ApiPayload) else ""
    if rules is not None:
        event_name = rules.event_name
    elif definition is not None:
        event_name = definition.draft.event_name
    kept = keep(payload, is_unread)
    return Rejection(
        section_id=caller.section_id,
        door=caller.door,
        received_at=caller.received_at,
        faults=tuple(
            replace(one, pointer=without_secrets(one.pointer), message=without_secrets(one.message))
            for one in faults
        ),
        payload=kept.text,
        event_name=without_secrets(event_name[:EVENT_NAME_LENGTH]),
        definition_id=rules.definition_number if rules else _number(definition.id) if definition else None,
        version_id=rules.version_number if rules else None,
        key_id=caller.key.number if caller.key is not None else None,
        event_id=kept.event_id,
        code=code or ("identifier-not-allowed" if only_rights else "payload-invalid"),
        space=caller.space,
        trust=_trust_in(payload, caller),
        source=caller.source,
        sent_at=caller.sent_at,
        is_partial=kept.is_partial,
    )


def _refuse_id(event_id: str, faults: list[Fault]) -> None:
    if not event_id:
        if not any(fault.pointer == "/id" for fault in faults):
            faults.append(Fault("id-missing", "/id", "Every event has an id: 1 to 255 characters."))
    elif len(event_id) > ID_LENGTH:
        faults.append(Fault("too-long", "/id", "An id has at most 255 characters."))
    else:
        faults.append(
            Fault("id-reserved", "/id", f"Ids that start with {WEB_PREFIX} are given by web pages.")
        )


def _judge_time(text: str, caller: Caller, faults: list[Fault]) -> tuple[int, str | None]:
    """When it happened, and the times as they came if a wrong clock was corrected."""
    told = _parsed(text, faults)
    if told is None:
        return 0, None
    moment = told if caller.sent_at is None else corrected(told, caller.sent_at, caller.received_at)
    judged = judge_moment(moment, caller.received_at, "/occurred_at")
    if isinstance(judged, Fault):
        faults.append(judged)
        return 0, None
    return moment, None if moment == told else _raw_times(text, caller)


def _parsed(text: str, faults: list[Fault]) -> int | None:
    try:
        return parse_timestamp(text)
    except ValueError:
        message = "A moment is RFC 3339 with an offset: 2026-05-01T12:00:00+02:00."
        faults.append(Fault("timestamp-invalid", "/occurred_at", message))
        return None


def _raw_times(occurred_at: str, caller: Caller) -> str:
    """The times by the browser's clock, before they were corrected."""
    return msgspec.json.encode({"occurred_at": occurred_at, "sent_at": caller.sent_at}).decode()


def _judge_source(source: str, faults: list[Fault]) -> str:
    if not source.strip():
        faults.append(Fault("too-short", "/source", "A source is a text, or absent."))
    elif len(source) > SOURCE_LENGTH:
        faults.append(Fault("too-long", "/source", f"A source has at most {SOURCE_LENGTH} characters."))
    return source


def _judge_identifiers(
    payload: Payload, writable: frozenset[str], caller: Caller, faults: list[Fault]
) -> tuple[Mapping[str, str], Trust]:
    if payload.is_of_a_page:
        assert isinstance(payload, BeaconPayload)
        return _judge_word_of_a_page(payload, caller, faults)
    identifiers = usual_identifiers(payload.identifiers)
    if identifiers is None:
        identifiers, wrong = judge_identifiers(payload.identifiers)
        faults += wrong
    if caller.key is not None and not writable.issuperset(identifiers):
        faults += faults_for_writing(identifiers, writable)
    if not identifiers and (caller.key is not None or payload.tells_trust):
        faults += nobody_is_named(payload, caller.space, faults)
    if payload.tells_trust:
        assert isinstance(payload, ToldPayload)
        return identifiers, judge_trust(payload, faults)
    return identifiers, "key"


def _judge_word_of_a_page(
    payload: BeaconPayload, caller: Caller, faults: list[Fault]
) -> tuple[Mapping[str, str], Trust]:
    """Whom the page names, and whether its site's server vouches for it; a token that does not is no error.

    Where only signed identifiers are believed, others are as if they had not been sent.
    """
    if not caller.believes_claims and payload.token is None and caller.replayed is None:
        return {}, "claimed"
    identifiers, wrong = judge_identifiers(payload.identifiers)
    if _is_vouched_for(payload, identifiers, caller):
        faults += wrong
        return identifiers, "signed"
    if not caller.believes_claims:
        return {}, "claimed"
    faults += wrong
    return identifiers, "claimed"


def _is_vouched_for(payload: BeaconPayload, identifiers: Mapping[str, str], caller: Caller) -> bool:
    """Whether a token is for these identifiers, in their one form or as they came."""
    sent = payload.identifiers or {}
    if all(value is None for value in sent.values()):
        return False
    if caller.replayed is not None:
        return caller.replayed.is_vouched_for
    if payload.token is None:
        return False
    return any(
        is_valid(payload.token, form, caller.secrets, caller.received_at) for form in (identifiers, sent)
    )


def _trust_in(payload: Payload, caller: Caller) -> Trust:
    """Who vouches for a payload that is refused: its token is not kept, but what it was good for is."""
    if isinstance(payload, ToldPayload):
        return judge_trust(payload, [])
    if not isinstance(payload, BeaconPayload):
        return "key"
    if payload.token is None and caller.replayed is None:
        return "claimed"
    identifiers, _ = judge_identifiers(payload.identifiers)
    return "signed" if _is_vouched_for(payload, identifiers, caller) else "claimed"


def _judge_given_goal(
    payload: ApiPayload,
    rules: Rules,
    faults: list[Fault],
    data: tuple[str, Goal | None] | None,
    caller: Caller,
) -> Goal | None:
    value = _goal_value(payload, faults)
    goal = judge_given_goal(payload.goal_type, value, payload.goal_name, payload.goal_currency)
    if isinstance(goal, list):
        faults += goal
        return None
    if goal is not None and rules.goal is not None:
        if caller.is_told_again and goal == (data[1] if data is not None else rules.goal_without_data):
            return None
        message = "This event's goal comes from its definition; it cannot be given."
        faults.append(Fault("goal-not-allowed", "/goal_type", message))
        return None
    return goal


def _goal_value(payload: ApiPayload, faults: list[Fault]) -> Any:
    raw = bytes(payload.goal_value)
    if not raw:
        return None
    try:
        return read(raw)
    except Unreadable as error:
        faults.append(Fault(error.code, "/goal_value", error.message))
        return None


def _judge_deletion(deleted_at: str | None, caller: Caller, faults: list[Fault]) -> int | Kept | None:
    if deleted_at is None:
        return None
    moment = judge_occurred_at(deleted_at, caller.received_at, "/deleted_at")
    if isinstance(moment, Fault):
        faults.append(moment)
        return KEPT
    return moment


def _judge_visitor(named: str, faults: list[Fault]) -> str | None:
    visitor = judge_visitor(named, "/visitor")
    if isinstance(visitor, Fault):
        faults.append(visitor)
        return None
    return visitor


def _number(public_id: str) -> int:
    number = ids.decode(public_id)
    if number is None:
        raise ValueError(f"{public_id!r} is no id")
    return number
