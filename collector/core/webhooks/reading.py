"""A webhook as it is described by a request or a form: read, or everything that is wrong with it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Sequence

from collector.core.goals import GOAL_TYPES
from collector.core.permissions import EVERY_KIND
from collector.core.problems import Fault
from collector.core.segments.members import Members
from collector.core.strict_json import faults_in, shown_name
from collector.core.webhooks.addresses import Network, machine_of, may_be_reached, read_address
from collector.core.webhooks.hooks import EVENT_TYPES, SEGMENT_TYPES, TYPES, HookDraft

MEMBERS = ("name", "url", "types", "events", "goals", "segments", "grants", "active")
LONGEST_NAME = 200
_EVENT = re.compile(r"[a-z0-9_./-]{1,100}")
_SEGMENT = re.compile(r"[a-z0-9_]{1,32}")
_LISTS = {"events": (_EVENT, "the name of an event"), "segments": (_SEGMENT, "the id of a segment")}


def read_hook(
    sent: object, allowed: Sequence[Network], before: HookDraft | None = None
) -> HookDraft | list[Fault]:
    """What is absent is that of the webhook `before` it; of a new one the types are those of events, it is
    on, tells of everything, and may read every identifier.

    `allowed` are the networks that it may lead to though they are not public.
    """
    faults = faults_in(sent)
    if faults:
        return faults
    if not isinstance(sent, dict):
        return [Fault("type-wrong", "", "A webhook is described by an object.")]
    members = Members(sent, "", faults, datetime.UTC)
    members.refuse_unknown(MEMBERS)
    draft = HookDraft(
        name=_name(members, before),
        url=_url(members, allowed, before),
        types=_types(members, before),
        events=_listed(members, "events", before.events if before else None),
        goals=_goals(members, before),
        segments=_listed(members, "segments", before.segments if before else None),
        reads=_reads(members, before),
        is_on=_is_on(members, before),
    )
    if not faults and draft.reads != EVERY_KIND and not draft.types.isdisjoint(SEGMENT_TYPES):
        sentence = "Who is in a segment is told to those who may read every identifier."
        members.fault("identifier-not-allowed", "grants", sentence)
    return faults or draft


def _name(members: Members, before: HookDraft | None) -> str:
    given = members.get("name")
    if given is None and before is not None:
        return before.name
    if isinstance(given, str) and 1 <= len(given.strip()) <= LONGEST_NAME:
        return given.strip()
    members.fault("name-invalid", "name", f"A webhook has a name of 1 to {LONGEST_NAME} characters.")
    return ""


def _url(members: Members, allowed: Sequence[Network], before: HookDraft | None) -> str:
    given = members.get("url")
    if given is None and before is not None:
        return before.url
    target = read_address(given.strip() if isinstance(given, str) else "")
    if isinstance(target, Fault):
        members.fault(target.code, "url", target.message)
        return ""
    machine = machine_of(target.host)
    if machine is not None and not may_be_reached(machine, allowed):
        members.fault("address-not-public", "url", "A webhook leads to a public address; this is none.")
    return str(given).strip()


def _types(members: Members, before: HookDraft | None) -> frozenset[str]:
    if members.get("types") is None:
        return before.types if before is not None else frozenset(EVENT_TYPES)
    found = _choices(members, "types", TYPES)
    if not found and not members.faults:
        members.fault("member-invalid", "types", "A webhook tells at least one type of messages.")
    return found


def _goals(members: Members, before: HookDraft | None) -> frozenset[str] | None:
    if "goals" not in members.values:
        return before.goals if before is not None else None
    if members.get("goals") is None:
        return None
    found = _choices(members, "goals", GOAL_TYPES)
    _require_some(members, "goals", members.texts("goals"))
    return found


def _require_some(members: Members, name: str, found: Sequence[str]) -> None:
    if not found and not members.faults:
        members.fault("member-invalid", name, "Name at least one; null is every one.")


def _choices(members: Members, name: str, choices: Collection[str]) -> frozenset[str]:
    found = members.texts(name)
    unknown = [one for one in found if one not in choices]
    if unknown:
        sentence = f"{shown_name(unknown[0])} is none of: {', '.join(choices)}."
        members.fault("choice-unknown", name, sentence)
    return frozenset(found) - frozenset(unknown)


def _listed(members: Members, name: str, otherwise: frozenset[str] | None) -> frozenset[str] | None:
    """Absent is what was; null is every one."""
    if name not in members.values:
        return otherwise
    if members.get(name) is None:
        return None
    shape, words = _LISTS[name]
    found = members.texts(name)
    _require_some(members, name, found)
    wrong = [one for one in found if not shape.fullmatch(one)]
    if wrong:
        members.fault("value-invalid", name, f"{shown_name(wrong[0])} is not {words}.")
    return frozenset(found)


def _reads(members: Members, before: HookDraft | None) -> frozenset[str]:
    given = members.get("grants")
    if given is None:
        return before.reads if before is not None else EVERY_KIND
    if not isinstance(given, dict) or not given.keys() <= EVERY_KIND:
        members.fault("grant-invalid", "grants", f"Grants are an object of {', '.join(sorted(EVERY_KIND))}.")
        return frozenset()
    if not all(operations in ([], ["read"]) for operations in given.values()):
        members.fault("grant-invalid", "grants", 'A webhook only reads: each is ["read"] or [].')
    return frozenset(kind for kind, operations in given.items() if operations == ["read"])


def _is_on(members: Members, before: HookDraft | None) -> bool:
    if members.get("active") is None:
        return before.is_on if before is not None else True
    return members.flag("active")
