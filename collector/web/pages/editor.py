"""The editor: a definition is made and edited here, field by field."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, get_args

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core.definitions import Category, Definition, Draft, ExtraFields
from collector.core.differences import Difference, differences
from collector.core.documents import dump_document, parse_definition
from collector.core.fields import FIELD_TYPES, FILLS, MAX_FIELDS
from collector.core.goals import GOAL_TYPES
from collector.core.problems import Problem
from collector.core.proposals import Proposal
from collector.intake.preview import Preview, preview, shorter_retention
from collector.store.definitions import SECOND, Edit
from collector.web.access import allow, principal, the_actor
from collector.web.pages.definitions import CATEGORIES, LABELS, shown, slug, the_definition
from collector.web.pages.editor_form import (
    EMPTY_ROW,
    OPERATION_CHOICES,
    Form,
    Texts,
    document_of,
    empty_form,
    faults_by_input,
    form_of,
    premade_rows,
    read_form,
)
from collector.web.pages.editor_rows import changed_rows, is_about_rows, unfolded_row
from collector.web.pages.editor_words import (
    CATEGORY_WORDS,
    GOAL_LABELS,
    RULE_LABELS,
    WEB_CHOICES,
    WEB_SWITCHES,
    other_changes,
    place_in_words,
)
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.parts import parts

blueprint = make_blueprint("definitions_editor", "/sections/<section_id>")

FIRST: Category = "transaction"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the editor's page shows besides the inputs."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    refusal: str = ""
    focus: str = ""
    unfolded: str = ""
    """The number of the field of which every rule is shown."""
    effect: Preview | None = None
    differences: list[Difference] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    proposal: Proposal | None = None
    """What the inputs were drawn up from, where nobody typed them."""


@blueprint.get("/new-definition")
@allow("definitions.write")
def new(section_id: str) -> Response:
    """The form of a definition that is not made yet."""
    return editor_page(empty_form(FIRST), None, Shown())


@blueprint.post("/new-definition")
@allow("definitions.write")
def create(section_id: str) -> AnyResponse:
    """Makes a definition, and goes on to its snippet; or shows what is wrong, at its field."""
    form = read_form(request.form, None, is_held=False)
    if answer := _rows_changed(form, None):
        return answer
    try:
        draft = parse_definition(document_of(form, None))
        made = parts().store.definitions.create(section_id, draft, the_actor(), parts().now())
    except Problem as problem:
        return _refused(form, None, problem)
    target = "snippet.index" if draft.web_tracking.enabled else ""
    where = f"pages_definitions_{target}" if target else "pages_definitions.show"
    return go_to(where, section_id=section_id, name=slug(made), note=f"{draft.event_name} is made.")


@blueprint.get("/definitions/<name>/edit")
@allow("definitions.write")
def edit(section_id: str, name: str) -> Response:
    """The form of a definition that there is."""
    definition = the_definition(section_id, name)
    return editor_page(form_of(definition.draft), definition, Shown())


@blueprint.post("/definitions/<name>/edit")
@allow("definitions.write")
def save(section_id: str, name: str) -> AnyResponse:
    """Saves a definition, or says what saving it would mean; shows what is wrong, at its field."""
    definition = the_definition(section_id, name)
    form = read_form(request.form, definition.draft, is_held="held" in request.form)
    if answer := _rows_changed(form, definition):
        return answer
    try:
        draft = parse_definition(document_of(form, definition.draft), definition.draft)
        if request.form.get("do") == "preview":
            return _previewed(form, definition, draft)
        if told := _is_asked(form, definition, draft):
            return editor_page(form, definition, told)
        saved = _save(definition, draft)
    except Problem as problem:
        return _refused(form, definition, problem)
    return go_to(
        "pages_definitions.show",
        section_id=section_id,
        name=slug(saved),
        note=_what_happened(definition, saved),
    )


def _is_asked(form: Form, definition: Definition, draft: Draft) -> Shown | None:
    """What a shorter retention deletes is shown once, before it is saved."""
    sentence = shorter_retention(parts().store, definition, draft.retention_days, parts().now())
    if sentence is None or request.form.get("retention_seen") == form.texts["retention_days"]:
        return None
    return Shown(faults={"retention_days": [f"{sentence} Save again if that is meant."]}, focus="wrong")


def _save(definition: Definition, draft: Draft) -> Definition:
    """Raises `Problem` as `Definitions.save` does; `stale` if the form showed an older state."""
    hold = parts().settings.edit_hold
    edit = Edit(draft, _revision_seen())
    return parts().store.definitions.save(definition, edit, hold, the_actor(), parts().now())


def _revision_seen() -> int:
    sent = request.form.get("revision", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


def _rows_changed(form: Form, definition: Definition | None) -> Response | None:
    """The form again, if the button that was pressed only changes the list of fields."""
    do = request.form.get("do", "")
    if not is_about_rows(do):
        return None
    changed, focus = changed_rows(form, do, request.form.get("premade_of", ""))
    return editor_page(changed, definition, Shown(focus=focus, unfolded=unfolded_row(do, changed)))


def _previewed(form: Form, definition: Definition, draft: Draft) -> Response:
    if not principal().has("definitions.preview"):
        raise Problem("role-missing", "Your role may not look at what an edit would do.")
    told = shorter_retention(parts().store, definition, draft.retention_days, parts().now())
    effect = replace(preview(parts().store, definition, draft.content, parts().now()), retention=told)
    others = other_changes(definition.draft, draft)
    return editor_page(
        form, definition, Shown(effect=effect, differences=effect.differences, others=others, focus="effect")
    )


def _refused(form: Form, definition: Definition | None, problem: Problem) -> Response:
    """The form with everything that was typed, and what is wrong with it."""
    told = Shown(faults=faults_by_input(problem.faults, form), focus="wrong")
    if problem.code == "name-taken" and not problem.faults:
        told = Shown(faults={"event_name": [problem.detail]}, focus="wrong")
    elif problem.code == "stale" and definition is not None:
        mine = parse_definition(document_of(form, definition.draft), definition.draft)
        told = Shown(
            refusal="stale",
            focus="wrong",
            differences=differences(definition.draft.content, mine.content),
            others=other_changes(definition.draft, mine),
        )
    elif not problem.faults:
        told = Shown(refusal=problem.detail, focus="wrong")
    return editor_page(form, definition, told, status=problem.status)


def editor_page(form: Form, definition: Definition | None, told: Shown, *, status: int = 200) -> Response:
    """The form of a definition, of a new one where there is none yet, with what is to be told beside it."""
    about: dict[str, Any] = {"definition": None} if definition is None else shown(definition)
    # What was typed into the fields stays typed where it was refused, also while the hold lasts.
    category = form.texts["category"]
    is_sent = request.method == "POST"
    keeps_content = is_sent and "held" not in request.form
    # Whoever was told what somebody else changed may save over it; nobody else.
    keeps_revision = "revision" in request.form and told.refusal != "stale"
    return page(
        "pages/definition_editor.html",
        status=status,
        **about,
        form=form,
        told=told,
        premade_of=category if form.rows == premade_rows(category) else "",
        premade={one: list(map(_said, premade_rows(one))) for one in CATEGORIES},
        revision=_revision_seen() if keeps_revision else definition and definition.revision,
        is_held=bool(about.get("held_until")) and not keeps_content,
        categories={one: CATEGORY_WORDS[one] for one in get_args(Category)},
        extra_fields=get_args(ExtraFields),
        types=FIELD_TYPES,
        fills=FILLS,
        most=MAX_FIELDS,
        goals={one: GOAL_LABELS[one] for one in GOAL_TYPES},
        operations=tuple(OPERATION_CHOICES),
        kinds=LABELS,
        web_choices=WEB_CHOICES,
        web_switches=WEB_SWITCHES,
        rule_labels=RULE_LABELS,
        place_in_words=place_in_words,
        blank=EMPTY_ROW,
    )


def _said(row: Texts) -> Texts:
    """What a row has to say: the inputs that are not empty."""
    return {name: text for name, text in row.items() if text}


def _what_happened(before: Definition, after: Definition) -> str:
    if dump_document(before.draft) == dump_document(after.draft):
        return "Nothing was changed, so nothing was saved."
    newest = after.versions[-1]
    if newest.id == before.versions[-1].id:
        return "Saved. It counts at once and makes no new version."
    minutes = (newest.current_from - parts().now()) // (60 * SECOND)
    if minutes < 1:
        return f"Saved. Version {newest.number} is the current one."
    return f"Saved. Version {newest.number} takes over by itself in {minutes + 1} minutes."
