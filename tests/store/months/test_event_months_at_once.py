"""Statements that meet many events of several months: what PostgreSQL makes of them."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest

from collector.store.database import Database
from collector.store.totals import Totals
from collector.store.whole_person import WholePerson, mentions
from tests.cast import ALICE, EVERY_TYPE, Shop
from tests.servers.waiting import eventually
from tests.store.three_months import asked, number_of, require_exact, three_months
from tests.store.writes import commit, verdicts, write


@pytest.fixture
def kept(shop: Shop) -> Shop:
    shop.define(EVERY_TYPE)
    three_months(shop, of_events=True)
    return shop


def test_events_of_several_months_that_somebody_else_updates_are_found_after_it(kept: Shop) -> None:
    """PostgreSQL asks anew for each row that it waited for; of a join to the keys it loses other months'."""
    [definition] = kept.store.definitions.all("shop")
    now = kept.clock.now() + 9
    again = [
        write(definition, f"{whose}-{month}", data='{"total":3}', occurred_at=now, received_at=now)
        for month in ("sep", "oct", "nov")
        for whose in "ab"
    ]
    told: list[str] = []
    with psycopg.connect(kept.store.database.url) as others:
        others.execute(b"UPDATE event SET updated_at = updated_at + 1")
        ours = threading.Thread(target=lambda: told.extend(verdicts(commit(kept, *again))))
        ours.start()
        eventually(lambda: asked(kept, "SELECT count(*) FROM pg_locks WHERE NOT granted") == [(1,)])
        others.commit()
    ours.join()
    assert told == ["updated"] * 6
    require_exact(kept)


_OF = "WHERE attrelid = '{0}'::regclass AND attnum > 0 AND NOT attisdropped"
_MANY = """
INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t, generate_series(1, 3000) n WHERE t.id = {like}
"""


def _many_more(shop: Shop, table: str, like: int, **values: str) -> None:
    """Rows like one that is there, in its month: three thousand, with other values where `n` makes them."""
    columns = [name for (name,) in asked(shop, f"SELECT attname FROM pg_attribute {_OF.format(table)}")]
    told = [values.get(name, f"t.{name}") for name in columns]
    with psycopg.connect(shop.store.database.url) as connection:
        connection.execute(
            _MANY.format(table=table, columns=", ".join(columns), values=", ".join(told), like=like).encode()
        )


def _many_in_each_month(shop: Shop) -> None:
    for month in ("sep", "oct", "nov"):
        number = number_of(shop, f"b-{month}")
        [(change,)] = asked(shop, f"SELECT max(id) FROM change WHERE event = {number}")
        new = f"{number} + 100 * n"
        _many_more(shop, "event", number, id=new, event_id=f"'{month}-' || n", profile="n % 300")
        _many_more(shop, "change", change, id=f"{change} + 100 * n", event=new, profile="n % 300")
    with psycopg.connect(shop.store.database.url, autocommit=True) as owners:
        owners.execute(b"ANALYZE")


@pytest.fixture
def plans(kept: Shop, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Lines of the plans of what is executed from now on, beside three thousand events in each month."""
    _many_in_each_month(kept)
    lines: list[str] = []

    def explained(real: Any) -> Any:
        def told(self: Database, query: Any) -> Any:
            sql, parameters = self.peewee.get_sql_context().sql(query).query()
            with self.connected():
                lines.extend(line for (line,) in self.fetch(f"EXPLAIN {sql}", parameters))
            return real(self, query)

        return told

    for name in ("run", "rows"):
        monkeypatch.setattr(Database, name, explained(getattr(Database, name)))
    return lines


def require_looked_up(plans: list[str]) -> None:
    """PostgreSQL would sooner read all events there are, to join some thousands."""
    assert len([line for line in plans if "Index Scan" in line and " on event_f" in line]) == 3
    assert [line for line in plans if "Seq Scan on event" in line] == []


def test_totals_are_recounted_from_events_that_are_looked_up_in_their_months(
    kept: Shop, plans: list[str]
) -> None:
    with kept.store.database.writing():
        Totals(kept.store.database).recount(range(100))
    require_looked_up(plans)


def test_events_that_changed_while_somebody_is_erased_are_looked_up(kept: Shop, plans: list[str]) -> None:
    """No commit of the section goes on meanwhile."""
    since = number_of(kept, "b-nov")
    plans.clear()
    person = WholePerson("shop", (), frozenset({("email", ALICE["email"])}), frozenset())
    assert mentions(kept.store.database, person, since).events
    require_looked_up(plans)
