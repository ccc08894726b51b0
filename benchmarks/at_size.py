"""PostgreSQL at size: pages of timelines, and segments, followed and not.

    python -m benchmarks.at_size [--events 200000 1000000] [--whole] [--months-of-events]

Rows are made by PostgreSQL itself in the shape that a commit gives them: ten events a person, twenty
definitions, a year, whose change log is of twelve months (with `--whole`, of one part), and so are the events
with `--months-of-events`; and one person has a hundredth of all events. Asked is what the product asks, by
its own code; of its statements the plan is read too: what it costs by PostgreSQL's own reckoning, and how
many pages it touches.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from benchmarks.segment_cases import goal
from collector.core.actors import of_command
from collector.core.segments.drafts import COLOR, Draft
from collector.core.segments.reading import read_tree
from collector.store.arrivals import Arrivals, Selection
from collector.store.database import Database
from collector.store.months import Months
from collector.store.opening import Store, open_store
from collector.store.segments.compiling import Scope
from collector.store.segments.finding import Share
from tests.servers.postgres import MISSING, installed, running_postgres

ASKED = 15
FEW = 50
DAY = 86_400_000_000
STEP = 28 * DAY
ACTOR = of_command("benchmarks")
NOW = 1_790_000_000_000_000
SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB"}
TREE = goal(
    "true", "true", event_name="e5", timeframe_operator="in_the_last_days", timeframe_values=["7"]
).tree

FILL = (
    "INSERT INTO section VALUES ('shop', 'Shop', 'reject', 0)",
    """INSERT INTO definition (id, section, event_name, title, category, description, owner, tags,
      allowed_operations, web_tracking, revision, created_at, updated_at, field_texts)
    SELECT n, 'shop', 'e' || n, '', 'transaction', '', '', '[]', '{}', '{}', 1, 0, 0, '{}'
    FROM generate_series(1, 20) n""",
    """INSERT INTO profile (id, section, attributes, created_at)
    SELECT n, 'shop', '{}', %(now)s FROM generate_series(1, %(people)s) n""",
    # A person with very many: a hundredth of all.
    """INSERT INTO profile (id, section, attributes, created_at)
    VALUES (%(people)s + 1, 'shop', '{}', %(now)s)""",
)
EVENTS = """INSERT INTO event (id, definition, version, space, event_id, profile, source, trust, door,
      identifiers, identifiers_at, data, data_at, goal_type, goal_value, goal_currency, occurred_at,
      received_at, updated_at)
    SELECT id, 1 + n %% 20, 1 + n %% 20, 0, md5(n::text),
      CASE WHEN id %% 100 = 0 THEN %(people)s + 1 ELSE 1 + (n * 7919::bigint) %% %(people)s END,
      'till', 'key', 'api', '{"email":"p' || n || '@shop.example"}', t,
      '{"total":149.99,"currency":"SEK","lines":3}', t, 'purchase', 149990000, 'SEK', t, t, t
    FROM (SELECT n, t, ((t / 1000 - 1704067200000) << 22) + n %% 4000000 AS id
          FROM (SELECT n, %(now)s - (%(events)s - n) * (365 * %(day)s / %(events)s) AS t
                FROM generate_series(1, %(events)s) n) one
          WHERE t >= %(since)s AND t < %(until)s) made"""
TOTALS = """INSERT INTO total (profile, definition, goal_type, goal_name, goal_currency, events, valued,
      whole, fraction, least, greatest, first_at, last_at)
    SELECT profile, definition, goal_type, '', goal_currency, count(*), count(*), sum(goal_value / 1000000),
      sum(goal_value %% 1000000), min(goal_value), max(goal_value), min(occurred_at), max(occurred_at)
    FROM event GROUP BY 1, 2, 3, 4, 5"""
LOG = """INSERT INTO change (id, profile, definition, event, operation, occurred_at, recorded_at)
    SELECT id, profile, definition, id, 0, occurred_at, received_at FROM event
    WHERE occurred_at >= %s AND occurred_at < %s"""


def fill(database: Database, events: int, *, in_months: bool, months_of_events: bool = False) -> None:
    told = {"now": NOW, "people": events // 10, "events": events, "day": DAY}
    with database.unhurried():
        for statement in FILL:
            database.peewee.execute_sql(statement, told if "%(" in statement else None)
        if months_of_events:
            Months(database).keep_up(NOW - 365 * DAY, large_events=0)
        for since in range(NOW - 365 * DAY, NOW + 1, STEP):
            if in_months:  # each ends before the next one begins
                Months(database).keep_up(since, large=0)
            database.peewee.execute_sql(EVENTS, told | {"since": since, "until": since + STEP})
            database.peewee.execute_sql(LOG, (since, since + STEP))
        database.peewee.execute_sql(TOTALS)
        database.peewee.execute_sql("VACUUM ANALYZE")


def measure(url: str, events: int) -> Iterator[str]:
    """A line of the table for each question; a wrong answer has no figures but an `AssertionError`."""
    with closing(open_store(url, lambda: NOW, time.monotonic)) as store:
        people, busy = events // 10, events // 10 + 1
        node = read_tree(TREE)
        assert not isinstance(node, list)
        segments, finder = store.segments, store.segments.finder
        everybody = Scope("shop", NOW)
        few = tuple(range(1, people, people // FEW))[:FEW]
        arrivals, live = Arrivals(store.database), Selection("shop", range(1, 21))
        made = segments.create("shop", Draft("e5", "E5", COLOR, "UTC", TREE, node), ACTOR, NOW)
        expected = _expected(store.database)
        assert segments.share(made, NOW).count == expected
        assert len(store.profiles.timeline(busy, 50, None).items) == 50
        assert store.events.find(2, 0, _key(events, 1)) is not None
        begun = time.perf_counter()
        _follow(store)
        built = time.perf_counter() - begun
        assert segments.share(made, NOW) == Share(expected, people + 1)
        middle = segments.page_of_members(made, NOW, expected)[expected // 2]
        questions: dict[str, Callable[[int], object]] = {
            "page of a timeline": lambda turn: store.profiles.timeline(1 + turn * 97 % people, 50, None),
            f"the same, of {events // 100:,} events": lambda _: store.profiles.timeline(busy, 50, None),
            f"which of {FEW} people match a tree": lambda _: finder.among(node, everybody, few),
            "count of a tree": lambda _: finder.share(node, everybody),
            "one event, by its key": lambda turn: store.events.find(2, 0, _key(events, turn)),
            "page of what arrived": lambda _: arrivals.page(live, 50, None),
            "number, `of` and share of a followed segment": lambda _: segments.share(made, NOW),
            "page of them, from the middle": lambda _: segments.page_of_members(made, NOW, 50, middle),
            "how many profiles there are, counted": lambda _: finder.everybody("shop"),
            "one person's segments": lambda turn: segments.of_profile("shop", 1 + turn * 97 % people),
        }
        for name, ask in questions.items():
            plan = _plan(store.database, ask)
            yield f"| {name} | {_median(ask):.1f} ms | {plan} |"
        size = _one(store.database, "SELECT pg_database_size(current_database()) / 1000000")
        told = f"{expected:,} of {people + 1:,} in the segment, found in {built:.0f} s"
        parts = len(Months(store.database).parts("change"))
        of_events = len(Months(store.database).parts("event")) or "no"
        parted = f"{parts} parts of the change log, {of_events} of the events"
        yield f"{events:,} events, {size:,} MB, {parted}, {told}"


def _key(events: int, turn: int) -> str:
    """The id of an event of the second definition, from anywhere in the year."""
    return hashlib.md5(str(1 + (turn * 7_919 % (events // 20)) * 20).encode()).hexdigest()


def _follow(store: Store) -> None:
    follower = store.new_follower()
    while follower.turn(lambda: NOW):
        pass


def _expected(database: Database) -> int:
    """The same count in SQL of its own, over the events."""
    return _one(
        database,
        "SELECT count(DISTINCT profile) FROM event JOIN definition d ON d.id = event.definition"
        f" WHERE event_name = 'e5' AND occurred_at > {NOW - 7 * DAY} AND occurred_at <= {NOW}",
    )


def _plan(database: Database, ask: Callable[[int], object]) -> str:
    """What the statements cost together by PostgreSQL's reckoning, and the pages that they touch."""
    cost, pages = 0.0, 0
    real = database.peewee.execute_sql

    def explain(sql: str, parameters: Any = None, *rest: Any, **more: Any) -> Any:
        nonlocal cost, pages
        if sql.startswith(("SELECT", "WITH")):
            asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}"
            told = real(asked, parameters).fetchone()[0][0]["Plan"]
            cost += told["Total Cost"]
            pages += told["Shared Hit Blocks"] + told["Shared Read Blocks"]
        return real(sql, parameters, *rest, **more)

    database.peewee.execute_sql = explain
    try:
        ask(1)
    finally:
        del database.peewee.execute_sql
    return f"{cost:,.0f}; {pages:,}"


def _median(ask: Callable[[int], object]) -> float:
    """Milliseconds."""
    took = []
    for turn in range(ASKED):
        begun = time.perf_counter()
        ask(turn)
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


def _one(database: Database, sql: str) -> int:
    with database.connected():
        return int(database.fetch(sql, ())[0][0])


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--events", type=int, nargs="+", default=[200_000, 1_000_000])
    asked.add_argument("--whole", action="store_true", help="the change log as one part")
    asked.add_argument("--months-of-events", action="store_true", help="the events in as many parts")
    told = asked.parse_args()
    programs = installed()
    if programs is None:
        raise SystemExit(MISSING)
    with running_postgres(programs, SETTINGS) as postgres:
        for events in told.events:
            with postgres.database() as url, closing(Database(url)) as database:
                database.migrate()
                fill(
                    database,
                    events,
                    in_months=not told.whole,
                    months_of_events=told.months_of_events,
                )
                for line in measure(url, events):
                    print(line, flush=True)


if __name__ == "__main__":
    main()
