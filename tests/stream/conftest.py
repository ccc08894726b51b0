"""What the tests of the stream may ask for: a server of NATS, and a shop whose events go through it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.shop import Shop, new_shop
from tests.servers.nats import NatsServer, running_nats


@pytest.fixture
def nats() -> Iterator[NatsServer]:
    """A server of NATS with nothing in it."""
    with running_nats() as server:
        yield server


@pytest.fixture
def shop(postgresql_ready_database_url: str, tmp_path: Path) -> Shop:
    """An installation on PostgreSQL, to be served with `stream=…`."""
    return new_shop(tmp_path, postgresql_ready_database_url)
