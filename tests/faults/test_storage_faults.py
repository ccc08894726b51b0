"""A disk that is full, a database that is locked or read-only: a clear no, nothing lost, and on by itself."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cast import EVERY_TYPE, order
from tests.cast import Shop as CastShop
from tests.faults.load import Load, loaded
from tests.faults.processes import processes_of
from tests.faults.shop import Shop, new_shop
from tests.faults.test_kill import require_nothing_lost
from tests.faults.test_postgres_faults import status
from tests.servers.fieldpost import COMMAND, Server, environment
from tests.servers.postgres import PostgresServer
from tests.servers.waiting import eventually

WITHOUT_PRIVILEGES = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--")
"""What the administrator's server must be started with, for a file's permissions to mean anything to it."""


@contextmanager
def full_disk(shop: Shop, server: Server) -> Iterator[None]:
    """No file of the server's can grow any more."""
    path = Path(shop.database.removeprefix("sqlite:///"))
    longest = max(file.stat().st_size for file in path.parent.glob(path.name + "*"))
    processes = processes_of(server)
    before = {process: resource.prlimit(process, resource.RLIMIT_FSIZE) for process in processes}
    for process in processes:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (longest + 8192, before[process][1]))
    yield
    for process in processes:
        resource.prlimit(process, resource.RLIMIT_FSIZE, before[process])


@contextmanager
def locked(shop: Shop, server: Server) -> Iterator[None]:
    """Somebody else is writing, and does not come to an end."""
    other = sqlite3.connect(shop.database.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


Fault = Callable[[Shop, Server], "contextmanager[None]"]


def require_clear_refusals(shop: Shop, load: Load) -> None:
    refused = load.told.statuses[503]
    assert eventually(lambda: load.told.statuses[503] > refused + 10), load.told
    assert eventually(lambda: status(shop.url, "/ready") == 503)
    assert status(shop.url, "/health") == 200
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(write(shop), timeout=20)
    document = json.loads(answer.value.read())
    assert (answer.value.code, document["code"]) == (503, "storage-unavailable"), document
    assert answer.value.headers["Content-Type"] == "application/problem+json"
    assert int(answer.value.headers["Retry-After"]) > 0


def write(shop: Shop) -> urllib.request.Request:
    body = json.dumps(shop.beacon("once")).encode()
    headers = {"Origin": "https://shop.example", "User-Agent": "Mozilla/5.0", "Content-Type": "text/plain"}
    return urllib.request.Request(f"{shop.url}/b/{shop.address}", body, headers)


@pytest.mark.parametrize("fault", [full_disk, pytest.param(locked, marks=pytest.mark.full)])
def test_a_file_that_cannot_be_written(sqlite_ready_database_url: str, tmp_path: Path, fault: Fault) -> None:
    shop = new_shop(tmp_path, sqlite_ready_database_url)
    server = shop.serve()
    with loaded(shop) as load:
        assert eventually(lambda: load.told.acknowledged.total() > 50)
        with fault(shop, server):
            require_clear_refusals(shop, load)
            # What is there can be read meanwhile.
            assert reads(shop, next(iter(one for one in load.told.acknowledged if one.startswith("load"))))
        wanted = load.told.acknowledged.total() + 50
        assert eventually(lambda: load.told.acknowledged.total() > wanted)
        assert eventually(lambda: status(shop.url, "/ready") == 200)
    server.stop()
    require_nothing_lost(shop, load)


def reads(shop: Shop, event_id: str) -> bool:
    path = f"{shop.url}/api/v1/events/order.completed/{event_id}"
    request = urllib.request.Request(path, headers={"Authorization": f"Bearer {shop.key}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return bool(answer.status == 200)


@pytest.mark.full
def test_a_postgresql_that_became_read_only(
    postgres: PostgresServer, postgresql_ready_database_url: str, tmp_path: Path
) -> None:
    shop = new_shop(tmp_path, postgresql_ready_database_url)
    name = postgresql_ready_database_url.rpartition("/")[2]
    server = shop.serve()
    with loaded(shop) as load:
        assert eventually(lambda: load.told.acknowledged.total() > 50)
        for setting in ("on", "off"):
            postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {setting}")
            postgres.execute(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
            if setting == "on":
                require_clear_refusals(shop, load)
        wanted = load.told.acknowledged.total() + 50
        assert eventually(lambda: load.told.acknowledged.total() > wanted)
    server.stop()
    require_nothing_lost(shop, load)


def test_a_file_that_is_read_only_is_said_at_the_start(
    sqlite_ready_database_url: str, tmp_path: Path
) -> None:
    shop = new_shop(tmp_path, sqlite_ready_database_url)
    paths = [tmp_path, *tmp_path.glob("fieldpost.db*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    done = subprocess.run(
        [*(WITHOUT_PRIVILEGES if os.geteuid() == 0 else ()), *COMMAND, "serve", "--port", str(shop.port)],
        env=environment(database=shop.database),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    for path in paths:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert done.returncode == 1
    assert "cannot be used right now" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_became_read_only_can_be_read(shop: CastShop) -> None:
    shop.define(EVERY_TYPE)
    till = shop.key()
    assert shop.send(till, order("1")).status_code == 200
    database = shop.store.database
    how = "PRAGMA query_only = 1" if database.is_sqlite else "SET default_transaction_read_only = on"
    with database.connected():
        database.peewee.execute_sql(how)
    shop.clock.forward(120)  # the key's last use would be noted again
    assert shop.get(till, "/api/v1/events/order.completed/1").status_code == 200
    with database.connected():
        database.peewee.execute_sql(how)
    refused = shop.send(till, order("2"))
    assert (refused.status_code, refused.get_json()["code"]) == (503, "storage-unavailable")
    assert refused.headers["Retry-After"] == "2"
    # The connection that said so was thrown away: the next one asks the database anew.
    assert shop.send(till, order("2")).get_json()["verdict"] == "stored"
