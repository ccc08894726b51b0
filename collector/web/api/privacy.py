"""What a person may ask for: all that is held of them, and to be erased."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.fields import format_timestamp
from collector.core.identifiers import KINDS, normalise
from collector.core.mentions import Name
from collector.core.permissions import Key
from collector.core.problems import Fault, Problem
from collector.store.erasure import Erased
from collector.web.access import allow, principal, the_actor
from collector.web.answers import json_answer
from collector.web.api.held_json import held_json
from collector.web.api.queries import read_choice, refuse_unknown
from collector.web.api.shapes import Json
from collector.web.openapi import about_privacy as about
from collector.web.openapi.operations import documented
from collector.web.parts import parts
from collector.web.reach import EVERY_KIND, seen_kinds

blueprint = Blueprint("privacy", __name__, url_prefix="/api/v1/profiles")


@blueprint.get("/<kind>/<anything:value>/export")
@allow("profiles.export")
@documented(about.Held, query=about.ExportWanted, codes="request-invalid identifier-not-allowed")
def export(kind: str, value: str) -> Response:
    """All that is held of a person, refused payloads and deleted events too.

    Of events of hidden definitions only with `hidden=true`, which needs the scope `admin`.
    """
    refuse_unknown("hidden")
    name = _name(kind, value)
    if kind not in seen_kinds():
        raise _not_allowed("read")
    hidden = read_choice("hidden", ("true", "false")) == "true"
    if hidden and not principal().has("profiles.erase"):
        raise Problem("scope-missing", "What is hidden is for keys with the scope admin.")
    return exported(name, hidden=hidden)


@blueprint.delete("/<kind>/<identifier:value>")
@allow("profiles.erase")
@documented(about.Erased, codes="request-invalid identifier-not-allowed")
def erase(kind: str, value: str) -> Response:
    """Erases a person everywhere, with what was merged into them, for ever.

    Late retries of their events are `ignored` from now on; what happens later makes a new profile.
    """
    name = _name(kind, value)
    if any("write" not in principal().grants.get(one, ()) for one in KINDS):
        raise _not_allowed("write")
    parts().settle()
    store = parts().store
    return json_answer(
        _erased_json(store.erasures.erase(principal().section_id, name, the_actor(), parts().now()))
    )


def exported(who: int | Name, *, hidden: bool) -> Response:
    """The export of whoever has a profile (by its number) or a normalised identifier, as a file.

    Raises `Problem("not-found")`.
    """
    parts().settle()
    section_id, definitions = principal().section_id, parts().store.definitions
    visible = definitions.all(section_id)
    known = [*visible, *(definitions.all(section_id, hidden=True) if hidden else [])]
    whole = {number: one for one in known if (number := ids.decode(one.id)) is not None and _is_whole(one)}
    is_everything = len(whole) == len(known)
    held = parts().store.holdings.of(section_id, who, whole.keys(), without_definition=is_everything)
    names = {number: one.draft.event_name for number, one in whole.items()}
    answer = json_answer(held_json(held, names, section_id, parts().now()))
    answer.headers["Content-Disposition"] = 'attachment; filename="person.json"'
    return answer


def _is_whole(definition: Definition) -> bool:
    """Whether every event of a definition may be read: what another event carries is nobody's to guess."""
    asking = principal()
    return asking.may_use(definition.draft.event_name) and asking.readable_of(definition) == EVERY_KIND


def _name(kind: str, value: str) -> Name:
    if kind not in KINDS:
        raise Problem("not-found", f"People are found by {', '.join(KINDS)}.")
    normal = normalise(kind, value, "/value")
    if isinstance(normal, Fault):
        raise Problem("request-invalid", normal.message, faults=[normal])
    return kind, normal


def _not_allowed(operation: str) -> Problem:
    key: Key | None = principal().key
    detail = f"This needs a key that may {operation} every identifier."
    return Problem(
        "identifier-not-allowed", detail if key is not None else f"{operation} is not allowed here."
    )


def _erased_json(erased: Erased) -> Json:
    return {
        "profile": ids.encode(erased.profile) if erased.profile is not None else None,
        "erased_at": format_timestamp(erased.erased_at),
        "events": erased.events,
        "rejections": erased.rejections,
        "mentions": erased.mentions,
    }
