"""The metrics of a real server with several workers: they are the books, whichever worker is asked."""

from __future__ import annotations

import json
import os
import signal
import threading
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from collector.core.events import VERDICTS
from collector.store.database import Database
from collector.store.ledger import sums
from tests.cast import EVERY_TYPE, order
from tests.servers.client import Client
from tests.servers.commands import fieldpost
from tests.servers.fieldpost import Server, running
from tests.servers.waiting import eventually

THREADS = 6
EACH = 10
FOUR = {"server-1", "worker-1", "worker-2", "worker-3"}


def told(server: Server) -> list[Any]:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=20) as answer:
        text = answer.read().decode()
    return [sample for family in parse(text) for sample in family.samples]


def verdicts(server: Server) -> Counter[str]:
    found: Counter[str] = Counter()
    for sample in told(server):
        if sample.name == "fieldpost_events_total":
            found[sample.labels["verdict"]] += int(sample.value)
    return found


def processes(server: Server) -> set[str]:
    return {sample.labels["process"] for sample in told(server) if "process" in sample.labels}


def workers_of(server: Server) -> list[int]:
    """The processes of the server that are workers, by what they have open."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return [int(one) for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def send_much(server: Server, key: str, name: str) -> None:
    """From several clients at once: new, the same again, wrong ones, and batches."""

    def send(thread: int) -> None:
        client = Client(server.url, key)
        for number in range(EACH):
            event_id = f"{name}-{thread}-{number}"
            client.post("/api/v1/events", order(event_id))
            client.post("/api/v1/events", {"events": [order(event_id), order(event_id, data={"total": "x"})]})

    threads = [threading.Thread(target=send, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def books(database_url: str) -> dict[str, int]:
    database = Database(database_url)
    try:
        return {name: count for name, count in sums(database, "shop").items() if name in VERDICTS}
    finally:
        database.close()


def prepared(folder: Path, database: str) -> str:
    fieldpost(folder, database, "section", "create", "Shop")
    (folder / "events.json").write_text(json.dumps(EVERY_TYPE))
    fieldpost(folder, database, "definition", "apply", "events.json")
    key: str = fieldpost(folder, database, "key", "create", "--name", "till")["key"]
    return key


@pytest.mark.full
def test_several_workers_are_counted_together_and_one_that_is_killed_too(
    postgresql_database_url: str, tmp_path: Path
) -> None:
    key = prepared(tmp_path, postgresql_database_url)
    with running(postgresql_database_url, tmp_path, workers=3) as server:
        send_much(server, key, "before")
        assert dict(verdicts(server)) == books(postgresql_database_url)
        assert processes(server) == FOUR
        before = workers_of(server)
        os.kill(before[0], signal.SIGKILL)
        assert eventually(lambda: len(workers_of(server)) == 3 and workers_of(server) != before)
        assert verdicts(server) == books(postgresql_database_url)
        send_much(server, key, "after")
        assert verdicts(server) == books(postgresql_database_url)
        assert eventually(lambda: processes(server) == FOUR)


def test_requests_of_a_real_server_are_counted_by_door_and_status(
    sqlite_ready_database_url: str, tmp_path: Path
) -> None:
    key = prepared(tmp_path, sqlite_ready_database_url)
    with running(sqlite_ready_database_url, tmp_path) as server:
        send_much(server, key, "once")
        Client(server.url).get("/api/v1/events")
        counted = {
            (sample.labels["door"], sample.labels["status"]): sample.value
            for sample in told(server)
            if sample.name == "fieldpost_requests_total"
        }
        assert counted["api", "200"] == 2 * THREADS * EACH
        assert counted["api", "401"] == 1
        assert dict(verdicts(server)) == books(sqlite_ready_database_url)
        # The jobs run beside the workers, and are counted with them.
        assert eventually(lambda: any(_ran(sample) for sample in told(server)))


def _ran(sample: Any) -> bool:
    return sample.name == "fieldpost_job_due_timestamp_seconds"
