"""Load: clients that send events as real ones do, and remember what they were told.

A client keeps an event until it is acknowledged, and sends the same one again when it is not, as the API
asks for. Some send one event, some batches, some are pages with their beacons.
"""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.faults.shop import Shop

PATIENCE_SECONDS = 20.0
BATCH = 8
PAUSE_SECONDS = 0.02
"""After a refusal; clients in the world obey `Retry-After`, these would rather find faults than wait."""

SAFE = frozenset({"stored", "updated", "duplicate", "ignored", "queued"})
GOOD = (200, 202)


@dataclass
class Told:
    """What all clients were told. `acknowledged`: event id → how often it was said to be safe."""

    acknowledged: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    cut: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    refused_seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Load:
    """Clients in threads. `told` may be read at any time; `stop` ends them, the last events unanswered."""

    def __init__(self, shop: Shop, clients: int, name: str = "load", batch: int = BATCH) -> None:
        self.told = Told()
        self._shop = shop
        self._name = name
        self._batch = batch
        self._numbers = itertools.count()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(number,), daemon=True) for number in range(clients)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS + 5)
        assert not any(thread.is_alive() for thread in self._threads)

    def _send(self, number: int) -> None:
        connection = _connection(self._shop.url)
        while not self._stopping.is_set():
            request = self._request(number)
            while not self._stopping.is_set() and not self._is_safe(connection, request):
                self._stopping.wait(PAUSE_SECONDS)
        connection.close()

    def _request(self, number: int) -> _Request:
        """The next one of a client: every fourth is a page, every other fourth sends batches."""
        if number % 4 == 1:
            ids = [self._new_id() for _ in range(self._batch)]
            return _Request("/api/v1/events", {"events": [self._shop.event(one) for one in ids]}, ids)
        one = self._new_id()
        if number % 4 == 3:
            return _Request(f"/b/{self._shop.address}", self._shop.beacon(one), [one], is_page=True)
        return _Request("/api/v1/events", self._shop.event(one), [one])

    def _new_id(self) -> str:
        return f"{self._name}-{next(self._numbers)}"

    def _is_safe(self, connection: http.client.HTTPConnection, request: _Request) -> bool:
        begun = time.monotonic()
        try:
            connection.request("POST", request.path, request.body, self._headers(request))
            answer = connection.getresponse()
            document = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            self.told.cut.append(f"{type(error).__name__}: {error}")
            return False
        self.told.statuses[answer.status] += 1
        took = time.monotonic() - begun
        if answer.status in GOOD:
            self.told.seconds.append(took)
            return self._note(request, document)
        self.told.refused_seconds.append(took)
        if answer.status != 503 or "Retry-After" not in answer.headers:
            self.told.wrong.append(f"{answer.status} {document}")
        return False

    def _headers(self, request: _Request) -> dict[str, str]:
        if request.is_page:
            return {
                "Content-Type": "text/plain",
                "Origin": "https://shop.example",
                "User-Agent": "Mozilla/5.0",
            }
        return {"Content-Type": "application/json", "Authorization": f"Bearer {self._shop.key}"}

    def _note(self, request: _Request, document: Any) -> bool:
        results = document.get("results") or [document]
        for event_id, result in zip(request.ids, results, strict=True):
            if result["verdict"] in SAFE:
                self.told.acknowledged[("web:" if request.is_page else "") + event_id] += 1
            else:
                self.told.wrong.append(f"{event_id}: {result}")
        return True


@dataclass(frozen=True)
class _Request:
    path: str
    document: Any
    ids: list[str]
    is_page: bool = False

    @property
    def body(self) -> bytes:
        return json.dumps(self.document).encode()


@contextmanager
def loaded(shop: Shop, clients: int = 8, **how: Any) -> Iterator[Load]:
    """Clients that send for as long as the block lasts."""
    load = Load(shop, clients, **how)
    load.start()
    try:
        yield load
    finally:
        load.stop()


def _connection(url: str) -> http.client.HTTPConnection:
    place = urlsplit(url)
    assert place.hostname is not None
    return http.client.HTTPConnection(place.hostname, place.port, timeout=PATIENCE_SECONDS)
