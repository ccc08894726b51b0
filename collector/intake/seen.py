"""What came under an event's name: what a definition can be drawn up from."""

from __future__ import annotations

from itertools import islice

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.proposals import MOST_SAMPLES
from collector.core.strict_json import Unreadable, read
from collector.store.opening import Store
from collector.store.rejections import Selection
from collector.store.statistics import recent_data

SINCE_EVER = -(2**63)


def data_of_events(store: Store, definition: Definition) -> list[object]:
    """The data of a definition's newest events, at most 1,000 of them.

    Raises `Problem("storage-unavailable")`.
    """
    number = ids.decode(definition.id)
    assert number is not None, "definitions have ids of ours"
    newest = islice(recent_data(store.database, number, SINCE_EVER), MOST_SAMPLES)
    return [read(one.data) for one in newest if one.data is not None]


def data_of_refusals(store: Store, wanted: Selection) -> list[object]:
    """The data of the newest payloads of a selection that are kept whole, at most 1,000 of them.

    Raises `Problem("storage-unavailable")`.
    """
    found: list[object] = []
    for kept in store.rejections.newest_to_replay(wanted, MOST_SAMPLES):
        if kept.is_partial:
            continue
        try:
            payload = read(kept.payload.encode())
        except Unreadable:
            continue  # such a payload was refused for being no JSON: there is nothing in it to be named
        if isinstance(payload, dict) and isinstance(payload.get("data"), dict):
            found.append(payload["data"])
    return found
