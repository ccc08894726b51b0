"""Traces of an event that goes through a stream: from the request of a collector into a worker's commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cast import order
from tests.servers.client import Client
from tests.servers.fieldpost import running
from tests.servers.nats import running_nats
from tests.servers.otlp import receiving
from tests.servers.waiting import eventually
from tests.servers.worker import running_worker
from tests.traces.test_traces import SOON, prepared


@pytest.mark.full
def test_a_worker_goes_on_with_the_trace_of_the_request(
    postgresql_ready_database_url: str, tmp_path: Path
) -> None:
    database, key = postgresql_ready_database_url, prepared(postgresql_ready_database_url)
    with running_nats() as nats, receiving() as receiver:
        settings = {**SOON, "otel_exporter_otlp_endpoint": receiver.endpoint}
        with (
            running(database, tmp_path, stream=nats.url, **settings) as server,
            running_worker(database, nats.url, tmp_path, **settings, otel_service_name="storing"),
        ):
            heard = Client(server.url, key).ask("POST", "/api/v1/events", order("1"))
            assert heard.status == 202
            assert eventually(lambda: receiver.named("POST /api/v1/events"))
            [asked] = receiver.named("POST /api/v1/events")
            assert eventually(lambda: [one for one in receiver.named("publish") if asked.id in one.links])
            [published] = [one for one in receiver.named("publish") if asked.id in one.links]
            assert eventually(lambda: [one for one in receiver.named("store") if published.id in one.links])
            [stored] = [one for one in receiver.named("store") if published.id in one.links]
    assert (published.trace, published.parent) == (asked.trace, asked.id)
    # What /ready has put into the stream may have shared its transaction, and come first.
    assert (stored.kind, stored.parent in stored.links) == ("consumer", True)
    assert stored.facts["messaging.batch.message_count"] == len(stored.links)
    assert (asked.service["service.name"], stored.service["service.name"]) == ("fieldpost", "storing")
