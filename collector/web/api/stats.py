"""`/api/v1/stats`: how much came, and what became of it."""

from __future__ import annotations

from flask import Blueprint, Response, request

from collector.core.fields import format_timestamp
from collector.core.problems import Problem
from collector.store.ledger import HOUR, NO_DEFINITION
from collector.store.statistics import DefinitionStatistics, HourlyCounts
from collector.web.access import allow, principal
from collector.web.answers import json_answer
from collector.web.api.queries import read_moment, refuse_unknown
from collector.web.api.shapes import Json
from collector.web.openapi import about_sections as about
from collector.web.openapi.operations import documented
from collector.web.parts import parts
from collector.web.reach import wholly_readable

blueprint = Blueprint("stats", __name__, url_prefix="/api/v1/stats")

DAY_HOURS = 24
MOST_HOURS = 31 * DAY_HOURS


@blueprint.get("")
@allow("stats.read")
@documented(about.Stats, query=about.HoursWanted)
def index() -> Response:
    """Received and every verdict, by event, door and hour; 24 hours unless `from` and `to` say more."""
    refuse_unknown("event", "from", "to")
    until = (read_moment("to") or parts().now()) // HOUR + 1
    since = (read_moment("from") or (until - DAY_HOURS) * HOUR) // HOUR
    if until - since > MOST_HOURS:
        raise Problem("request-invalid", f"One request covers at most {MOST_HOURS} hours.")
    names = _names(request.args.get("event"))
    found = parts().store.statistics.hourly(principal().section_id, since, until)
    return json_answer({"stats": [_row(one, names) for one in found if one.definition in names]})


def statistics_json(statistics: DefinitionStatistics) -> Json:
    """What a list of definitions says of how lively one is."""
    last = statistics.last_event_at
    return {
        "last_event_at": format_timestamp(last) if last is not None else None,
        "events_24h": statistics.events_24h,
        "events_7d": statistics.events_7d,
        "rejections_24h": statistics.rejections_24h,
        "rejections_7d": statistics.rejections_7d,
    }


def _names(wanted: str | None) -> dict[int, str | None]:
    """Definition numbers and their event names, as far as they may be told; 0 is what named no definition."""
    visible = parts().store.definitions.all(principal().section_id)
    whole = wholly_readable()
    is_everything = wanted is None and len(whole) == len(visible)
    names: dict[int, str | None] = {NO_DEFINITION: None} if is_everything else {}
    for number, one in whole.items():
        if wanted in (None, one.draft.event_name):
            names[number] = one.draft.event_name
    return names


def _row(counts: HourlyCounts, names: dict[int, str | None]) -> Json:
    return {
        "event": names[counts.definition],
        "door": counts.door,
        "hour": format_timestamp(counts.hour * HOUR),
        **counts.counts,
    }
