"""Tidying: the write-ahead log is emptied, unless somebody reads."""

from __future__ import annotations

from pathlib import Path

from collector.jobs.job import Run
from collector.jobs.tidying import tidy
from collector.store.models import Event
from tests.cast import EVERY_TYPE, open_shop
from tests.store.people import at_once
from tests.store.writes import commit, write


def test_the_log_is_emptied_when_nobody_reads(sqlite_database_url: str) -> None:
    shop = open_shop(sqlite_database_url)
    commit(shop, write(shop.define(EVERY_TYPE)))
    log = Path(sqlite_database_url.removeprefix("sqlite:///") + "-wal")
    run = Run(shop.store, shop.clock.now(), lambda: True)
    shop.store.database.peewee.execute_sql("PRAGMA busy_timeout = 10")

    def tidy_while_somebody_reads() -> None:
        shop.store.database.peewee.connect(reuse_if_open=True)
        shop.store.database.peewee.execute_sql("PRAGMA busy_timeout = 10")
        assert tidy(run) == {"log_is_empty": False}

    with shop.store.database.snapshot():
        assert len(shop.store.database.rows(Event.select())) == 1
        assert at_once(tidy_while_somebody_reads) == []
        assert log.stat().st_size > 0
    assert tidy(run) == {"log_is_empty": True}
    assert log.stat().st_size == 0
    shop.store.close()
