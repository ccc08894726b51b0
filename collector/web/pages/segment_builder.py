"""The builder: a segment is made and changed here, condition by condition, with its count beside it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import msgspec
from flask import Response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core import strict_json
from collector.core.problems import Problem
from collector.core.segments.drafts import COLOR, ZONE, Draft, read_draft, read_trial
from collector.core.segments.templates import TEMPLATES
from collector.core.segments.words import Told, in_words
from collector.store.segments.compiling import Scope
from collector.web.access import allow, principal, the_actor
from collector.web.answers import json_answer
from collector.web.api.segments import preview_json
from collector.web.pages import segment_words as words
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.pages.rfm import tree_of_cell
from collector.web.pages.segment_form import (
    Form,
    faults_by_input,
    form_of,
    json_faults,
    read_form,
    tree_of,
)
from collector.web.pages.segment_leaves import Json, Texts
from collector.web.pages.segment_moves import Moved, event_of, is_a_move, move
from collector.web.pages.segment_words import place_in_words
from collector.web.pages.segments import the_segment
from collector.web.parts import parts

blueprint = make_blueprint("segments_builder", "/sections/<section_id>")

UNCHANGED = "Nothing was changed, so nothing was saved."


@dataclass(frozen=True, slots=True)
class Shown:
    """What the builder shows besides the inputs. `refusal`: a sentence, or `stale` with what is stored."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    refusal: str = ""
    focus: str = ""
    stored: Told | None = None


@blueprint.get("/new-segment")
@allow("segments.write")
def new(section_id: str) -> Response:
    """An empty builder, or one with a template's tree in it, or with that of a cell of the grid."""
    about = {"name": "", "color": COLOR, "timezone": ZONE}
    wanted = next((one for one in TEMPLATES if one.id == request.args.get("template")), None)
    if wanted is not None:
        return _page(form_of({**about, "name": wanted.name}, _exact(wanted.tree)), None, Shown())
    cell = tree_of_cell()
    if cell is not None:
        return _page(form_of({**about, "name": cell.name}, cell.tree), None, Shown())
    return _page(form_of(about, None), None, Shown())


@blueprint.post("/new-segment")
@allow("segments.write")
def create(section_id: str) -> AnyResponse:
    """Makes a segment and leads to it; or shows what is wrong, at its condition."""
    form = read_form(request.form)
    if answer := _moved(form, None):
        return answer
    try:
        draft = _draft(form, None)
        made = parts().store.segments.create(section_id, draft, the_actor(), parts().now())
    except Problem as problem:
        return _refused(form, None, problem)
    note = f"{draft.name} is made."
    return go_to("pages_segments.show", section_id=section_id, segment_id=made.draft.id, note=note)


@blueprint.get("/segments/<slug:segment_id>/edit")
@allow("segments.write")
def edit(section_id: str, segment_id: str) -> Response:
    """The builder with a segment in it."""
    draft = the_segment(section_id, segment_id).draft
    return _page(form_of(_about(draft), draft.document), draft, Shown())


@blueprint.post("/segments/<slug:segment_id>/edit")
@allow("segments.write")
def save(section_id: str, segment_id: str) -> AnyResponse:
    """Saves a segment; shows what is wrong, at its condition, and what somebody else made of it meanwhile."""
    stored = the_segment(section_id, segment_id)
    form = read_form(request.form)
    if answer := _moved(form, stored.draft):
        return answer
    seen = request.form.get("seen", "")

    def change(before: Draft) -> Draft:
        if _print_of(before) != seen:
            raise Problem("stale", "Somebody else changed this segment in the meantime.")
        return _draft(form, before)

    try:
        saved = parts().store.segments.change(section_id, segment_id, change, the_actor(), parts().now())
    except Problem as problem:
        return _refused(form, the_segment(section_id, segment_id).draft, problem)
    note = UNCHANGED if saved.draft == stored.draft else "Saved."
    return go_to("pages_segments.show", section_id=section_id, segment_id=segment_id, note=note)


@blueprint.post("/new-segment/changed")
@allow("segments.write")
def changed(section_id: str) -> Response:
    """For the builder's script: the conditions after a button was pressed, and where to go on."""
    form = read_form(request.form)
    offer = words.offer_of(section_id)
    moved = move(form, request.form.get("do", ""), offer.types)
    # The script sets the focus itself: a browser complains of an `autofocus` that comes later.
    html = render_template("pages/segment_tree.html", **_around(form, offer, Shown()))
    return json_answer({"tree": html, "focus": moved.focus, "said": moved.said})


@blueprint.post("/new-segment/counted")
@allow("segments.write")
def counted(section_id: str) -> Response:
    """For the builder's script: how many match what stands in the form now; what is wrong, by its input."""
    form = read_form(request.form)
    panel = _count(form)
    html = render_template("pages/segment_count.html", panel=panel, form=form)
    return json_answer({"panel": html, "faults": panel["faults"]})


def _moved(form: Form, draft: Draft | None) -> Response | None:
    """The form again, if the button that was pressed only changes the tree."""
    do = request.form.get("do", "")
    if not is_a_move(do):
        return None
    moved: Moved = move(form, do, words.offer_of(principal().section_id).types)
    return _page(form, draft, Shown(focus=moved.focus))


def _draft(form: Form, before: Draft | None) -> Draft:
    """The segment that a form describes. Raises `Problem("segment-invalid")`, its pointers led to inputs."""
    wrong = json_faults(form)
    if wrong:
        raise Problem("segment-invalid", "", extra={"inputs": wrong})
    found = read_draft({**form.about, "tree": tree_of(form)}, before)
    if isinstance(found, Draft):
        return found
    raise Problem("segment-invalid", "", faults=found, extra={"inputs": faults_by_input(found, form)})


def _refused(form: Form, draft: Draft | None, problem: Problem) -> Response:
    """The form with everything that was typed, and what is wrong with it."""
    if problem.code == "not-found":
        raise problem
    told = Shown(faults=dict(problem.extra.get("inputs", {})), focus="wrong")
    if problem.code == "name-taken":
        told = Shown(faults={"name": [f"{problem.detail} Choose another name."]}, focus="wrong")
    elif problem.code == "stale" and draft is not None:
        told = Shown(refusal="stale", focus="wrong", stored=_told(draft.document))
    elif not told.faults:
        told = Shown(refusal=problem.detail, focus="wrong")
    return _page(form, draft, told, status=problem.status)


def _page(form: Form, draft: Draft | None, told: Shown, *, status: int = 200) -> Response:
    offer = words.offer_of(principal().section_id)
    # Whoever was told what somebody else changed may save over it; nobody else.
    keeps_print = request.method == "POST" and told.refusal != "stale"
    return page(
        "pages/segment_builder.html",
        status=status,
        draft=draft,
        seen=request.form.get("seen", "") if keeps_print else draft and _print_of(draft),
        # The page does not wait for the count: its script asks for it, or a button without one.
        panel=_count(form) if request.method == "POST" else {"faults": {}},
        is_uncounted=request.method == "GET" and bool(form.root.children),
        zones=words.zones(),
        place_in_words=place_in_words,
        **_around(form, offer, told),
    )


def _around(form: Form, offer: words.Offer, told: Shown) -> dict[str, Any]:
    """What the conditions need to be drawn."""
    return {"form": form, "offer": offer, "told": told, "words": words, "event_of": event_of}


def _count(form: Form) -> dict[str, Any]:
    """What a form finds: counts, currencies, its words; or what is wrong with it, by its input."""
    wrong = json_faults(form)
    if wrong:
        return {"faults": wrong}
    tree = tree_of(form)
    tried = read_trial({"tree": tree, "timezone": form.about["timezone"] or ZONE})
    if isinstance(tried, list):
        return {"faults": faults_by_input(tried, form)}
    scope = Scope(principal().section_id, parts().now(), tried[1])
    found = preview_json(parts().store.segments.finder, tried[0], scope)
    return {"faults": {}, "told": _told(tree), **found}


def _told(tree: Any) -> Told:
    return in_words(tree, words.event_names(parts().store.definitions.all(principal().section_id)))


def _about(draft: Draft) -> Texts:
    return {"name": draft.name, "color": draft.color, "timezone": draft.timezone}


def _print_of(draft: Draft) -> str:
    """Tells one state of a segment from another."""
    told = msgspec.json.encode([*_about(draft).values(), draft.document])
    return hashlib.sha256(told).hexdigest()[:32]


def _exact(tree: Any) -> Json:
    """A tree as it would have been read: with exact numbers."""
    found = strict_json.read(msgspec.json.encode(tree))
    assert isinstance(found, dict)
    return found
