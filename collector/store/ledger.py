"""The ledger: what was received and what became of it, per section, definition, door and hour.

Received is always the sum of the verdicts. Every process writes rows of its own node, so that no row
is fought over; a reader adds them up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import peewee

from collector.core.events import VERDICTS, Decision, Outcome, Verdict, Write
from collector.store.database import Database
from collector.store.models import Ledger

HOUR = 3_600_000_000
COUNTS = ("received", *VERDICTS)
_COLUMNS = {name: place for place, name in enumerate(COUNTS)}
NO_DEFINITION = 0
REPLAY = "replay"
"""The door by which rejections are counted that a replay let in: what came, and came to something, again."""

_Place = tuple[str, int, str, int]
"""section, definition (0: none), door, hour"""


class LedgerWriter:
    """Adds the verdicts of a group, inside its transaction."""

    def __init__(self, database: Database, node: int) -> None:
        self._db = database
        self._node = node
        self._upsert = database.upsertion(_upsert())

    def count(self, decisions: Sequence[Decision], outcomes: Sequence[Outcome]) -> None:
        tallies: dict[_Place, list[int]] = {}
        for (section, definition, door, hour, verdict), count in _counted(decisions, outcomes).items():
            tally = tallies.setdefault((section, definition, door, hour), [0] * len(COUNTS))
            tally[0] += count
            tally[_COLUMNS[verdict]] += count
        if tallies:
            made = [(*place, self._node, *tally) for place, tally in sorted(tallies.items())]
            self._db.many(self._upsert, made)


def _counted(
    decisions: Sequence[Decision], outcomes: Sequence[Outcome]
) -> Counter[tuple[str, int, str, int, Verdict]]:
    """Where payloads are counted, and as what."""
    usual = [
        (one.section_id, one.definition_id or NO_DEFINITION, one.door, one.received_at // HOUR, it.verdict)
        for one, it in zip(decisions, outcomes, strict=True)
        if not isinstance(one, Write) or one.replayed is None
    ]
    counted = Counter(usual)
    if len(usual) < len(decisions):
        counted.update(_counted_again(decisions, outcomes))
    return counted


def _counted_again(
    decisions: Sequence[Decision], outcomes: Sequence[Outcome]
) -> Iterator[tuple[str, int, str, int, Verdict]]:
    """Replays, as what they came to; one that is refused again was counted when it came."""
    for one, it in zip(decisions, outcomes, strict=True):
        if isinstance(one, Write) and one.replayed is not None and it.verdict != "rejected":
            hour = one.replayed.at // HOUR
            yield one.section_id, one.definition_id or NO_DEFINITION, REPLAY, hour, it.verdict


def _upsert() -> Any:
    places = {"section": "", "definition": 0, "door": "", "hour": 0, "node": 0}
    counts = dict.fromkeys(COUNTS, 0)
    target = [getattr(Ledger, name) for name in places]
    sums = {getattr(Ledger, name): getattr(Ledger, name) + getattr(peewee.EXCLUDED, name) for name in COUNTS}
    return Ledger.insert(**places, **counts).on_conflict(conflict_target=target, update=sums)


def sums(database: Database, section_id: str) -> dict[str, int]:
    """All counts of a section, added up: `received` and one for each verdict."""
    columns = [peewee.fn.COALESCE(peewee.fn.SUM(getattr(Ledger, name)), 0).alias(name) for name in COUNTS]
    row = database.row(Ledger.select(*columns).where(Ledger.section == section_id))
    return {name: int(row[name]) if row else 0 for name in COUNTS}
