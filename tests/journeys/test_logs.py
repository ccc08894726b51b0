"""The log of a real server: whatever is sent and whatever fails, nobody is in it; refusals are found."""

from __future__ import annotations

import base64
import json
import sqlite3
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cast import EVERY_TYPE, ORDER, order
from tests.servers.client import Client, Heard
from tests.servers.commands import fieldpost
from tests.servers.fieldpost import Server, running
from tests.servers.waiting import eventually

MARK = "markedperson"
MAIL = f"{MARK}@example.com"
WHO = {"email": MAIL, "crm_id": f"crm-{MARK}"}
HEADERS = {
    "User_Agent": f"Mozilla/5.0 {MARK}",
    "Referer": f"https://shop.example/account/{MARK}?mail={MAIL}",
    "X_Forwarded_For": "203.0.113.77",
    "Cookie": f"fieldpost_session={MARK}",
    "X_Request_Id": f"{MARK}-0123456789",
}
ASKED_BY_THE_FIXTURE = 2  # whether it is ready, and which definition there is
TRACES = (MARK, "203.0.113.77", "fp_")


@dataclass
class Place:
    """A server whose access log is on, on a SQLite file."""

    server: Server
    file: Path
    key: str
    definition: str

    def log(self) -> list[dict[str, Any]]:
        lines = self.server.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def change(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.file, timeout=20)) as database, database:
            for statement in statements:
                database.execute(statement)

    def ask(self, method: str, path: str, document: Any = None, key: str | None = None, **more: str) -> Heard:
        return Client(self.server.url, key or self.key).ask(method, path, document, **HEADERS, **more)


@pytest.fixture
def place(sqlite_ready_database_url: str, tmp_path: Path) -> Iterator[Place]:
    database = sqlite_ready_database_url
    file = Path(database.removeprefix("sqlite:///"))
    fieldpost(tmp_path, database, "section", "create", "Shop")
    (tmp_path / "events.json").write_text(json.dumps(EVERY_TYPE))
    fieldpost(tmp_path, database, "definition", "apply", "events.json")
    key = fieldpost(tmp_path, database, "key", "create", "--name", f"till of {MARK}")["key"]
    with running(database, tmp_path, access_log="on", log_level="debug") as server:
        found = Client(server.url, key).get("/api/v1/definitions/order.completed").document
        yield Place(server, file, key, found["id"])


def through_every_door(place: Place) -> list[Heard]:
    """Good and bad at each door, with somebody marked in body, address and headers."""
    wrong = {"total": MAIL, "currency": MARK, MARK: MAIL}
    basic = "Basic " + base64.b64encode(f"{place.key}:".encode()).decode()
    track = {"event": "order.completed", "userId": MAIL, "messageId": MARK, "properties": wrong}
    cloud = {
        "specversion": "1.0",
        "id": MARK,
        "source": f"/{MARK}",
        "type": "order.completed",
        "subject": MAIL,
        "data": wrong,
    }
    mail = urllib.parse.quote(MAIL)
    origin = {"Origin": "https://shop.example"}
    ask = place.ask
    return [
        ask("POST", "/api/v1/events", order("1", identifiers=WHO)),
        ask("POST", "/api/v1/events", order(MARK, identifiers=WHO, data=wrong)),
        ask("POST", "/api/v1/events", {"events": [order("2", identifiers={"email": MARK}), MARK, None]}),
        ask("POST", "/api/v1/events", order("3"), key=f"fp_{MARK}"),
        ask("GET", f"/api/v1/events?event={MARK}&limit={MAIL}"),
        ask("GET", f"/api/v1/profiles/email/{mail}"),
        ask("GET", f"/api/v1/profiles/{MARK}/{mail}"),
        ask("POST", "/api/v1/profiles/lookup", {"email": MAIL, MARK: 1}),
        ask("POST", f"/b/{place.definition}", {"id": "w1", "data": ORDER, "identifiers": WHO}, **origin),
        ask("POST", f"/b/{place.definition}", {"id": MARK, "data": wrong, "token": MARK}, **origin),
        ask("POST", f"/b/{MARK}", {"id": MARK}),
        ask("GET", f"/b/{place.definition}.gif?id={MARK}&data.total={mail}&email={mail}"),
        ask("POST", "/api/customEvents.upsert", {"workspace_id": "shop", "email": MAIL, "event_name": MARK}),
        ask("POST", "/v1/track", track, Authorization=basic),
        ask("POST", "/v1/identify", {"userId": MARK, "traits": {"email": MARK}}, Authorization=basic),
        ask("POST", "/api/cloudevents", cloud, Content_Type="application/cloudevents+json"),
        ask("POST", "/oauth/token", {"client_id": MARK, "client_secret": MAIL}),
        ask("GET", f"/audience/profiles/{MARK}/{mail}"),
        ask("POST", "/sign-in", f"email={mail}&password={MARK}"),
        ask("GET", f"/sign-in/{MARK}"),
        ask("GET", f"/{mail}?who={mail}"),
        ask("GET", "/metrics", Authorization=f"Bearer {MARK}"),
        ask("BREW", f"/{mail}"),
    ]


def test_nobody_is_in_the_log_whatever_is_sent(place: Place) -> None:
    heard = through_every_door(place)
    assert max(one.status for one in heard) < 500
    asked = len(heard) + ASKED_BY_THE_FIXTURE
    eventually(lambda: len(_accesses(place)) >= asked)
    assert len(_accesses(place)) == asked
    _expect_nobody(place)


@pytest.mark.full
def test_nobody_is_in_the_log_whatever_fails(place: Place) -> None:
    place.ask("POST", "/api/v1/events", order("1", identifiers=WHO))
    place.change(f"UPDATE event SET identifiers = '{MAIL} is no JSON', data = '{MARK}'")
    shown = [
        place.ask("GET", "/api/v1/events/order.completed/1"),
        place.ask("GET", f"/api/v1/profiles/email/{urllib.parse.quote(MAIL)}/timeline"),
        place.ask("POST", "/api/v1/events", order("1", identifiers=WHO, occurred_at="2026-11-01T00:00:00Z")),
    ]
    assert max(one.status for one in shown) == 500
    assert any("failure" in line for line in place.log())
    place.change("ALTER TABLE ledger RENAME TO elsewhere")
    heard = through_every_door(place)
    assert {one.status for one in heard} >= {503}
    place.change("ALTER TABLE elsewhere RENAME TO ledger")
    _expect_nobody(place)
    assert place.ask("POST", "/api/v1/events", order("9", identifiers=WHO)).status == 200


def test_a_refusal_is_found_in_the_log_by_its_id(place: Place) -> None:
    place.change("ALTER TABLE ledger RENAME TO elsewhere")
    refused = place.ask("POST", "/api/v1/events", order("1"))
    place.change("ALTER TABLE elsewhere RENAME TO ledger")
    name = refused.headers["x-request-id"]
    found = eventually(lambda: [line for line in place.log() if line.get("request_id") == name])
    assert refused.status == 503
    assert {line["logger"] for line in found} >= {"collector.web.problems"}
    good = place.ask("POST", "/api/v1/events", order("2"))
    assert (good.status, good.headers["x-request-id"] == name) == (200, False)
    page = {"Origin": "https://shop.example"}
    beacon = {"id": "w1", "data": ORDER}
    assert "x-request-id" not in place.ask("POST", f"/b/{place.definition}", beacon, **page).headers
    assert "x-request-id" in place.ask("POST", f"/b/{place.definition}", {"id": "w2", "data": {}}).headers


def _accesses(place: Place) -> list[dict[str, Any]]:
    return [line for line in place.log() if line["logger"] == "collector.access"]


def _expect_nobody(place: Place) -> None:
    text = place.server.log.read_text()
    assert [line for line in text.splitlines() if any(trace in line for trace in TRACES)] == []
