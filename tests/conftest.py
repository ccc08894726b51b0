"""What tests in every room may ask for: databases, a browser, free ports and the real server."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from collector.core.retention import DAY
from collector.store.database import Database
from collector.store.months import Months
from tests import compiled, generated, ready
from tests.cast import NOON, Shop, open_shop
from tests.environment import browser
from tests.long_run import is_long
from tests.servers.emptied import Emptied
from tests.servers.fieldpost import Server, running
from tests.servers.nats import running_nats
from tests.servers.ports import free_port as a_free_port
from tests.servers.postgres import MISSING as NO_POSTGRES
from tests.servers.postgres import PostgresServer, running_postgres
from tests.servers.postgres import installed as installed_postgres
from tests.servers.roles import as_the_server

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Where there is no internet, these calls home would only delay what is tested.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LEFT_OUT = ["--disable-back-forward-cache"]
"""What Playwright would say to Chromium and nobody else does. `page.go_back()` waits in vain for a page that
was kept alive: `history.back()`, and wait for what it shows."""
AS_THE_SERVER = "FIELDPOST_TESTS_AS_THE_SERVER"
"""A variable; where it is set, every test on a PostgreSQL that is up to date uses it as the server's role."""
IN_MONTHS = "FIELDPOST_TESTS_IN_MONTHS"
"""Another one: where it is set, events, changes and rejections have months in such a database."""

STARTED_FIRST = (
    *("test_install.py", "journeys/", "faults/", "test_generated_requests.py"),
    # These have a run of other tests in them, or servers that are killed and waited for.
    *("store/test_roles.py", "months/test_event_months.py", "traces/test_traces.py", "stream/test_worker.py"),
)
"""The files that take longest: beside them everything else is done on the other cores."""


OF_OTHERS = (
    r"ignore:The .future\.infer_string. option is deprecated:DeprecationWarning:ibis\.formats\.pandas",
    r"ignore:fetch_arrow_table\(\) is deprecated:DeprecationWarning:ibis\.backends\.duckdb",
)
"""Warnings of what one library uses of another: none of the two is ours to mend."""


def pytest_configure(config: pytest.Config) -> None:
    generated.begin(config)
    for warning in OF_OTHERS:
        config.addinivalue_line("filterwarnings", warning)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_long(item.nodeid):
            item.add_marker(pytest.mark.full)
    generated.made_long(items)
    items.sort(key=lambda item: not any(part in item.nodeid for part in STARTED_FIRST))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is there once all tests are read stays to the end: looking through it for garbage again and again
    was a tenth of a small test."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def quick_apps() -> Iterator[None]:
    """An app costs a third where another one was before it, and nothing waits for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        compiled.use(patch)
        ready.use(patch)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for this process's tests, started by the first one that asks."""
    programs = installed_postgres()
    if programs is None:
        pytest.fail(NO_POSTGRES, pytrace=False)
    with running_postgres(programs) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer) -> str:
    """The superuser's URL of the tests' PostgreSQL."""
    return postgres.url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, empty database: the test runs once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_database_url")
    return url


@pytest.fixture
def sqlite_database_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'fieldpost.db'}"


@pytest.fixture
def postgresql_database_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database, dropped afterwards."""
    with postgres.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def ready_database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database that is up to date, which is quicker to be had than an empty one."""
    url: str = request.getfixturevalue(f"{request.param}_ready_database_url")
    return url


@pytest.fixture(scope="session")
def sqlite_ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that is up to date, to be copied."""
    path = tmp_path_factory.mktemp("ready") / "fieldpost.db"
    path.write_bytes(ready.sqlite_file())
    return path


@pytest.fixture
def sqlite_ready_database_url(sqlite_ready: Path, tmp_path: Path) -> str:
    path = tmp_path / "fieldpost.db"
    shutil.copyfile(sqlite_ready, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgresql_ready(postgres: PostgresServer) -> Iterator[str]:
    """The name of a PostgreSQL database that is up to date, to be copied."""
    with postgres.database() as url:
        ready.bring_up_to_date(url)
        if IN_MONTHS in os.environ:
            divide(url)
        yield url.rpartition("/")[2]


@pytest.fixture(scope="session")
def postgresql_emptied(postgres: PostgresServer, postgresql_ready: str) -> Iterator[Emptied]:
    databases = Emptied(postgres, postgresql_ready)
    yield databases
    databases.close()


@pytest.fixture
def postgresql_ready_database_url(postgresql_emptied: Emptied) -> Iterator[str]:
    with postgresql_emptied.database() as url:
        yield as_the_server(url) if AS_THE_SERVER in os.environ else url


def divide(url: str) -> None:
    """Parts of every table that can have months, around the time of the tests."""
    with closing(Database(url)) as database:
        # In the first turn events get months, in later ones these are closed.
        for moment in (NOON - 40 * DAY, NOON - 40 * DAY, NOON - 10 * DAY):
            Months(database).keep_up(moment, large=0, large_events=0)


@pytest.fixture(scope="session")
def nats_url() -> Iterator[str]:
    """A server of NATS for this process's tests, for `FIELDPOST_STREAM`; what is in it is anybody's."""
    with running_nats() as server:
        yield server.url


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    return a_free_port()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives the browsers; there can be one in a process."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A real Chromium, without what only its windows need, extensions and the cache of whole pages included.

    Make a context of your own in it and close that: contexts share nothing.
    """
    with launched(playwright, browser.without_windows()) as started:
        yield started


@pytest.fixture(scope="session")
def whole_chromium(playwright: Playwright) -> Iterator[Browser]:
    """The Chromium that people have, for what pages do in no other: it takes twice as long."""
    with launched(playwright, browser.installed()) as started:
        yield started


@contextmanager
def launched(playwright: Playwright, program: Path | None) -> Iterator[Browser]:
    if program is None:
        pytest.fail(browser.MISSING, pytrace=False)
    started = playwright.chromium.launch(
        executable_path=program, args=CHROMIUM_ARGUMENTS, ignore_default_args=LEFT_OUT
    )
    yield started
    started.close()


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """The real server on a fresh database, with default settings."""
    with running(database_url, tmp_path) as started:
        yield started


@pytest.fixture
def shop(ready_database_url: str) -> Iterator[Shop]:
    """A whole collector in this process on a fresh database, with a clock of its own."""
    opened = open_shop(ready_database_url)
    yield opened
    opened.store.close()
