"""Rejections: what was refused, by cause; what to change; and a replay, which says first what it would do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, request

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.problems import Problem
from collector.intake.replay import Fit, Replay, Replayer
from collector.store.rejections import Cause, KeptRejection, Selection
from collector.store.replays import Asked
from collector.web.access import allow, principal, the_actor
from collector.web.api.rejection_shapes import names_shown
from collector.web.pages.frame import make_blueprint, page
from collector.web.pages.rejected import advice_for, masked_payload
from collector.web.pages.shown import DOORS, pretty
from collector.web.parts import parts
from collector.web.reach import rejections_within_reach

blueprint = make_blueprint("rejections", "/sections/<section_id>/rejections")

SHOWN = 25
EACH = 50
EVERY_EVENT = "rejections"
REPLAYED = ("stored", "updated", "duplicate", "ignored")


@dataclass(frozen=True, slots=True)
class CauseShown:
    """One cause as the page shows it: what is wrong, an example, and where it can be put right."""

    id: str
    cause: Cause
    definition: Definition | None
    faults: list[dict[str, str]]
    payload: str
    door: str
    advice: str
    example_id: str


@dataclass(frozen=True, slots=True)
class EachShown:
    """One rejection of a cause, in a row of its own."""

    id: str
    kept: KeptRejection
    door: str


@blueprint.get("")
@allow("rejections.read")
def index(section_id: str) -> Response:
    """The causes, the most frequent first: of one event, or one cause with its rejections, if it is named."""
    event, cause = request.args.get("event") or None, request.args.get("cause") or None
    wanted = _selection(event, cause)
    cursor = request.args.get("cursor") or None
    # One cause is one group: there, the stretches are of its rejections.
    found = parts().store.rejections.causes(wanted, SHOWN, None if cause else cursor)
    each = parts().store.rejections.selected(wanted, EACH, cursor) if cause else None
    definitions = {one.draft.event_name: one for one in parts().store.definitions.all(section_id)}
    return page(
        "pages/rejections.html",
        causes=[_cause(one, definitions.get(one.example.event_name)) for one in found.items],
        each=[_each(one) for one in each.items] if each else [],
        kept=parts().store.rejections.count(wanted),
        bound=parts().settings.rejections_kept,
        names=sorted(definitions),
        event=event,
        cause=cause,
        definition=definitions.get(event or ""),
        next_cursor=each.next_cursor if each else found.next_cursor,
        is_first_page=cursor is None,
        may_write=principal().has("definitions.write"),
        may_replay=principal().has("rejections.replay"),
    )


@blueprint.post("/replay")
@allow("rejections.replay")
def replay(section_id: str) -> Response:
    """What a replay would do, or what it did: the form says which. Sent twice, it does it once."""
    event, cause = request.form.get("event") or None, request.form.get("cause") or None
    wanted, now = _selection(event, cause), parts().now()
    replayer, so_far = (
        Replayer(parts().store, parts().intake),
        Replay(last=_number(request.form.get("cursor"))),
    )
    fit = None
    if request.form.get("do") == "replay":
        told = replayer.run(wanted, Asked(section_id, the_actor(), event or EVERY_EVENT), now, so_far)
        is_preview = False
    else:
        told = replayer.preview(wanted, now, so_far)
        is_preview = True
        fit = _waiting(replayer, wanted, event, now)
    return page(
        "pages/rejections_replay.html",
        told=told,
        is_preview=is_preview,
        verdicts=REPLAYED,
        event=event,
        cause=cause,
        cursor=ids.encode(told.last) if told.last is not None else None,
        waiting=fit,
        slug=(event or "").replace("/", "~"),
        definition=parts().store.definitions.find(section_id, event) if event else None,
        may_write=principal().has("definitions.write"),
    )


def _selection(event: str | None, cause: str | None) -> Selection:
    return replace(rejections_within_reach(event), cause=_number(cause))


def _number(text: str | None) -> int | None:
    if not text:
        return None
    number = ids.decode(text)
    if number is None:
        raise Problem("not-found", "There is no such cause.")
    return number


def _waiting(replayer: Replayer, wanted: Selection, event: str | None, now: int) -> Fit | None:
    """The version that is not in force yet, where it will let in some of these."""
    definition = parts().store.definitions.find(wanted.section_id, event) if event else None
    fit = replayer.fit(wanted, definition, now) if definition is not None else None
    return fit if fit is not None and fit.current_from > now else None


def _each(kept: KeptRejection) -> EachShown:
    return EachShown(ids.encode(kept.id), kept, DOORS.get(kept.door, kept.door))


def _cause(found: Cause, definition: Definition | None) -> CauseShown:
    example = found.example
    return CauseShown(
        id=ids.encode(found.cause),
        cause=found,
        definition=definition,
        faults=names_shown(example.faults),
        payload=pretty(masked_payload(example, definition)),
        door=DOORS.get(example.door, example.door),
        advice=advice_for(example),
        example_id=ids.encode(example.id),
    )
