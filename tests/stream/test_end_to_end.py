"""From a client through collector, stream and worker into the database: real processes, real servers."""

from __future__ import annotations

import json

from tests.faults.load import loaded
from tests.faults.shop import Shop
from tests.faults.test_kill import _wait_for_more, require_nothing_lost
from tests.servers.nats import NatsServer
from tests.servers.waiting import eventually
from tests.servers.worker import running_worker
from tests.stream.looking import count_in, is_empty


def test_what_was_queued_is_stored_once_and_the_books_balance(shop: Shop, nats: NatsServer) -> None:
    server = shop.serve(stream=nats.url)
    with running_worker(shop.database, nats.url, shop.folder), loaded(shop) as load:
        _wait_for_more(load, 200)
        load.stop()
        assert eventually(lambda: is_empty(nats.url))
    server.stop()
    assert set(load.told.statuses) == {202}
    require_nothing_lost(shop, load)


def test_a_worker_that_comes_later_finds_everything(shop: Shop, nats: NatsServer) -> None:
    server = shop.serve(stream=nats.url)
    with loaded(shop) as load:
        _wait_for_more(load, 50)
    server.stop()
    assert shop.stored() == set()
    assert count_in(nats.url) > 0
    with running_worker(shop.database, nats.url, shop.folder):
        assert eventually(lambda: is_empty(nats.url))
    require_nothing_lost(shop, load)
    assert json.dumps(sorted(shop.stored())) is not None
