"""Definitions: the list, by category, with how lively each is."""

from __future__ import annotations

from typing import get_args

from flask import Response, request

from collector.core import ids
from collector.core.definitions import Category, is_wanted
from collector.store.statistics import DefinitionStatistics
from collector.web.access import allow
from collector.web.pages.frame import make_blueprint, page
from collector.web.parts import parts

blueprint = make_blueprint("definitions", "/sections/<section_id>/definitions")


@blueprint.get("")
@allow("definitions.read")
def index(section_id: str) -> Response:
    """The definitions, filtered by category and text."""
    category, text = request.args.get("category") or None, request.args.get("q", "")
    store = parts().store
    found = [one for one in store.definitions.all(section_id) if is_wanted(one, category, text)]
    lively = store.statistics.of_definitions(section_id, parts().now())
    nothing = DefinitionStatistics()
    rows = [(one, lively.get(ids.decode(one.id) or 0, nothing)) for one in found]
    return page(
        "pages/definitions.html", rows=rows, category=category, text=text, categories=get_args(Category)
    )
