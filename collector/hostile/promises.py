"""What a server has promised of an answer, and a sentence where it is otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from collector.hostile.asking import CLOSED, Heard
from collector.hostile.place import SOMEBODY, Place

EVENTS = "/api/v1/events"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one line. `wrong`: a sentence, or None where all is as promised."""

    corpus: str
    name: str
    wrong: str | None
    seconds: float


Trial = Callable[[Place], Iterator[Result]]


def send(place: Place, event_id: str, mode: str = "reject", **members: Any) -> Heard:
    """The answer to an event of an integration."""
    event = {"event": place.names[mode], "id": event_id, "identifiers": {"crm_id": SOMEBODY}, **members}
    return place.server.ask("POST", EVENTS, json.dumps(event).encode())


def send_batch(place: Place, events: list[dict[str, Any]]) -> Heard:
    """The answer to several at once."""
    return place.server.ask("POST", EVENTS, json.dumps({"events": events}).encode())


def read(place: Place, event_id: str, mode: str = "reject") -> Heard:
    """The answer to who wants to see an event."""
    return place.server.ask("GET", f"{EVENTS}/{in_path(place, mode)}/{event_id}")


def in_path(place: Place, mode: str = "reject") -> str:
    """An event's name as it stands in an address."""
    return place.names[mode].replace("/", "~")


def result(corpus: str, name: str, heard: Heard, wrong: str | None) -> Result:
    return Result(corpus, name, wrong, heard.seconds)


def unless(heard: Heard, *statuses: int) -> str | None:
    """What is wrong with a status that is none of these."""
    if heard.status in statuses:
        return None
    got = "no answer" if heard.status == CLOSED else str(heard.status)
    return f"{got} instead of {' or '.join(map(str, statuses))}"


def unless_refused(heard: Heard, code: str | None, pointer: str) -> str | None:
    """What is wrong with a refusal that does not say this of that place; `code` None: any."""
    if heard.status != 422:
        return unless(heard, 422)
    told = [(one["code"], one["pointer"]) for one in heard.document["errors"]]
    # What no text may have in it is refused as such, wherever it is, before anybody asks what it says.
    is_refused = {(code, pointer), ("text-invalid", pointer)} & set(told)
    if is_refused or (code is None and pointer in {one for _, one in told}):
        return None
    return f"refused for {told[:3]} instead of {code} at {pointer}"


def unless_same(got: object, wanted: object) -> str | None:
    """What is wrong with something else than this."""
    return None if got == wanted else f"{str(got)[:80]} instead of {str(wanted)[:80]}"


def told(heard: Heard) -> Any:
    """The stored event in an answer, `{}` where there is none."""
    document = heard.document
    if not isinstance(document, dict):
        return {}
    return document.get("event", {}) if isinstance(document.get("event"), dict) else document


def verdict(heard: Heard) -> str | None:
    """What became of one event."""
    return heard.document.get("verdict") if isinstance(heard.document, dict) else None


def verdicts(heard: Heard) -> list[str]:
    """What became of the events of a batch."""
    results = heard.document.get("results", []) if isinstance(heard.document, dict) else []
    return [str(one.get("verdict")) for one in results]
