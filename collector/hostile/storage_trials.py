"""What can be asked of storage from afar: what was acknowledged is there, as it came, and counted once.

That a disk which is full, a database which is away or a kill loses nothing cannot be asked over the network:
`tests/faults` and `tests/hostile` do that to servers of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from collector.core.events import VERDICTS
from collector.hostile import json_corpus
from collector.hostile.asking import Heard
from collector.hostile.place import SOMEBODY, Place
from collector.hostile.promises import Result, read, result, send_batch, unless, unless_same, verdicts

CORPUS = "storage"
BATCH = 500


def in_storage(place: Place) -> Iterator[Result]:
    """What the JSON corpus has left, a batch with one bad event in it, and the books."""
    for number, case in enumerate(json_corpus.CORPUS):
        if not case.faults and case.raw != b"null":
            heard = read(place, f"json-{number}", case.extra_fields)
            yield result(CORPUS, f"{case.extra_fields}: {case.name}", heard, _unless_kept(case, heard))
    yield from _one_bad(place)
    yield _books(place)


def _unless_kept(case: json_corpus.Case, heard: Heard) -> str | None:
    """What is wrong with an event that is read back, to the last digit."""
    kept = Heard(200, body=(case.text or case.raw.decode()).encode())
    return unless(heard, 200) or unless_same((heard.exact or {}).get("data"), kept.exact)


def _one_bad(place: Place) -> Iterator[Result]:
    """One of five hundred is refused: the others are stored, each once."""
    one = {"event": place.names["reject"], "identifiers": {"crm_id": SOMEBODY}}
    events = [{**one, "id": f"of-many-{number}", "data": {"total": number}} for number in range(BATCH)]
    events[BATCH // 2]["data"] = {"total": "no number"}
    for wanted in ({"stored": BATCH - 1, "rejected": 1}, {"duplicate": BATCH - 1, "rejected": 1}):
        heard = send_batch(place, events)
        wrong = unless(heard, 200) or unless_same(Counter(verdicts(heard)), wanted)
        yield result(CORPUS, f"one bad in {BATCH}: {next(iter(wanted))}", heard, wrong)
    for number, status in ((0, 200), (BATCH // 2, 404), (BATCH - 1, 200)):
        heard = read(place, f"of-many-{number}")
        yield result(CORPUS, f"number {number} of {BATCH}", heard, unless(heard, status))


def _books(place: Place) -> Result:
    """Whatever was received has one verdict."""
    heard = place.server.ask("GET", "/api/v1/stats")
    wrong = unless(heard, 200)
    if wrong is None:
        rows = heard.document.get("stats") or [{}]
        wrong = next(filter(None, map(_of_row, rows)), None)
    return result(CORPUS, "the books", heard, wrong)


def _of_row(row: dict[str, Any]) -> str | None:
    received, judged = row.get("received", -1), sum(row.get(name, 0) for name in VERDICTS)
    if received == judged:
        return None
    return f"{row.get('event')} at {row.get('door')}: {received} received, {judged} verdicts"
