"""`fieldpost doctor --hostile` and a server that passes events on: it says so, and leaves nothing behind."""

from __future__ import annotations

import subprocess

import pytest

from tests.faults.shop import Shop
from tests.servers.client import Client
from tests.servers.commands import fieldpost
from tests.servers.fieldpost import COMMAND, environment
from tests.servers.nats import NatsServer
from tests.servers.worker import running_worker


@pytest.mark.full
def test_a_server_that_cannot_say_what_became_of_an_event_is_refused(shop: Shop, nats: NatsServer) -> None:
    fieldpost(shop.folder, shop.database, "section", "create", "Hostile")
    made = ("key", "create", "--section", "hostile", "--name", "doctor")
    key = fieldpost(shop.folder, shop.database, *made)["key"]
    server = shop.serve(stream=nats.url)
    with running_worker(shop.database, nats.url, shop.folder):
        words = [*COMMAND, "doctor", "--hostile", server.url, "--key", key, "--yes", "--rate", "1000"]
        done = subprocess.run(words, env=environment(), capture_output=True, text=True, timeout=120)
        listed = Client(server.url, key).get("/api/v1/definitions").document
        person = Client(server.url, key).get("/api/v1/profiles/crm_id/hostile-somebody")
    server.stop()
    assert (done.returncode, "passes events on to a stream" in done.stderr) == (1, True)
    assert (listed["definitions"], person.status) == ([], 404)
