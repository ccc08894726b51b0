"""The doors on both databases: a file's tests share one collector, each at the cast's noon."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from tests.cast import NOON
from tests.web.notifuse.doors import Doors, open_doors


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def opened_doors(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    if request.param == "sqlite":
        opened = open_doors(f"sqlite:///{tmp_path_factory.mktemp('doors') / 'f.db'}")
        yield opened
        opened.shop.store.close()
        return
    template = request.getfixturevalue("postgresql_ready")
    with request.getfixturevalue("postgres").database(template) as url:
        opened = open_doors(url)
        yield opened
        opened.shop.store.close()


@pytest.fixture
def lasting_doors(opened_doors: Doors) -> Doors:
    """Those of the section `shop`, for tests that do not mind what others of the file have stored there."""
    opened_doors.shop.clock.moment = NOON
    return opened_doors


@pytest.fixture
def doors(opened_doors: Doors) -> Doors:
    """Those of a section of the test's own."""
    return opened_doors.in_new_section(f"Section {secrets.token_hex(6)}")
