"""`/audience/…` of the APSIS One API: keyspaces, sections, events; posting, merging, erasing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from collector.core.definitions import Definition
from collector.core.events import API_SPACE, Outcome
from collector.core.identifiers import KINDS
from collector.core.judge import Caller
from collector.core.payloads import VouchedPayload
from collector.core.permissions import kinds_with
from collector.core.problems import Fault, Problem
from collector.core.versions import state
from collector.intake.introduce import Introducer
from collector.web.access import allow, principal, the_actor
from collector.web.answers import json_answer
from collector.web.apsis.decode import place_of, read_items
from collector.web.apsis.words import (
    KEYSPACES,
    WEB,
    Named,
    event_json,
    named,
    permissions_json,
)
from collector.web.bodies import read_body, read_document, require_json
from collector.web.openapi import about_other_doors as about
from collector.web.openapi.about_events import CODES_OF_WRITING
from collector.web.openapi.operations import NO_CONTENT, documented
from collector.web.parts import parts

DOOR = "apsis"

blueprint = Blueprint("apsis", __name__, url_prefix="/audience")


@blueprint.get("/keyspaces")
@allow("definitions.read")
@documented(about.Things)
def keyspaces() -> Response:
    """By what people are named."""
    return _items([{"name": name, "discriminator": one} for one, (_, name) in KEYSPACES.items()])


@blueprint.get("/sections")
@allow("definitions.read")
@documented(about.Things)
def sections() -> Response:
    """The one that the key belongs to."""
    section = parts().store.sections.find(principal().section_id)
    return _items([{"name": section.name, "discriminator": section.id}] if section is not None else [])


@blueprint.get("/sections/<section_id>/events")
@allow("definitions.read")
@documented(about.ApsisEvents, query=about.ApsisEventsWanted)
def events(section_id: str) -> Response:
    """The definitions with their versions, of which the current one has no `deprecated_at`."""
    _require_own(section_id)
    found = [
        one for one in parts().store.definitions.all(section_id) if principal().may_use(one.draft.event_name)
    ]
    wants_more = request.args.get("include_keyspace_permissions", "false").lower() in ("", "1", "true")
    return _items(
        [{**event_json(one, _ends_of(one)), **(_permissions_of(one) if wants_more else {})} for one in found]
    )


@blueprint.post("/keyspaces/<keyspace>/profiles/<anything:profile_key>/sections/<section_id>/events")
@allow("events.write")
@documented(about.APSIS_STORED, body=about.APSIS_ITEMS, path=about.PATH, codes=CODES_OF_WRITING)
def post_events(keyspace: str, profile_key: str, section_id: str) -> Response:
    """Events of one profile, which is made if there is none. What is good of them is stored in any case."""
    _require_own(section_id)
    who = named(keyspace, profile_key, "/profile_key")
    require_json()
    caller = _caller()
    reads = read_items(read_body(), who, _find, caller.received_at)
    outcomes = parts().intake.accept(reads, caller)
    results = [
        {"verdict": outcome.verdict, "id": payload.id}
        for (payload, _), outcome in zip(reads, outcomes, strict=True)
    ]
    _require_all_stored(outcomes, results)
    return json_answer({"items": results}, 201)


@blueprint.put("/profiles/merges")
@allow("profiles.merge")
@documented(
    NO_CONTENT,
    body=about.APSIS_PROFILES,
    codes="not-found profile-merged same-profile payload-invalid identifier-not-allowed",
)
def merge() -> Response:
    """Makes several profiles one: the first that is named stays, the others become part of it."""
    people = _profiles_in(read_document())
    first = next((one for one in people if one[0] != WEB), None)
    if first is None:
        raise Problem("request-invalid", "One of the profiles is named by an e-mail, a mobile or a CRM id.")
    for _, visitor in [one for one in people if one[0] == WEB]:
        _link(first, visitor)
    into = _profile(first)
    for one in [one for one in people if one[0] != WEB]:
        merged = _profile(one)
        if merged != into:
            parts().store.merges.make(principal().section_id, merged, into, the_actor(), parts().now())
    return Response(status=204)


@blueprint.delete("/keyspaces/<keyspace>/profiles/<holder:profile_key>")
@allow("profiles.erase")
@documented(NO_CONTENT, path=about.PATH, codes="request-invalid identifier-not-allowed")
def erase(keyspace: str, profile_key: str) -> Response:
    """Erases a person everywhere, for ever."""
    if any("write" not in principal().grants.get(kind, ()) for kind in KINDS):
        raise Problem("identifier-not-allowed", "This needs a key that may write every identifier.")
    kind, value = named(keyspace, profile_key, "/profile_key")
    if kind == WEB:
        raise Problem("not-found", "People are erased by an e-mail, a mobile or a CRM id.")
    parts().settle()
    parts().store.erasures.erase(principal().section_id, (kind, value), the_actor(), parts().now())
    return Response(status=204)


def _items(items: list[dict[str, Any]]) -> Response:
    return json_answer({"items": items})


def _require_own(section_id: str) -> None:
    if section_id != principal().section_id:
        raise Problem("not-found", "There is no such section.")


def _find(version_id: str) -> Definition | None:
    """Of the key's own section; what is another's is as if it were not there."""
    found = parts().store.definitions.by_id(version_id)
    return found if found is not None and found.section_id == principal().section_id else None


def _ends_of(definition: Definition) -> dict[str, int | None]:
    """Each version that was ever current → since when it is not; of the current one None."""
    now = parts().now()
    begun = [one for one in definition.versions if state(one, definition.versions, now) != "pending"]
    followed = [*[one.current_from for one in begun[1:]], None]
    return {
        one.id: one.retired_at if one.retired_at is not None else end
        for one, end in zip(begun, followed, strict=True)
    }


def _permissions_of(definition: Definition) -> dict[str, Any]:
    allowed, grants = definition.draft.allowed_operations, principal().grants
    both = {
        kind: frozenset(
            operation for operation in ("read", "write") if kind in kinds_with(operation, allowed, grants)
        )
        for kind in KINDS
    }
    return {"keyspace_permissions": permissions_json(both)}


def _require_all_stored(outcomes: Sequence[Outcome], results: list[dict[str, Any]]) -> None:
    """Raises `Problem` if something was refused, with what became of each item."""
    refused = [(place, one) for place, one in enumerate(outcomes) if one.verdict == "rejected"]
    if not refused:
        return
    faults = [
        replace(fault, pointer=place_of(fault.pointer, place))
        for place, outcome in refused
        for fault in outcome.faults
    ]
    stored = len(outcomes) - len(refused)
    detail = f"{len(refused)} of {len(outcomes)} items were refused; {stored} are stored."
    first = refused[0][1]
    raise Problem(first.code, detail, faults=faults, retry_after=first.retry_after, extra={"items": results})


def _profiles_in(document: object) -> list[Named]:
    listed = document.get("profiles") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not 2 <= len(listed) <= 100:
        raise _not_profiles()
    found = []
    for place, one in enumerate(listed):
        if not isinstance(one, dict):
            raise _not_profiles()
        keyspace, key = one.get("keyspace_discriminator"), one.get("profile_key")
        found.append(named(keyspace, key, f"/profiles/{place}/profile_key"))
    return found


def _not_profiles() -> Problem:
    shape = 'This takes {"profiles": [{"keyspace_discriminator": …, "profile_key": …}, …]}, 2 to 100 of them.'
    return Problem("request-invalid", shape, faults=[Fault("shape-wrong", "/profiles", shape)])


def _profile(who: Named) -> int:
    found = parts().store.profiles.find(principal().section_id, *who)
    if found is None:
        raise Problem("not-found", "Nobody has this profile key.")
    return found.id


def _link(who: Named, visitor: str) -> None:
    """Links a browser to somebody, who is made if there is none; one that is linked already stays so."""
    kind, value = who
    introducer = Introducer(
        store=parts().store,
        intake=parts().intake,
        caller=_caller(),
        actor=the_actor(),
        may_describe=False,
        may_merge=True,
    )
    said = VouchedPayload(id="merge", identifiers={kind: value}, visitor=visitor)
    outcome = introducer.identify([(said, [])])[0]
    if outcome.verdict == "rejected":
        raise Problem(outcome.code, outcome.faults[0].message, faults=outcome.faults)


def _caller() -> Caller:
    asking = principal()
    return Caller(
        section_id=asking.section_id,
        door=DOOR,
        space=API_SPACE,
        received_at=parts().now(),
        source=asking.name,
        key=asking.key,
    )
