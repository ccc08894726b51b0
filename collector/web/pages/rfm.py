"""The RFM grid: buyers by how lately and how often they bought, and who is in one of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, request

from collector.core import ids
from collector.core.goals import CURRENCY
from collector.core.problems import Problem
from collector.core.segments.grid import Json, Place, stretch, tree_of
from collector.core.segments.reading import read_tree
from collector.core.segments.tree import GoalLeaf, Interval
from collector.core.segments.words import in_words
from collector.store.segments.compiling import Scope
from collector.store.segments.rfm import SCORES, Cell, rfm_grid, spans
from collector.web.access import allow, principal
from collector.web.pages.frame import make_blueprint, page
from collector.web.pages.segments import members_page
from collector.web.pages.shown import labelled, name_of, value_text
from collector.web.parts import parts

blueprint = make_blueprint("segments_rfm", "/sections/<section_id>/segments/rfm")

HEATS = 6
"""The shades of the map: 0 for nobody."""


@dataclass(frozen=True, slots=True)
class Shade:
    """A cell of the map: its exact sum as text, and how warm it is against the fullest one."""

    cell: Cell
    value: str
    heat: int


@dataclass(frozen=True, slots=True)
class CellSegment:
    """A cell as a segment: its name, its tree, and what the grid said of it."""

    name: str
    tree: Json
    shade: Shade


@blueprint.get("")
@allow("segments.read")
def index(section_id: str) -> Response:
    """The map, of all currencies together or of one."""
    currency = _currency()
    cells = _cells(currency)
    recency, frequency = spans(cells)
    fullest = max(one.count for one in cells)
    return page(
        "pages/rfm.html",
        rows=[
            (score, recency[score - 1], [_shade(one, fullest) for one in cells if one.recency == score])
            for score in reversed(SCORES)
        ],
        columns=list(zip(SCORES, frequency, strict=True)),
        buyers=sum(one.count for one in cells),
        value=value_text(sum(one.value for one in cells)),
        currency=currency,
        currencies=_currencies(),
        heats=range(1, HEATS),
    )


@blueprint.get("/<int:recency>/<int:frequency>")
@allow("segments.read")
def cell(section_id: str, recency: int, frequency: int) -> Response:
    """Who is in one cell, and what they have in common."""
    currency = _currency()
    found = _segment_of(recency, frequency, currency)
    node = read_tree(found.tree) if found is not None else []
    finder = parts().store.segments.finder
    members, next_cursor = members_page(
        section_id,
        lambda limit, after: [] if isinstance(node, list) else finder.members(node, _scope(), limit, after),
    )
    return page(
        "pages/rfm_cell.html",
        found=found,
        recency=recency,
        frequency=frequency,
        currency=currency,
        told=in_words(found.tree, {}) if found else None,
        members=members,
        next_cursor=next_cursor,
        is_first_page="cursor" not in request.args,
        may_write=principal().has("segments.write"),
        encode=ids.encode,
        name_of=name_of,
        labelled=labelled,
    )


def tree_of_cell() -> CellSegment | None:
    """The cell that the address of a new segment names, if somebody is in it."""
    scores = [request.args.get(name, "") for name in ("recency", "frequency")]
    if not all(one in map(str, SCORES) for one in scores):
        return None
    return _segment_of(int(scores[0]), int(scores[1]), _currency())


def _segment_of(recency: int, frequency: int, currency: str | None) -> CellSegment | None:
    """A cell as a segment; None of nobody. Raises `Problem("not-found")` where there is no such cell."""
    if recency not in SCORES or frequency not in SCORES:
        raise Problem("not-found", "The grid has scores from 1 to 5.")
    cells = _cells(currency)
    here = next(one for one in cells if (one.recency, one.frequency) == (recency, frequency))
    if not here.count:
        return None
    of_recency, of_frequency = spans(cells)
    tree = tree_of(Place(stretch(of_recency, recency), stretch(of_frequency, frequency)), currency)
    name = f"Recency {recency}, frequency {frequency}{f', {currency}' if currency else ''}"
    return CellSegment(name, tree, _shade(here, here.count))


def _cells(currency: str | None) -> list[Cell]:
    return rfm_grid(parts().store.database, _scope(), currency)


def _scope() -> Scope:
    return Scope(principal().section_id, parts().now())


def _shade(cell: Cell, fullest: int) -> Shade:
    heat = -(-cell.count * (HEATS - 1) // fullest) if cell.count else 0
    return Shade(cell, value_text(cell.value), heat)


def _currency() -> str | None:
    """The currency that the address asks for; all together where it names none."""
    asked = request.args.get("currency", "")
    return asked.upper() if CURRENCY.fullmatch(asked) else None


def _currencies() -> Sequence[str]:
    purchases = GoalLeaf("purchase", "sum", Interval(1))
    return [one for one in parts().store.segments.finder.currencies(purchases, _scope()) if one]
