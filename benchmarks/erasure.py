"""What erasures and recounts cost: the look that every commit takes, and one erasure among many events.

    python -m benchmarks.erasure [--events 100000]

On SQLite, through the real commit. Medians; everything is checked to be exact afterwards.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from collector.core.definitions import Definition
from collector.core.events import Write
from collector.store.erasure_memory import ErasureMemory
from collector.store.recount import recount
from tests.cast import ADMIN, EVERY_TYPE, Shop, open_shop
from tests.store.writes import commit, write

PEOPLE = 20_000
GROUP = 500
HOUR = 3_600_000_000
LOOKS = 2_000


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--events", type=int, default=100_000)
    count = asked.parse_args().events
    with tempfile.TemporaryDirectory() as folder:
        shop = open_shop(f"sqlite:///{Path(folder) / 'erasure.db'}")
        measure(shop, shop.define(EVERY_TYPE), count)
        shop.store.close()


def measure(shop: Shop, definition: Definition, count: int) -> None:
    later = shop.clock.now() + HOUR
    live = [write(definition, "live", occurred_at=later, received_at=later + 1)]
    tell("a commit's look where nobody was erased, µs", look(shop, live) * 1e6)
    for start in range(0, count, GROUP):
        commit(shop, *[_event(definition, start + number) for number in range(GROUP)])
    shop.clock.forward(60)
    tell(f"a recount of {count} events, s", seconds(lambda: _require_exact(shop)))
    erase = ("email", "p7@example.com")
    tell(
        "an erasure among them, s",
        seconds(lambda: shop.store.erasures.erase("shop", erase, ADMIN, shop.clock.now())),
    )
    _require_exact(shop)
    tell("a commit's look where somebody was erased, µs", look(shop, live) * 1e6)
    tell("the same for a write as old as the erasure, µs", look(shop, [write(definition, "old")]) * 1e6)


def look(shop: Shop, writes: Sequence[Write]) -> float:
    """The median of many looks, in seconds."""
    memory = ErasureMemory(shop.store.database)
    with shop.store.database.writing():
        return statistics.median(seconds(lambda: memory.ignored(writes)) for _ in range(LOOKS))


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def tell(what: str, figure: float) -> None:
    print(f"{what}: {figure:.3g}")


def _event(definition: Definition, number: int) -> Write:
    return write(definition, f"e{number}", identifiers={"email": f"p{number % PEOPLE}@example.com"})


def _require_exact(shop: Shop) -> None:
    wrong = [told.sentence() for one in recount(shop.store.database) for told in one.differences]
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
