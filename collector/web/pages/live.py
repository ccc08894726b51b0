"""Live: what arrives, accepted and refused in one list, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, make_response, render_template, request, url_for

from collector.core import ids
from collector.core.consent import ANSWERS, AskedConsent
from collector.core.definitions import Definition
from collector.store.arrivals import KINDS, Accepted, Arrival, Selection
from collector.store.events import Page
from collector.store.rejections import KeptRejection
from collector.web.access import allow, principal
from collector.web.api.rejection_shapes import data_text, names_shown
from collector.web.pages.frame import make_blueprint, moment_tag, page, secured
from collector.web.pages.rejected import masked_payload
from collector.web.pages.shown import (
    DOORS,
    ChangeLine,
    Member,
    change_lines,
    members_of,
    personal_fields,
    version_numbers,
)
from collector.web.parts import parts

blueprint = make_blueprint("live", "/sections/<section_id>/live")

SHOWN = 50
MEMBERS = 12
CONSENTS = {"true": "given", "false": "refused", "unknown": "nothing was said of it"}


@dataclass(frozen=True, slots=True)
class Line:
    """One arrival as the list shows it. `more` values are left for its own page."""

    id: str
    address: str
    verdict: str
    event_name: str
    at: int
    source: str
    door: str
    who: tuple[str, ...] = ()
    trust: str = ""
    visitor: str = ""
    members: tuple[Member, ...] = ()
    more: int = 0
    changes: tuple[ChangeLine, ...] = ()
    faults: tuple[dict[str, str], ...] = ()


@blueprint.get("")
@allow("events.read")
def index(section_id: str) -> Response:
    """The list, and with JavaScript what comes from now on."""
    definitions = parts().store.definitions.all(section_id)
    found = _found(section_id, definitions, request.args.get("cursor") or None)
    return page(
        "pages/live.html",
        lines=_lines(found, definitions),
        next_cursor=found.next_cursor,
        is_first_page=not request.args.get("cursor"),
        names=[one.draft.event_name for one in definitions],
        doors=DOORS,
        kinds=KINDS,
        consents=CONSENTS,
        chosen=_chosen(),
    )


@blueprint.get("/news")
@allow("events.read")
def news(section_id: str) -> Response:
    """The first page of the list alone; 204 if it still begins with the arrival `newest`."""
    definitions = parts().store.definitions.all(section_id)
    found = _found(section_id, definitions, None)
    newest = ids.encode(found.items[0].id) if found.items else ""
    if newest == request.args.get("newest", ""):
        return secured(Response(status=204, headers={"Cache-Control": "no-store"}))
    lines = _lines(found, definitions)
    answer = make_response(render_template("pages/live_lines.html", lines=lines, moment=moment_tag))
    answer.headers["Cache-Control"] = "no-store"
    return secured(answer)


def _chosen() -> dict[str, str]:
    """The filters of the address, as they go into further addresses."""
    return {
        name: request.args[name] for name in ("event", "verdict", "door", "consent") if request.args.get(name)
    }


def _found(section_id: str, definitions: list[Definition], cursor: str | None) -> Page:
    chosen = _chosen()
    name = chosen.get("event")
    wanted = [one for one in definitions if name in (None, one.draft.event_name)]
    kind = next((one for one in KINDS if one == chosen.get("verdict")), None)
    numbers = [ids.decode(one.id) or 0 for one in wanted]
    answer = next((one for one in ANSWERS if one == chosen.get("consent")), None)
    consent = AskedConsent(answer) if answer is not None else None
    selection = Selection(section_id, numbers, name is None, kind, _door(chosen.get("door")), consent)
    return parts().store.arrivals.page(selection, SHOWN, cursor)


def _door(text: str | None) -> str | None:
    return text if text in DOORS else None


def _lines(found: Page, definitions: list[Definition]) -> list[Line]:
    by_number = {ids.decode(one.id): one for one in definitions}
    versions = version_numbers(definitions)
    return [_line(one, by_number, versions) for one in found.items]


def _line(arrival: Arrival, definitions: dict[int | None, Definition], versions: dict[int, int]) -> Line:
    if isinstance(arrival, KeptRejection):
        return _refused(arrival, definitions.get(arrival.definition_id))
    return _accepted(arrival, definitions[arrival.state.definition_id], versions)


def _accepted(arrival: Accepted, definition: Definition, versions: dict[int, int]) -> Line:
    state, personal = arrival.state, personal_fields(definition)
    members = members_of(state.data, personal)
    lines = change_lines(arrival.changes, personal, versions)
    return Line(
        id=ids.encode(arrival.id),
        address=url_for(
            "pages_live_events.event", section_id=principal().section_id, event_number=ids.encode(state.id)
        ),
        verdict="stored" if arrival.operation == "insert" else "updated",
        event_name=definition.draft.event_name,
        at=arrival.at,
        source=state.source,
        door=DOORS.get(state.door, state.door),
        who=tuple(state.identifiers.values()),
        trust=state.trust,
        visitor=state.visitor or "",
        members=tuple(members[:MEMBERS]) if arrival.operation == "insert" else (),
        more=max(len(members) - MEMBERS, 0) if arrival.operation == "insert" else 0,
        changes=tuple(lines[:MEMBERS]),
    )


def _refused(rejection: KeptRejection, definition: Definition | None) -> Line:
    payload = masked_payload(rejection, definition)
    payload = payload if isinstance(payload, dict) else {}
    members = members_of(data_text(payload), frozenset())
    source, visitor = payload.get("source"), payload.get("visitor")
    return Line(
        id=ids.encode(rejection.id),
        address=url_for(
            "pages_live_events.rejection",
            section_id=principal().section_id,
            rejection_id=ids.encode(rejection.id),
        ),
        verdict="rejected",
        event_name=rejection.event_name,
        at=rejection.received_at,
        source=source if isinstance(source, str) else "",
        door=DOORS.get(rejection.door, rejection.door),
        visitor=visitor if isinstance(visitor, str) else "",
        members=tuple(members[:MEMBERS]),
        more=max(len(members) - MEMBERS, 0),
        faults=tuple(names_shown(rejection.faults[:MEMBERS])),
    )
