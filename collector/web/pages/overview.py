"""Overview: how much came, what became of it and what it was, over a day, a week or a month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Response, request

from collector.core import ids
from collector.core.definitions import Definition
from collector.store.ledger import HOUR, NO_DEFINITION
from collector.store.statistics import Volume
from collector.web.access import allow, principal
from collector.web.pages.charts import Chart, round_above, stacked
from collector.web.pages.editor_words import GOAL_LABELS
from collector.web.pages.frame import make_blueprint, page
from collector.web.pages.paging import stretch
from collector.web.pages.shown import value_text
from collector.web.pages.trigger_words import when_in_words
from collector.web.parts import parts
from collector.web.trigger_health import silent_triggers

blueprint = make_blueprint("overview", "/sections/<section_id>/overview")

ACCEPTED = ("stored", "updated", "queued")
ORDER = ("stored", "updated", "queued", "duplicate", "ignored", "filtered", "rejected")
"""The verdicts from the bottom of a column to its top."""
DEFINITIONS = 30


@dataclass(frozen=True, slots=True)
class Period:
    """So many columns of so many hours each; the last one is not over yet."""

    name: str
    label: str
    columns: int
    hours: int
    column_is: str


PERIODS = (
    Period("24h", "24 hours", 24, 1, "an hour"),
    Period("7d", "7 days", 28, 6, "six hours"),
    Period("30d", "30 days", 30, 24, "a day of UTC"),
)


@dataclass(frozen=True, slots=True)
class Share:
    """What one definition had of all; an `event_name` of "" is what named no definition."""

    event_name: str
    counts: Mapping[str, int]
    chart: Chart

    @property
    def received(self) -> int:
        return self.counts.get("received", 0)


@dataclass(frozen=True, slots=True)
class Steps:
    """How far a section is. `snippet_of`: the definition whose snippet is to be pasted, if there is any."""

    has_definitions: bool
    snippet_of: str


@blueprint.get("")
@allow("stats.read")
def index(section_id: str) -> Response:
    """The charts of a period, each with its table."""
    period = next((one for one in PERIODS if one.name == request.args.get("period")), PERIODS[0])
    definitions = parts().store.definitions.all(section_id)
    names = {ids.decode(one.id): one.draft.event_name for one in definitions}
    starts = _starts(period)
    found = parts().store.statistics.volumes(section_id, starts[0], starts[-1] + period.hours, period.hours)
    volumes = [one for one in found if one.definition in names or one.definition == NO_DEFINITION]
    totals = _sum(one.counts for one in volumes)
    shares = _shares(volumes, {**names, NO_DEFINITION: ""}, starts)
    return page(
        "pages/overview.html",
        period=period,
        periods=PERIODS,
        totals=totals,
        accepted=sum(totals[verdict] for verdict in ACCEPTED),
        chart=stacked(_by_start(volumes, starts), ORDER),
        verdicts=[verdict for verdict in ORDER if totals[verdict]] or ["stored", "rejected"],
        list=stretch(shares, DEFINITIONS),
        goals=parts().store.statistics.goals(section_id, starts[0], starts[-1] + period.hours),
        value_text=value_text,
        goal_labels=GOAL_LABELS,
        steps=_first_steps(section_id, definitions) if not totals["received"] else None,
        utc=_utc,
        silent=silent_triggers(section_id),
        when=when_in_words,
        has_password=parts().store.passwords.is_set(int(principal().user_id or 0)),
    )


def _first_steps(section_id: str, definitions: Sequence[Definition]) -> Steps | None:
    """What is to be done until the first event comes; None where one came at some time."""
    lively = parts().store.statistics.of_definitions(section_id, parts().now())
    if any(one.last_event_at is not None for one in lively.values()):
        return None
    for_pages = (one.draft.event_name for one in definitions if one.draft.web_tracking.enabled)
    return Steps(bool(definitions), next(for_pages, "").replace("/", "~"))


def _utc(micros: int) -> str:
    return datetime.fromtimestamp(micros / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _starts(period: Period) -> list[int]:
    """The first hours of the period's columns, counted from 1970."""
    last = parts().now() // HOUR // period.hours * period.hours
    return [last - back * period.hours for back in reversed(range(period.columns))]


def _by_start(volumes: Iterable[Volume], starts: list[int]) -> list[tuple[int, Mapping[str, int]]]:
    """The columns' starts in microseconds, with their counts by verdict."""
    counts: dict[int, Counter[str]] = {start: Counter() for start in starts}
    for one in volumes:
        if one.start in counts:
            counts[one.start].update(one.counts)
    return [(start * HOUR, counts[start]) for start in starts]


def _sum(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return total


def _shares(volumes: list[Volume], names: Mapping[int | None, str], starts: list[int]) -> list[Share]:
    """The definitions that anything came for, those with the most first, drawn to one scale."""
    by_definition: dict[int, list[Volume]] = {}
    for one in volumes:
        by_definition.setdefault(one.definition, []).append(one)
    columns = {number: _by_start(those, starts) for number, those in by_definition.items()}
    heights = [sum(counts[one] for one in ORDER) for those in columns.values() for _, counts in those]
    top = round_above(max(heights, default=0))
    shares = [
        Share(names[number], _sum(one.counts for one in those), stacked(columns[number], ORDER, top))
        for number, those in by_definition.items()
    ]
    return sorted(shares, key=lambda share: (-share.received, share.event_name))
