"""How long the server works on each admin page with many events stored, and how much it sends.

    python -m benchmarks.pages [--events 1000000] [--rounds 15]

The events go in through the real judge and commit. Each page is asked for in turn, round by round, through
the whole app without a network; the median time and the bytes (not compressed) are told, alone and with the
files that a browser keeps. A page over its bound fails the run. Bounds: 150 ms at the median, 200 kB; of the
pages of segments 2 s, since some of them ask a tree of everybody at once.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from flask.testing import FlaskClient

from collector.core.actors import of_command
from collector.core.documents import parse_definition
from collector.core.judge import Caller
from collector.intake.decode import read_events
from tests.cast import EVERY_TYPE, Shop, open_shop
from tests.web.pages.places import PLACES, fill

BOUND_MS = 150.0
BOUND_BYTES = 200_000
BOUND_MS_OF_QUESTIONS = 2_000.0
"""Of pages of segments: some ask a tree of everybody at once."""
PEOPLE = 200_000
DEFINITIONS = 20
FIELDS = 100
WIDE = "wide"
"""The definition with as many fields as there may be, of which each says all that a field can say."""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--events", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=15)
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shop = open_shop(f"sqlite:///{Path(folder) / 'pages.db'}")
        stored = store(shop, wanted.events)
        made = fill_every_page(shop)
        wide = f"/sections/shop/definitions/{WIDE}"
        pages = [address.format(**made) for address in PLACES.values() if "welcome" not in address]
        pages += ["/sections/shop/overview?period=30d", wide, f"{wide}/edit", f"{wide}/snippet"]
        failed = measure(sign_in(shop), pages, wanted.rounds, stored)
        shop.store.close()
    raise SystemExit(1 if failed else 0)


def store(shop: Shop, count: int) -> int:
    """Stores events of seven days in groups of 500; all must be `stored`."""
    for number in range(DEFINITIONS):
        document = {**EVERY_TYPE, "event_name": f"event.{number}"}
        shop.store.definitions.create(
            "shop", parse_definition(document), of_command("bench"), shop.clock.now()
        )
    key = shop.key()
    stored = 0
    week = 7 * 24 * 3600
    for start in range(0, count, 500):
        shop.clock.forward(week / count * 500)
        caller = Caller("shop", "api", 0, shop.clock.now(), "bench", key)
        events = [_event(number) for number in range(start, min(start + 500, count))]
        reads, _ = read_events(json.dumps({"events": events}).encode())
        stored += sum(one.verdict == "stored" for one in shop.parts.intake.accept(reads, caller))
    assert stored == count, f"only {stored} of {count} were stored"
    return stored


def _event(number: int) -> dict[str, object]:
    return {
        "event": f"event.{number % DEFINITIONS}",
        "id": f"e{number}",
        "identifiers": {"email": f"p{number % PEOPLE}@example.com"},
        "data": {"total": number % 1000, "currency": "SEK", "lines": 3, "gift": True},
    }


def fill_every_page(shop: Shop) -> dict[str, str]:
    """Something on every page, and a definition as wide as there may be one; what addresses need."""
    told = {"description": "What this field means, in a sentence of a usual length.", "personal": True}
    rules = {"choices": ["one", "two", "three", "four"], "max_length": 100, "pattern": "[a-z]+"}
    fields = [
        {
            "name": f"a_field_with_a_rather_long_name_{number}",
            "type": "text",
            "required": True,
            **told,
            **rules,
        }
        for number in range(FIELDS)
    ]
    document = {**EVERY_TYPE, "event_name": WIDE, "fields": fields}
    shop.store.definitions.create("shop", parse_definition(document), of_command("bench"), shop.clock.now())
    made = fill(shop)
    follower = shop.store.new_follower()
    while follower.turn(shop.clock.now):  # as the server does beside its answers
        pass
    return made


def sign_in(shop: Shop) -> FlaskClient:
    client = shop.app.test_client()
    _, link = shop.store.people.invite(
        "ada@example.com", "shop", "owner", of_command("bench"), shop.clock.now()
    )
    client.get(f"/sign-in/{link}")
    return client


def measure(client: FlaskClient, pages: Sequence[str], rounds: int, stored: int) -> list[str]:
    """Prints the table; the pages that are over a bound."""
    times: dict[str, list[float]] = {page: [] for page in pages}
    texts: dict[str, bytes] = {}
    for _ in range(rounds):
        for page in pages:
            begun = time.perf_counter()
            answer = client.get(page)
            times[page].append((time.perf_counter() - begun) * 1000)
            assert answer.status_code in (200, 303), (page, answer.status_code)
            texts[page] = answer.get_data()
    print(f"{stored:,} events stored, {rounds} rounds\n")
    print("| page | median ms | kB | with its files, once |\n|---|---|---|---|")
    failed = []
    for page, taken in times.items():
        median, size = statistics.median(taken), len(texts[page])
        whole = size + files_of(client, texts[page])
        print(f"| `{page}` | {median:.1f} | {size / 1000:.1f} | {whole / 1000:.1f} |")
        bound = BOUND_MS_OF_QUESTIONS if "/segments" in page else BOUND_MS
        if median > bound or size > BOUND_BYTES:
            failed.append(page)
    return failed


def files_of(client: FlaskClient, page: bytes) -> int:
    """Bytes of a page's styles, scripts and pictures, which a browser asks for once and keeps."""
    found = set(re.findall(rb'(?:href|src)="(/assets/[^"]+)"', page))
    return sum(len(client.get(address.decode()).get_data()) for address in found)


if __name__ == "__main__":
    main()
