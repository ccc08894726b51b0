"""`/api/v1/conflicts`, `/profiles/merge`, `/merges`, `/secret`: who is who, and who says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, request

from collector.core import ids
from collector.core.fields import format_timestamp
from collector.core.identifiers import KINDS, normalise
from collector.core.problems import Fault, Problem, pointer_to
from collector.store.conflicts import STATES, Conflict, Person
from collector.store.merging import Merge
from collector.store.secrets import Secret
from collector.web.access import allow, principal, the_actor
from collector.web.answers import json_answer
from collector.web.api.queries import read_cursor, read_limit, refuse_unknown
from collector.web.api.shapes import Json, shown_id
from collector.web.bodies import read_document
from collector.web.openapi import about_people as about
from collector.web.openapi import about_sections
from collector.web.openapi.operations import documented
from collector.web.openapi.shown import Paging
from collector.web.parts import parts
from collector.web.reach import seen_kinds, wholly_readable

blueprint = Blueprint("people", __name__, url_prefix="/api/v1")


@blueprint.get("/conflicts")
@allow("profiles.merge")
@documented(about.Conflicts, query=about.ConflictsWanted)
def conflicts() -> Response:
    """Profiles that events named together, newest first; `state`: open (default), dismissed or merged."""
    refuse_unknown("state", "limit", "cursor")
    wanted = request.args.get("state", "open")
    state = next((one for one in STATES if one == wanted), None)
    if state is None:
        raise _wrong("/state", f"state is one of: {', '.join(STATES)}.")
    page = parts().store.conflicts.page(principal().section_id, state, read_limit(), read_cursor())
    return _list("conflicts", [_conflict_json(one) for one in page.items], page.next_cursor)


@blueprint.post("/conflicts/<conflict_id>/dismiss")
@allow("profiles.merge")
@documented(about.Conflict, path=about.A_CONFLICT, codes="conflict-merged")
def dismiss(conflict_id: str) -> Response:
    """These are two people: listed as open no more."""
    found = parts().store.conflicts.dismiss(
        principal().section_id, _number(conflict_id, "conflict"), the_actor(), parts().now()
    )
    return json_answer(_conflict_json(found))


@blueprint.post("/conflicts/<conflict_id>/merge")
@allow("profiles.merge")
@documented(about.MERGE_MADE, body=about.INTO, path=about.A_CONFLICT, codes=about.CODES_OF_MERGES)
def merge_conflict(conflict_id: str) -> Response:
    """Merges the two, into the older one, or into the one that the body names: `{"into": "<id>"}`."""
    conflict = parts().store.conflicts.find(principal().section_id, _number(conflict_id, "conflict"))
    if conflict.state == "merged":
        raise Problem("conflict-merged", "These two were merged before.")
    merged, into = _in_order(conflict.people)
    return _merge(merged.id, into.id)


@blueprint.post("/profiles/merge")
@allow("profiles.merge")
@documented(about.MERGE_MADE, body=about.MERGE, codes=about.CODES_OF_MERGES)
def merge() -> Response:
    """Merges `from` into `into`; each is `{"kind": …, "value": …}`, an identifier of the profile."""
    document = _object(read_document(), "from", "into")
    kind_and_value = [_identifier(document, member) for member in ("from", "into")]
    merged, into = [
        _profile(f"/{member}", *one) for member, one in zip(("from", "into"), kind_and_value, strict=True)
    ]
    return _merge(merged, into)


@blueprint.get("/merges")
@allow("profiles.merge")
@documented(about.Merges, query=Paging)
def merges() -> Response:
    """The merges of profiles, the newest first, also those that were undone."""
    refuse_unknown("limit", "cursor")
    page = parts().store.merges.page(principal().section_id, read_limit(), read_cursor())
    return _list("merges", [_merge_json(one) for one in page.items], page.next_cursor)


@blueprint.post("/merges/<merge_id>/undo")
@allow("profiles.merge")
@documented(about.Merge, path=about.A_MERGE, codes="merge-undone merge-covered")
def undo(merge_id: str) -> Response:
    """Gives the merged profile back what was its own, and what came for it since."""
    undone = parts().store.merges.undo(
        principal().section_id, _number(merge_id, "merge"), the_actor(), parts().now()
    )
    return json_answer(_merge_json(undone))


@blueprint.get("/secret")
@allow("secrets.manage")
@documented(about_sections.Secrets)
def secret() -> Response:
    """The section's secrets that are good, with which sites sign their tokens; the newest first."""
    found = parts().store.secrets.show(principal().section_id, the_actor(), parts().now())
    return json_answer(secrets_json(found))


@blueprint.post("/secret/rotate")
@allow("secrets.manage")
@documented(about_sections.Secrets)
def rotate() -> Response:
    """Makes the next secret; the one before stays good for 24 hours, or until the next rotation."""
    found = parts().store.secrets.rotate(principal().section_id, the_actor(), parts().now())
    return json_answer(secrets_json(found))


def secrets_json(secrets: Sequence[Secret]) -> Json:
    """The newest secret is the one to sign with."""
    shown = [
        {
            "number": one.number,
            "secret": one.text,
            "made_at": format_timestamp(one.made_at),
            "good_until": format_timestamp(one.retired_at) if one.retired_at is not None else None,
        }
        for one in secrets
    ]
    return {"secrets": shown}


def _merge(merged: int, into: int) -> Response:
    made = parts().store.merges.make(principal().section_id, merged, into, the_actor(), parts().now())
    return json_answer(_merge_json(made), status=201)


def _in_order(people: tuple[Person, Person]) -> tuple[Person, Person]:
    """The one that is merged, and the one that it becomes part of."""
    older, younger = sorted(people, key=lambda person: person.id)
    has_body = request.content_length or "Transfer-Encoding" in request.headers
    document = _object(read_document(), "into") if has_body else {}
    match document.get("into", ids.encode(older.id)):
        case text if text == ids.encode(older.id):
            return younger, older
        case text if text == ids.encode(younger.id):
            return older, younger
    raise _wrong("/into", "into is the id of one of the two profiles.")


def _object(document: object, *members: str) -> Mapping[str, object]:
    if not isinstance(document, dict):
        raise _wrong("", "This takes an object.")
    unknown = next((name for name in document if name not in members), None)
    if unknown is not None:
        raise _wrong(pointer_to(unknown), f"Known here: {', '.join(members)}.")
    return document


def _identifier(document: Mapping[str, object], member: str) -> tuple[str, str]:
    named = document.get(member)
    if not isinstance(named, dict) or set(named) != {"kind", "value"} or named["kind"] not in KINDS:
        shape = f'{member} is an identifier, {{"kind": …, "value": …}}. Kinds: {", ".join(KINDS)}.'
        raise _wrong(pointer_to(member), shape)
    normal = normalise(named["kind"], named["value"], pointer_to(member, "value"))
    if isinstance(normal, Fault):
        raise Problem("request-invalid", normal.message, faults=[normal])
    return named["kind"], normal


def _profile(pointer: str, kind: str, value: str) -> int:
    found = parts().store.profiles.find(principal().section_id, kind, value)
    if found is None:
        fault = Fault("not-found", pointer, "Nobody has this identifier.")
        raise Problem("not-found", fault.message, faults=[fault])
    return found.id


def _number(public_id: str, subject: str) -> int:
    number = ids.decode(public_id)
    if number is None:
        raise Problem("not-found", f"There is no such {subject}.")
    return number


def _list(plural: str, items: list[Json], next_cursor: str | None) -> Response:
    return json_answer({plural: items, **({"next_cursor": next_cursor} if next_cursor else {})})


def _conflict_json(conflict: Conflict) -> Json:
    document: Json = {
        "id": ids.encode(conflict.id),
        "state": conflict.state,
        "profiles": [
            {"id": ids.encode(person.id), "identifiers": _seen(person.identifiers)}
            for person in conflict.people
        ],
        "count": conflict.count,
        "first_seen": format_timestamp(conflict.first_seen),
        "last_seen": format_timestamp(conflict.last_seen),
    }
    if conflict.event is not None and _may_be_told(conflict.event[0]):
        event_name, space, event_id = conflict.event
        document["event"] = {"event": event_name, "id": shown_id(space, event_id)}
    return document


def _seen(identifiers: Mapping[str, Sequence[str]]) -> Json:
    kinds = seen_kinds()
    return {kind: values for kind, values in identifiers.items() if kind in kinds}


def _may_be_told(event_name: str) -> bool:
    return any(one.draft.event_name == event_name for one in wholly_readable().values())


def _merge_json(merge: Merge) -> Json:
    return {
        "id": ids.encode(merge.id),
        "from": ids.encode(merge.merged),
        "into": ids.encode(merge.into),
        "events": merge.events,
        "made_at": format_timestamp(merge.made_at),
        "undone_at": format_timestamp(merge.undone_at) if merge.undone_at is not None else None,
    }


def _wrong(pointer: str, sentence: str) -> Problem:
    return Problem("request-invalid", sentence, faults=[Fault("request-invalid", pointer, sentence)])
