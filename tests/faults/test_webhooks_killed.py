"""Webhooks of a server that is killed: what was acknowledged is told, maybe twice under the same id."""

from __future__ import annotations

import json
import socket
import threading
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.faults.load import loaded
from tests.faults.shop import Shop, new_shop
from tests.servers.fieldpost import Server
from tests.servers.ports import free_port
from tests.servers.receiver import GOOD, Receiver, answer, receiver
from tests.servers.waiting import eventually

HERE = "127.0.0.0/8"


def post(shop: Shop, path: str, body: Any) -> Any:
    request = urllib.request.Request(f"{shop.url}/api/v1/{path}", json.dumps(body).encode())
    request.add_header("Authorization", f"Bearer {shop.key}")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=20) as answered:
        return json.loads(answered.read())


def told(one: Receiver) -> set[str]:
    return {request.told["data"]["event"]["id"] for request in list(one.received)}


@pytest.mark.full
def test_a_delivery_that_was_not_noted_is_told_again_under_the_same_id(
    ready_database_url: str, tmp_path: Path
) -> None:
    shop = new_shop(tmp_path, ready_database_url)
    servers: list[Server] = []

    def dies(connection: socket.socket, ending: threading.Event) -> None:
        servers[0].kill()
        connection.sendall(GOOD)

    with receiver(dies, GOOD) as one:
        servers.append(shop.serve(webhook_networks=HERE))
        post(shop, "webhooks", {"name": "Partner", "url": one.url})
        eventually(lambda: _is_told_of(shop, one, "a"))
        again = shop.serve(webhook_networks=HERE)
        assert eventually(lambda: len(one.received) >= 2)
        again.stop()
    first, second = one.received[:2]
    assert first.id == second.id
    assert first.body == second.body


def _is_told_of(shop: Shop, one: Receiver, event_id: str) -> bool:
    """A server believes for two seconds that there is no webhook."""
    if not one.received:
        try:
            post(shop, "events", shop.event(f"{event_id}-{len(shop.stored())}"))
        except OSError:
            return True
    return bool(one.received)


def test_what_was_acknowledged_before_a_kill_is_told_after_it(
    ready_database_url: str, tmp_path: Path
) -> None:
    shop = new_shop(tmp_path, ready_database_url)
    with receiver(answer(503), GOOD) as one:
        server = shop.serve(webhook_networks=HERE)
        post(shop, "webhooks", {"name": "Partner", "url": one.url})
        eventually(lambda: _is_told_of(shop, one, "first"))
        # It pauses now: nothing of this is on its way when the server is killed.
        with loaded(shop) as load:
            assert eventually(lambda: load.told.acknowledged.total() > 20)
            server.kill()
        acknowledged = {event_id for event_id in load.told.acknowledged if not event_id.startswith("web:")}
        assert len(told(one)) <= 1
        server = shop.serve(webhook_networks=HERE)
        assert eventually(lambda: acknowledged <= told(one))
        server.stop()
    ids = {(request.id, request.told["data"]["event"]["id"]) for request in one.received}
    assert len(ids) == len(told(one))


@pytest.mark.full
def test_two_servers_on_one_database_tell_each_event_once(
    postgresql_ready_database_url: str, tmp_path: Path
) -> None:
    shop = new_shop(tmp_path, postgresql_ready_database_url)
    with receiver(GOOD) as one:
        beside = replace(shop, port=free_port())
        servers = [each.serve(webhook_networks=HERE) for each in (shop, beside)]
        post(shop, "webhooks", {"name": "Partner", "url": one.url})
        eventually(lambda: _is_told_of(shop, one, "first"))
        with loaded(shop) as load, loaded(beside, name="beside") as other:
            assert eventually(
                lambda: min(load.told.acknowledged.total(), other.told.acknowledged.total()) > 100
            )
        acknowledged = {*load.told.acknowledged, *other.told.acknowledged}
        wanted = {event_id for event_id in acknowledged if not event_id.startswith("web:")}
        assert eventually(lambda: wanted <= told(one))
        for server in servers:
            server.stop()
    ids = [request.id for request in one.received]
    assert len(ids) == len(set(ids))
