"""Conflicts, profiles that one event named together, and merges, which can be undone."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core import ids
from collector.core.problems import Problem
from collector.store.conflicts import STATES, Conflict
from collector.web.access import allow, the_actor
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.pages.shown import name_of
from collector.web.parts import parts

blueprint = make_blueprint("profiles_conflicts", "/sections/<section_id>")

SHOWN = 25


@blueprint.get("/conflicts")
@allow("profiles.merge")
def index(section_id: str) -> Response:
    """The conflicts of one state, newest first: open ones unless the address says otherwise."""
    state = next((one for one in STATES if one == request.args.get("state")), STATES[0])
    found = parts().store.conflicts.page(section_id, state, SHOWN, request.args.get("cursor") or None)
    profiles = parts().store.profiles.named(
        section_id, [person.id for one in found.items for person in one.people]
    )
    return page(
        "pages/conflicts.html",
        conflicts=[(one, _event_number(section_id, one)) for one in found.items],
        profiles=profiles,
        state=state,
        states=STATES,
        next_cursor=found.next_cursor,
        encode=ids.encode,
        name_of=name_of,
    )


@blueprint.post("/conflicts/<conflict_id>/dismiss")
@allow("profiles.merge")
def dismiss(section_id: str, conflict_id: str) -> AnyResponse:
    """These are two people."""
    number = _number(conflict_id, "conflict")
    parts().store.conflicts.dismiss(section_id, number, the_actor(), parts().now())
    note = "They stay two people: this conflict is listed among the dismissed ones."
    return go_to("pages_profiles_conflicts.index", section_id=section_id, note=note)


@blueprint.get("/merges")
@allow("profiles.merge")
def merges(section_id: str) -> Response:
    """The merges, newest first, also those that were undone."""
    found = parts().store.merges.page(section_id, SHOWN, request.args.get("cursor") or None)
    numbers = [number for one in found.items for number in (one.merged, one.into)]
    return page(
        "pages/merges.html",
        merges=found.items,
        profiles=parts().store.profiles.named(section_id, numbers),
        next_cursor=found.next_cursor,
        encode=ids.encode,
        name_of=name_of,
    )


@blueprint.post("/merges/<merge_id>/undo")
@allow("profiles.merge")
def undo(section_id: str, merge_id: str) -> AnyResponse:
    """Gives the merged profile back what was its own; then to that profile."""
    number = _number(merge_id, "merge")
    undone = parts().store.merges.undo(section_id, number, the_actor(), parts().now())
    return go_to(
        "pages_profiles.show",
        section_id=section_id,
        profile_id=ids.encode(undone.merged),
        note="The merge is undone: this profile stands for itself again.",
    )


def _event_number(section_id: str, conflict: Conflict) -> str | None:
    """The number of the event that showed the conflict last, for its address."""
    if conflict.event is None:
        return None
    event_name, space, event_id = conflict.event
    definition = parts().store.definitions.find(section_id, event_name)
    number = ids.decode(definition.id) if definition else None
    state = parts().store.events.find(number, space, event_id) if number is not None else None
    return ids.encode(state.id) if state else None


def _number(public_id: str, subject: str) -> int:
    number = ids.decode(public_id)
    if number is None:
        raise Problem("not-found", f"There is no such {subject}.")
    return number
