"""PostgreSQL's connections: every wait has an end, and what is broken is not used again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from collector.core.problems import Problem
from collector.store import postgresql
from collector.store.database import Database
from tests.faults.proxy import Network, network_to
from tests.servers.postgres import PostgresServer
from tests.servers.waiting import eventually


@pytest.fixture(scope="module")
def emptied(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
def far(emptied: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Database, Network]]:
    """A database behind a network, which is given up after half a second."""
    monkeypatch.setattr(postgresql, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(postgresql, "AGAIN_SECONDS", 0.0)
    with network_to(emptied) as (network, through):
        database = Database(through)
        ask(database)
        yield database, network
        database.close()


def ask(database: Database, sql: str = "SELECT 1") -> object:
    with database.connected():
        return database.peewee.execute_sql(sql).fetchone()[0]


def test_an_answer_that_does_not_come_is_waited_for_only_so_long(far: tuple[Database, Network]) -> None:
    database, network = far
    network.stall()
    begun = time.monotonic()
    with pytest.raises(Problem) as problem:
        ask(database)
    assert (problem.value.code, problem.value.retry_after) == ("storage-unavailable", 2)
    assert time.monotonic() - begun < 5
    network.flow()
    assert ask(database) == 1


def test_a_transaction_that_hangs_is_given_up_too(far: tuple[Database, Network]) -> None:
    database, network = far

    def write() -> None:
        with database.writing():
            database.peewee.execute_sql("CREATE TABLE half_way (number int)")
            network.stall()
            database.peewee.execute_sql("INSERT INTO half_way VALUES (1)")

    with pytest.raises(Problem):
        write()
    network.flow()
    assert ask(database, "SELECT to_regclass('half_way')") is None


def test_what_says_that_it_may_take_long_may(far: tuple[Database, Network]) -> None:
    database, _ = far
    with database.unhurried():
        assert ask(database, "SELECT 7 FROM pg_sleep(0.8)") == 7
    with pytest.raises(Problem):
        ask(database, "SELECT 7 FROM pg_sleep(0.8)")


def test_every_connection_has_its_limits_and_the_addresss_own_win(emptied: str) -> None:
    own = Database(f"{emptied}?tcp_user_timeout=1234&keepalives_idle=77&application_name=shop")
    with own.connected():
        connection = own.peewee.connection()
        told = connection.info.get_parameters() | {"idle": connection.info.dsn}
        assert (told["tcp_user_timeout"], told["keepalives_idle"]) == ("1234", "77")
        assert told["keepalives_interval"] == str(postgresql.NETWORK["keepalives_interval"])
        assert ask(own, "SHOW application_name") == "shop"
        assert ask(own, "SHOW statement_timeout") == f"{postgresql.STATEMENT_SECONDS}s"
        assert ask(own, "SHOW lock_timeout") == f"{postgresql.LOCK_SECONDS}s"
        assert ask(own, "SHOW idle_in_transaction_session_timeout") == "15s"
    own.close()


def test_after_one_connection_broke_the_others_are_not_tried_one_by_one(
    far: tuple[Database, Network],
) -> None:
    database, network = far
    use_at_once(database, 8)
    assert eventually(lambda: network.connections >= 2)
    network.cut()
    failures = 0
    for _ in range(10):
        try:
            ask(database)
        except Problem:
            failures += 1
    assert failures == 1


def use_at_once(database: Database, count: int) -> None:
    together = threading.Barrier(count)

    def use() -> None:
        with database.connected():
            together.wait(10)

    threads = [threading.Thread(target=use) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.fixture
def narrow(postgres: PostgresServer, emptied: str) -> Iterator[str]:
    """The address of a role that may have three connections."""
    postgres.execute("CREATE ROLE narrow LOGIN PASSWORD 'narrow' CONNECTION LIMIT 3")
    yield emptied.replace(emptied[len("postgresql://") : emptied.index("@")], "narrow:narrow")
    postgres.execute("DROP ROLE narrow")


def test_where_the_server_takes_no_more_connections_those_that_are_there_are_shared(narrow: str) -> None:
    database, answers = Database(narrow), []

    def use() -> None:
        with database.connected():
            answers.append(database.peewee.execute_sql("SELECT 1 FROM pg_sleep(0.05)").fetchone()[0])

    threads = [threading.Thread(target=use) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    assert answers == [1] * 20


def test_a_process_that_has_no_connection_is_told_at_once_that_there_is_none(narrow: str) -> None:
    others = Database(narrow)
    use_at_once(others, 3)
    late, begun = Database(narrow), time.monotonic()
    with pytest.raises(Problem):
        ask(late)
    assert time.monotonic() - begun < 2
    others.close()


def test_connections_that_nobody_needs_any_more_are_given_back(
    emptied: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "SPARE_SECONDS", 0.1)
    database = Database(f"{emptied}?application_name=burst")
    use_at_once(database, 8)
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'burst'"
    assert ask(database, count) == 8
    assert eventually(lambda: ask(database, count) == 1)
    use_at_once(database, 2)
    assert ask(database, count) == 2
    database.close()


def test_whoever_waits_for_a_server_that_is_gone_learns_it_with_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = []

    def connect(*_: object, **__: object) -> None:
        tried.append(time.monotonic())
        threading.Event().wait(0.2)
        raise psycopg.OperationalError("nobody is there")

    monkeypatch.setattr(postgresql._Connection, "connect", connect)
    database = Database("postgresql://nobody@192.0.2.1/nothing")
    problems = []

    def use() -> None:
        try:
            ask(database)
        except Problem as problem:
            problems.append(problem)

    threads = [threading.Thread(target=use) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(problems), len(tried)) == (20, 1)
