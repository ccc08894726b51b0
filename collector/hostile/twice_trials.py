"""The same event twice, late, out of order and at the same time; and money, which is exact or refused.

The people of these histories are this run's own: who was erased before stays erased, whatever comes late.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from collector.hostile.place import ORIGINS, SOMEBODY, TILL, Place
from collector.hostile.promises import (
    EVENTS,
    Result,
    read,
    result,
    send,
    send_batch,
    told,
    unless,
    unless_same,
    verdict,
    verdicts,
)
from collector.hostile.twice_corpus import ALICE, BOB, HISTORIES, MONEY, History, write

CORPUS = "twice"
AT_ONCE = 8
TIMES = 500


def in_twice(place: Place) -> Iterator[Result]:
    """The corpus of histories, one by one and as a batch; then what no order of arrival decides."""
    for number, history in enumerate(HISTORIES):
        yield _one_by_one(place, f"history-{number}", history)
        yield _together(place, f"batch-{number}", history)
    yield from _and_again(place)
    yield _five_hundred_times(place)
    yield from _at_the_same_time(place)
    yield from _of_page_and_integration(place)


def in_money(place: Place) -> Iterator[Result]:
    """Values of goals, as they are written in JSON."""
    for number, (text, expected) in enumerate(MONEY):
        event_id = f"money-{number}"
        event = {"event": place.names["reject"], "id": event_id, "identifiers": {"crm_id": SOMEBODY}}
        body = json.dumps({**event, "goal_type": "purchase"})[:-1] + f', "goal_value": {text}}}'
        heard = place.server.ask("POST", EVENTS, body.encode())
        wrong = unless(heard, 200) if expected is not None else unless(heard, 400, 422)
        if wrong is None and expected is not None:
            stored = read(place, event_id).exact or {}
            wrong = unless_same(stored.get("goal_value"), Decimal(expected))
        yield result("money", text[:40], heard, wrong)


def people(place: Place) -> list[tuple[str, str]]:
    """Kind and form of everybody whom this makes."""
    return [("email", _of_run(place, one)["email"]) for one in (ALICE, BOB)]


def _one_by_one(place: Place, event_id: str, history: History) -> Result:
    came: list[str] = []
    for one in history.sent:
        heard = send_batch(place, [_event(place, event_id, one)])
        came += verdicts(heard)
    return result(CORPUS, f"{history.name}, one by one", heard, _left(place, event_id, history, came))


def _together(place: Place, event_id: str, history: History) -> Result:
    heard = send_batch(place, [_event(place, event_id, one) for one in history.sent])
    return result(
        CORPUS, f"{history.name}, together", heard, _left(place, event_id, history, verdicts(heard))
    )


def _left(place: Place, event_id: str, history: History, came: list[str]) -> str | None:
    """What is wrong with the verdicts, or with what is stored in the end."""
    wrong = unless_same(tuple(came), history.verdicts)
    stored = read(place, event_id, _mode(history.sent[0]))
    if wrong is not None or history.left is None:
        return wrong or unless(stored, 404)
    wanted = {name: _ours(place, value) for name, value in history.left.items()}
    return unless(stored, 200) or unless_same({name: stored.document.get(name) for name in wanted}, wanted)


def _and_again(place: Place) -> Iterator[Result]:
    """A, B, and A once more, each at the moment when it comes: the last one counts."""
    came = []
    for total in (1, 2, 1):
        heard = send(place, "again", data={"total": total})
        came.append(verdict(heard))
        yield result(CORPUS, f"A, B, A: {total}", heard, unless(heard, 200))
    stored = read(place, "again")
    wrong = unless_same(came, ["stored", "updated", "updated"])
    yield result(CORPUS, "A, B, A is A", stored, wrong or unless_same(told(stored).get("data"), {"total": 1}))


def _five_hundred_times(place: Place) -> Result:
    one = {"event": place.names["reject"], "id": "many", "identifiers": {"crm_id": SOMEBODY}}
    heard = send_batch(place, [one] * TIMES)
    wanted = {"stored": 1, "duplicate": TIMES - 1}
    return result(CORPUS, f"{TIMES} times in a batch", heard, unless_same(Counter(verdicts(heard)), wanted))


def _at_the_same_time(place: Place) -> Iterator[Result]:
    """The very same from several connections at once: one stores it, all others hear that it is there."""
    moment: dict[str, Any] = {**write(1), "identifiers": _of_run(place, ALICE)}
    with ThreadPoolExecutor(AT_ONCE) as threads:
        sending = [threads.submit(send, place, "at-once", **moment) for _ in range(2 * AT_ONCE)]
        answers = [one.result() for one in sending]
    for heard in answers:
        yield result(CORPUS, "at the same time", heard, unless(heard, 200))
    came = Counter(verdict(heard) for heard in answers)
    wanted = {"stored": 1, "duplicate": 2 * AT_ONCE - 1}
    yield result(CORPUS, "at the same time, verdicts", answers[-1], unless_same(came, wanted))


def _of_page_and_integration(place: Place) -> Iterator[Result]:
    """What a page sends under an integration's id is another event, and changes nothing of it."""
    send(place, "both", data={"total": 1})
    event = {"id": "both", "data": {"total": 2}, "identifiers": {"crm_id": SOMEBODY}}
    for wanted in ("stored", "duplicate"):
        heard = place.server.ask(
            "POST", f"/b/{place.ids['reject']}", json.dumps(event).encode(), {"Origin": ORIGINS[0]}, False
        )
        wrong = unless(heard, 200) or unless_same(verdict(heard), wanted)
        yield result(CORPUS, f"of a page: {wanted}", heard, wrong)
    for event_id, total in (("both", 1), ("web:both", 2)):
        heard = read(place, event_id)
        wrong = unless_same(told(heard).get("data"), {"total": total})
        yield result(CORPUS, f"{event_id} afterwards", heard, wrong)


def _event(place: Place, event_id: str, members: dict[str, Any]) -> dict[str, Any]:
    given = {name: _ours(place, value) for name, value in members.items()}
    return {**given, "event": place.names[_mode(members)], "id": event_id}


def _ours(place: Place, value: Any) -> Any:
    return _of_run(place, value) if value in (ALICE, BOB) else value


def _of_run(place: Place, who: dict[str, str]) -> dict[str, str]:
    return {kind: f"{place.run}-{value}" for kind, value in who.items()}


def _mode(members: dict[str, Any]) -> str:
    return "reject" if members.get("event") == "free" else TILL
