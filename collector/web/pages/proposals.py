"""Drawing up a definition: from samples or a schema that are pasted, or from what came. A person saves it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, request

from collector.core.definitions import Definition
from collector.core.documents import parse_definition
from collector.core.problems import Fault, Problem
from collector.core.proposals import Proposal, read_asked
from collector.core.strict_json import Unreadable, faults_in, read_lines
from collector.intake import drafts
from collector.store.rejections import Selection
from collector.web.access import allow, principal
from collector.web.api.proposals import seen_of
from collector.web.pages.definitions import the_definition
from collector.web.pages.editor import Shown, editor_page
from collector.web.pages.editor_form import Form, empty_form, form_of
from collector.web.pages.frame import make_blueprint, page
from collector.web.parts import parts
from collector.web.reach import rejections_within_reach

blueprint = make_blueprint("proposals", "/sections/<section_id>")

NAMES = 50
CAUSES = 200
LONGEST = 1_000_000
"""Characters of what is pasted."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that nobody defined, and how many payloads of it are kept."""

    name: str
    count: int


@blueprint.get("/draw-up")
@allow("definitions.write")
def ask(section_id: str) -> Response:
    """What a definition can be drawn up from."""
    return _asked({"event_name": request.args.get("event", ""), "pasted": ""}, [])


@blueprint.post("/draw-up")
@allow("definitions.write")
def draw_up(section_id: str) -> Response:
    """The editor with what was drawn up; or what is wrong with what was pasted."""
    name = request.form.get("event_name", "").strip()
    texts = {"event_name": name, "pasted": request.form.get("pasted", "")}
    try:
        proposal = _proposal(name, request.form.get("from", ""), texts["pasted"])
    except Problem as problem:
        return _asked(texts, list(problem.faults), problem)
    return editor_page(_form(proposal), None, Shown(proposal=proposal, focus="proposal"))


@blueprint.post("/definitions/<name>/draw-up")
@allow("definitions.write")
def draw_up_again(section_id: str, name: str) -> Response:
    """The editor of a definition that made itself, with the fields that its events have."""
    definition = the_definition(section_id, name)
    proposal = read_asked({"event_name": definition.draft.event_name, "seen": True}).proposal(
        seen_of(definition.draft.event_name)
    )
    return editor_page(_filled(definition, proposal), definition, Shown(proposal=proposal, focus="proposal"))


def _proposal(name: str, source: str, pasted: str) -> Proposal:
    """Raises `Problem("request-invalid")` for what cannot be read, and those of `seen_of`."""
    if source == "seen":
        return read_asked({"event_name": name, "seen": True}).proposal(seen_of(name))
    if len(pasted) > LONGEST:
        raise _wrong("too-long", f"This is more than {LONGEST:,} characters. Paste fewer samples.")
    try:
        values = read_lines(pasted.encode())
    except Unreadable as error:
        raise _wrong(error.code, error.message) from error
    for fault in faults_in(values)[:1]:
        raise _wrong(fault.code, fault.message)
    if len(values) == 1 and isinstance(values[0], dict) and _is_schema(values[0]):
        return read_asked({"event_name": name, "schema": values[0]}).proposal([])
    return read_asked({"event_name": name, "samples": values}).proposal([])


def _is_schema(document: dict[str, object]) -> bool:
    return "$schema" in document or isinstance(document.get("properties"), dict)


def _wrong(code: str, sentence: str) -> Problem:
    return Problem("request-invalid", sentence, faults=[Fault(code, "/pasted", sentence)])


def _form(proposal: Proposal) -> Form:
    """The inputs of a new definition, with what was drawn up."""
    draft = parse_definition(proposal.document)
    web = replace(draft.web_tracking, enabled=True)
    form = form_of(replace(draft, title="", web_tracking=web))
    return form if form.rows else replace(form, rows=empty_form(draft.category).rows[:0])


def _filled(definition: Definition, proposal: Proposal) -> Form:
    """The inputs of a stored definition with the fields that were drawn up, no draft any more."""
    drawn = form_of(parse_definition(proposal.document))
    tags = tuple(tag for tag in definition.draft.tags if tag != drafts.TAG)
    stored = form_of(replace(definition.draft, tags=tags))
    return Form({**stored.texts, "extra_fields": drawn.texts["extra_fields"]}, drawn.rows)


def _asked(texts: dict[str, str], faults: list[Fault], problem: Problem | None = None) -> Response:
    return page(
        "pages/draw_up.html",
        status=200 if problem is None else problem.status,
        texts=texts,
        faults={fault.pointer: fault.message for fault in faults},
        refusal=problem.detail if problem is not None and not faults else "",
        unknown=_unknown_names(principal().section_id),
        longest=LONGEST,
    )


def _unknown_names(section_id: str) -> list[Unknown]:
    """The names that were refused because nobody defined them, the most frequent first."""
    if not principal().has("rejections.read"):
        return []
    wanted = rejections_within_reach()
    if wanted.unknown is not None:
        return []
    known = {one.draft.event_name for one in parts().store.definitions.all(section_id)}
    found: dict[str, int] = {}
    for one in parts().store.rejections.causes(Selection(section_id, ()), CAUSES).items:
        name = one.example.event_name
        if one.example.code == "event-unknown" and name not in known:
            found[name] = found.get(name, 0) + one.count
    by_count = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Unknown(name, count) for name, count in by_count[:NAMES]]
