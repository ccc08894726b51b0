"""A shop whose change log, rejections and, if asked for, events have three months, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from collector.core.retention import DAY
from collector.store.models import Event
from collector.store.months import Months
from collector.store.recount import recount
from tests.cast import BOB, Shop
from tests.store.writes import commit, rejection, verdicts, write

KEYS = "SELECT definition, space, event_id, event FROM key_of_event ORDER BY event"
EVENTS = "SELECT definition, space, event_id, id FROM event ORDER BY id"

FIRST_OF_OCTOBER, FIRST_OF_NOVEMBER = 1_790_812_800_000_000, 1_793_491_200_000_000


def months(shop: Shop) -> Months:
    return shop.store.months


def ranges(shop: Shop, table: str = "change") -> list[tuple[str, int | None, int | None]]:
    return [(one.name, one.begins_at, one.ends_at) for one in months(shop).parts(table)]


def fill(shop: Shop, name: str) -> None:
    """An event of Alice's, one of Bob's, an update and a refused payload, at the shop's time."""
    [definition] = shop.store.definitions.all("shop")
    now = shop.clock.now()
    times = {"occurred_at": now, "received_at": now}
    told = commit(
        shop,
        write(definition, f"a-{name}", **times),
        write(definition, f"b-{name}", identifiers=BOB, **times),
        rejection(event_id=name, received_at=now),
    )
    assert verdicts(told) == ["stored", "stored", "rejected"]
    later = {"occurred_at": now + 1, "received_at": now + 1}
    [outcome] = commit(shop, write(definition, f"a-{name}", data='{"total":2}', **later))
    assert outcome.verdict == "updated"


def three_months(shop: Shop, *, of_events: bool = False) -> None:
    """September, October and November, each with something in it."""
    if of_events:
        begin_event_months(shop)
    for name, end in (("sep", FIRST_OF_OCTOBER), ("oct", FIRST_OF_NOVEMBER)):
        fill(shop, name)
        months(shop).keep_up(shop.clock.now(), large=0)
        shop.clock.moment = end + DAY
    fill(shop, "nov")


def differences(shop: Shop) -> list[str]:
    return [one.sentence() for each in recount(shop.store.database) for one in each.differences]


def rows_in(shop: Shop, part: str) -> int:
    with shop.store.database.connected():
        return int(shop.store.database.peewee.execute_sql(f"SELECT count(*) FROM {part}").fetchone()[0])


def begin_event_months(shop: Shop, goes_on: Callable[[], bool] = lambda: True) -> tuple[str, ...]:
    """Whatever size the events have; no part of a table is closed."""
    return months(shop).keep_up(shop.clock.now(), large_events=0, goes_on=goes_on).made


def asked(shop: Shop, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(shop.store.database.url) as connection:
        return connection.execute(query.encode()).fetchall()


def number_of(shop: Shop, event_id: str) -> int:
    [row] = shop.store.database.rows(Event.select(Event.id).where(Event.event_id == event_id))
    return int(row["id"])


def require_exact(shop: Shop) -> None:
    assert differences(shop) == []
    assert asked(shop, KEYS) == asked(shop, EVENTS)
