"""Definitions: the list, by category, with how lively each is; and one definition with its versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, get_args

from flask import Response, request

from collector.core import ids
from collector.core.definitions import Category, Definition, Version, is_wanted
from collector.core.differences import Difference, differences
from collector.core.problems import Problem
from collector.core.versions import State, current, held_until, state
from collector.intake import drafts
from collector.intake.replay import OFFERED
from collector.store.definitions import SECOND
from collector.store.statistics import DefinitionStatistics
from collector.web.access import allow, principal
from collector.web.pages.frame import make_blueprint, page
from collector.web.pages.paging import Stretch, stretch
from collector.web.pages.rejected import offer_of
from collector.web.pages.sparkline import Sparkline, sparkline
from collector.web.pages.trigger_words import when_in_words
from collector.web.parts import parts
from collector.web.trigger_health import health_of

blueprint = make_blueprint("definitions", "/sections/<section_id>/definitions")

CATEGORIES: dict[Category, str] = {
    "transaction": "Transactions",
    "conversion": "Conversions",
    "signal": "Signals",
}
LABELS = {"email": "E-mail", "mobile": "Mobile", "crm_id": "CRM id"}
SHOWN = 50
WEEK = 7
VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One definition as the list shows it."""

    definition: Definition
    statistics: DefinitionStatistics
    week: Sparkline


@dataclass(frozen=True, slots=True)
class VersionShown:
    """One version as its definition's page shows it: where it stands, and how it differs from the last."""

    version: Version
    state: State
    differences: list[Difference]


@blueprint.get("")
@allow("definitions.read")
def index(section_id: str) -> Response:
    """The definitions, filtered by category and text; the hidden ones for those who may change any."""
    text = request.args.get("q", "")
    category = request.args.get("category") if request.args.get("category") in CATEGORIES else None
    hidden = request.args.get("hidden") == "true" and principal().has("definitions.write")
    every = parts().store.definitions.all(section_id, hidden=hidden)
    found = sorted((one for one in every if is_wanted(one, category, text)), key=_by_category)
    shown_now = stretch(found, SHOWN)
    rows = _rows(section_id, shown_now.items)
    return page(
        "pages/definitions.html",
        groups=[
            (name, list(group)) for name, group in groupby(rows, lambda row: row.definition.draft.category)
        ],
        categories=CATEGORIES,
        draft_tag=drafts.TAG,
        category=category,
        text=text,
        hidden=hidden,
        list=shown_now,
        found=len(found),
        may_write=principal().has("definitions.write"),
    )


@blueprint.get("/<name>")
@allow("definitions.read")
def show(section_id: str, name: str) -> Response:
    """One definition: what it collects, how lively it is, its versions. A `/` of the name is written `~`."""
    definition = the_definition(section_id, name)
    [row] = _rows(section_id, [definition])
    now = parts().now()
    return page(
        "pages/definition.html",
        row=row,
        **shown(definition),
        in_force=current(definition.versions, now) or definition.versions[-1],
        list=_versions(definition, now),
        kinds=LABELS,
        silent=[one for one in health_of(definition) if one.is_silent],
        when=when_in_words,
        offer=offer_of(definition),
        looked_at=OFFERED,
    )


def the_definition(section_id: str, name: str) -> Definition:
    """The section's definition of this name, as it is stored now.

    Raises `Problem`: `not-found`, `definition-hidden`.
    """
    definitions = parts().store.definitions
    remembered = definitions.find(section_id, name.replace("~", "/"))
    if remembered is None:
        raise Problem("not-found", "There is no such definition.")
    found = definitions.read_again(remembered)
    if found.hidden_at is not None:
        raise Problem("definition-hidden", f"{found.draft.event_name} is hidden, for ever.")
    return found


def shown(definition: Definition) -> dict[str, Any]:
    """What every page about one definition needs: itself, its name in addresses, its hold, who may what."""
    until = held_until(definition.versions, parts().settings.edit_hold * SECOND)
    asking = principal()
    return {
        "definition": definition,
        "draft": definition.draft,
        "is_made_by_itself": drafts.TAG in definition.draft.tags,
        "slug": slug(definition),
        "held_until": until if parts().now() < until else None,
        "now": parts().now(),
        "may_write": asking.has("definitions.write"),
        "may_hide": asking.has("definitions.hide"),
        "may_audit": asking.has("audit.read"),
    }


def slug(definition: Definition) -> str:
    """The event name as addresses carry it."""
    return definition.draft.event_name.replace("/", "~")


def _versions(definition: Definition, now: int) -> Stretch[VersionShown]:
    """The newest first, page by page."""
    before = (None, *definition.versions)
    found = stretch(list(zip(before, definition.versions, strict=False))[::-1], VERSIONS)
    items = [
        VersionShown(
            version,
            state(version, definition.versions, now),
            differences(earlier.content, version.content) if earlier else [],
        )
        for earlier, version in found.items
    ]
    return Stretch(items, found.number, found.has_more)


def _rows(section_id: str, found: Sequence[Definition]) -> list[Row]:
    if not found:
        return []
    numbers = [ids.decode(one.id) or 0 for one in found]
    statistics, now = parts().store.statistics, parts().now()
    lively = statistics.of_definitions(section_id, now)
    daily = statistics.daily_counts(section_id, numbers, now, WEEK)
    nothing = DefinitionStatistics()
    return [
        Row(one, lively.get(number, nothing), sparkline(daily[number]))
        for one, number in zip(found, numbers, strict=True)
    ]


def _by_category(definition: Definition) -> tuple[int, str]:
    return get_args(Category).index(definition.draft.category), definition.draft.event_name
