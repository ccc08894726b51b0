"""A new event, made by pointing at a page of the site; and the drafts that have no definition yet."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from collector.core.problems import Problem
from collector.store.editing import SiteDraft
from collector.web.access import allow, the_actor
from collector.web.pages.definitions import slug
from collector.web.pages.frame import go_to, make_blueprint, page
from collector.web.pages.trigger_words import values_in_words, when_in_words
from collector.web.pages.triggers import draft_seen
from collector.web.parts import parts
from collector.web.site_editor.opening import Opening, open_on
from collector.web.site_editor.reach import new_tracking

blueprint = make_blueprint("definitions_on_site", "/sections/<section_id>/on-your-site")


@blueprint.get("")
@allow("definitions.write")
def index(section_id: str) -> Response:
    """Where the editor is opened for a new event, and what was drafted there."""
    return _page(section_id)


@blueprint.post("")
@allow("definitions.write")
def open_editor(section_id: str) -> Response:
    """A link that opens the editor on a page of the site."""
    address = request.form.get("page", "")
    try:
        return _page(section_id, opening=open_on(address, None), address=address)
    except Problem as problem:
        return _page(section_id, trouble=problem.detail, address=address, status=problem.status)


@blueprint.post("/throw-away")
@allow("definitions.write")
def throw_away(section_id: str) -> AnyResponse:
    """Throws a draft away."""
    draft = draft_seen(section_id, request.form.get("event_name", ""))
    parts().store.editing.throw_away(section_id, draft.event_name)
    note = f"The draft of {draft.event_name} is thrown away."
    return go_to("pages_definitions_on_site.index", section_id=section_id, note=note)


@blueprint.post("/publish")
@allow("definitions.write")
def publish(section_id: str) -> AnyResponse:
    """Makes a definition of a draft."""
    draft = draft_seen(section_id, request.form.get("event_name", ""))
    hold, now = parts().settings.edit_hold, parts().now()
    tracking = new_tracking(section_id, draft.origin)
    made = parts().store.editing.publish(draft, tracking, "everything", hold, the_actor(), now)
    note = f"{draft.event_name} is made. Pages with the bundle send it within a minute."
    return go_to("pages_definitions_triggers.index", section_id=section_id, name=slug(made), note=note)


def _page(
    section_id: str,
    *,
    opening: Opening | None = None,
    trouble: str = "",
    address: str = "",
    status: int = 200,
) -> Response:
    definitions = parts().store.definitions.all(section_id)
    tracked = [one for one in definitions if one.draft.web_tracking.enabled]
    origins = sorted({origin for one in tracked for origin in one.draft.web_tracking.origins})
    return page(
        "pages/on_your_site.html",
        status=status,
        opening=opening,
        trouble=trouble,
        address=address or next((f"{one}/" for one in origins if "*" not in one), ""),
        origins=origins,
        is_anywhere=any(not one.draft.web_tracking.origins for one in tracked),
        tracked=tracked,
        drafts=_drafts_of_new(section_id),
        when=when_in_words,
        values=values_in_words,
    )


def _drafts_of_new(section_id: str) -> list[SiteDraft]:
    store = parts().store
    every = [*store.definitions.all(section_id), *store.definitions.all(section_id, hidden=True)]
    taken = {one.draft.event_name for one in every}
    return [one for one in store.editing.drafts(section_id) if one.event_name not in taken]
