"""The doors on both databases: fresh ones for a test, or one pair for a file whose tests leave no trace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.notifuse.doors import Doors, open_doors


@pytest.fixture
def doors(database_url: str) -> Iterator[Doors]:
    opened = open_doors(database_url)
    yield opened
    opened.shop.store.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lasting_doors(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Doors]:
    """The same doors for all tests of a file."""
    if request.param == "sqlite":
        opened = open_doors(f"sqlite:///{tmp_path_factory.mktemp('doors') / 'f.db'}")
        yield opened
        opened.shop.store.close()
        return
    with request.getfixturevalue("postgres").database() as url:
        opened = open_doors(url)
        yield opened
        opened.shop.store.close()
