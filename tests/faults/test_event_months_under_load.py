"""Events get months while clients write: nobody waits for it for long, nothing is lost, killed or not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.store.database import Database
from collector.store.event_months import FILLING
from collector.store.months import Months
from tests.faults.load import loaded
from tests.faults.locks import BOUND, MANY, ROWS, ask, ask_nothing, reading, watching
from tests.faults.shop import Shop, new_shop
from tests.faults.test_kill import require_nothing_lost
from tests.servers.fieldpost import REPOSITORY
from tests.servers.postgres import PostgresServer
from tests.servers.waiting import eventually

pytestmark = pytest.mark.full

CLIENTS = 8
KEEP_UP = """
import sys
sys.path.insert(0, sys.argv[1])
from collector import clock
from collector.store.database import Database
from collector.store.event_months import FILLING
from collector.store.months import Months
Months(Database(sys.argv[2])).keep_up(clock.now(), large=0, large_events=0)
"""
COPIED = "SELECT coalesce(obj_description(to_regclass('key_of_event')), '0')::bigint"
IN_PARTS = "SELECT relkind = 'p' FROM pg_class WHERE relname = 'event'"
HELD_UP = f"SELECT pg_advisory_xact_lock_shared({FILLING})"
"""What copies keys waits for whoever has this."""


@pytest.fixture
def shop(postgres: PostgresServer, tmp_path: Path) -> Iterator[Shop]:
    with postgres.database() as url:
        made = new_shop(tmp_path, url)
        ask_nothing(url, MANY)
        yield made


def keep_up(url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", KEEP_UP, str(REPOSITORY), url])


def test_events_get_months_beside_clients_and_killed_in_the_middle_it_goes_on(shop: Shop) -> None:
    url = shop.database
    server = shop.serve()
    with watching(url) as watch, loaded(shop, CLIENTS) as load, closing(Database(url)) as database:

        def goes_on() -> None:
            before = len(load.told.acknowledged)
            assert eventually(lambda: len(load.told.acknowledged) > before + 50)

        goes_on()
        first = keep_up(url)
        assert eventually(lambda: ask(url, COPIED) > 0)
        with reading(url, HELD_UP):
            first.kill()
            first.wait()
            assert ask(url, COPIED) < ROWS
            assert not ask(url, IN_PARTS)
            goes_on()
        with reading(url, "SELECT count(*) FROM event"):
            second = keep_up(url)
            assert eventually(lambda: watch.tries >= 2), "it asks for the table, gives up, and asks again"
            assert not ask(url, IN_PARTS)
            goes_on()
        assert second.wait(60) == 0
        assert ask(url, IN_PARTS)
        goes_on()
        assert keep_up(url).wait(60) == 0
        goes_on()
        assert [one.until is None for one in Months(database).parts("event")] == [False, True]
        lost = "SELECT count(*) FROM event e FULL JOIN event_key k ON k.event = e.id"
        assert ask(url, f"{lost} WHERE e.id IS NULL OR k.event IS NULL OR k.event_id <> e.event_id") == 0
    server.stop()
    ask_nothing(url, f"DELETE FROM event WHERE id <= {ROWS}")
    require_nothing_lost(shop, load)
    assert load.told.cut == []
    assert set(load.told.statuses) == {200}
    assert watch.longest < BOUND
