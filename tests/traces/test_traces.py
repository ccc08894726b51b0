"""Traces of a real server, as a receiver of OTLP gets them: what belongs together, and nobody in it."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cast import EVERY_TYPE, ORDER, open_shop, order
from tests.journeys import test_logs
from tests.servers.client import Client, Heard
from tests.servers.fieldpost import Server, running
from tests.servers.otlp import Kept, Receiver, receiving
from tests.servers.ports import free_port
from tests.servers.receiver import receiver as receiver_of_webhooks
from tests.servers.waiting import eventually

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{CALLER}-01"
NUMBERS = itertools.count()
SOON = {"otel_bsp_schedule_delay": 50}
BROWSER = {"User_Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/153.0"}
PAGE = {"Origin": "https://shop.example", **BROWSER}


@dataclass
class Place:
    """A server that sends its spans to `receiver`."""

    server: Server
    receiver: Receiver
    key: str
    definition: str

    def ask(self, method: str, path: str, document: object = None, **headers: str) -> Heard:
        return Client(self.server.url, self.key).ask(method, path, document, **headers)

    def all_named(self, name: str, least: int = 1) -> list[Kept]:
        found = eventually(lambda: [*self.receiver.named(name)] if self._have(name, least) else [])
        assert found, sorted({one.name for one in self.receiver.spans})
        return found

    def one_named(self, name: str) -> Kept:
        return self.all_named(name)[0]

    def _have(self, name: str, least: int) -> bool:
        return len(self.receiver.named(name)) >= least


def prepared(database: str) -> str:
    """The secret of a key of a shop with a definition."""
    shop = open_shop(database)
    shop.define(EVERY_TYPE)
    secret = shop.secrets[shop.key().id]
    shop.store.close()
    return secret


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_of_all(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if request.param == "postgresql":
        with request.getfixturevalue("postgresql_emptied").database() as url:
            yield url
    else:
        path = tmp_path_factory.mktemp("traced") / "fieldpost.db"
        shutil.copyfile(request.getfixturevalue("sqlite_ready"), path)
        yield f"sqlite:///{path}"


@pytest.fixture(scope="module")
def place_of_all(database_of_all: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("server")
    key = prepared(database_of_all)
    with receiving() as receiver:
        settings = {
            **SOON,
            "otel_exporter_otlp_endpoint": receiver.endpoint,
            "otel_resource_attributes": "deployment.environment.name=tests",
            "webhook_networks": "127.0.0.0/8",
        }
        with running(database_of_all, folder, **settings) as server:
            found = Client(server.url, key).get("/api/v1/definitions/order.completed").document
            yield Place(server, receiver, key, found["id"])


@pytest.fixture
def place(place_of_all: Place) -> Place:
    """The server, once the spans of all that was asked before have come: they come in order."""
    before = len(place_of_all.receiver.named("GET /health"))
    place_of_all.ask("GET", "/health")
    place_of_all.all_named("GET /health", before + 1)
    place_of_all.receiver.spans.clear()
    return place_of_all


def fresh() -> str:
    """An id that no event has yet."""
    return f"e{next(NUMBERS)}"


def test_an_event_is_a_request_that_was_judged_and_a_commit_that_carried_it(place: Place) -> None:
    assert place.ask("POST", "/api/v1/events", order(fresh())).status == 200
    asked = place.one_named("POST /api/v1/events")
    judged = place.one_named("judge")
    committed = place.one_named("commit")
    assert asked.kind == "server"
    assert asked.facts == {
        "http.request.method": "POST",
        "fieldpost.door": "api",
        "http.route": "/api/v1/events",
        "http.response.status_code": 200,
    }
    assert (judged.trace, judged.parent, judged.facts) == (asked.trace, asked.id, {"fieldpost.events": 1})
    assert (committed.trace, committed.links) == (asked.trace, {asked.id})
    assert committed.facts == {"fieldpost.requests": 1, "fieldpost.events": 1}
    assert 0 < judged.seconds < asked.seconds
    assert 0 < committed.seconds < asked.seconds
    assert asked.service["service.name"] == "fieldpost"
    assert asked.service["deployment.environment.name"] == "tests"


def test_a_commit_is_linked_to_every_request_that_it_carried(place: Place) -> None:
    for _ in range(8):
        assert place.ask("POST", "/api/v1/events", order(fresh())).status == 200
    asked = {one.id for one in place.all_named("POST /api/v1/events", 8)}
    eventually(lambda: _linked(place) >= asked)
    assert _linked(place) == asked


def test_the_trace_of_an_integration_goes_on(place: Place) -> None:
    place.ask("POST", "/api/v1/events", order(fresh()), Traceparent=TRACEPARENT, Tracestate="shop=secret")
    asked = place.one_named("POST /api/v1/events")
    assert (asked.trace, asked.parent) == (TRACE, CALLER)
    assert {one.trace for one in (place.one_named("judge"), place.one_named("commit"))} == {TRACE}
    assert not any(b"secret" in body for body in place.receiver.bodies)


def test_who_does_not_want_to_be_recorded_is_not(place: Place) -> None:
    place.ask("POST", "/api/v1/events", order(fresh()), Traceparent=TRACEPARENT[:-1] + "0")
    place.ask("GET", "/api/v1/events/order.completed/none")
    place.one_named("GET /api/v1/events/{event_name}/{event_id}")
    assert place.receiver.named("POST /api/v1/events") == []
    assert place.receiver.named("commit") == []


@pytest.mark.parametrize(
    ("headers", "status"), [(PAGE, 200), (BROWSER, 403)], ids=["from a page", "without an origin"]
)
def test_the_trace_of_a_beacon_does_not(place: Place, headers: dict[str, str], status: int) -> None:
    path = f"/b/{place.definition}"
    heard = place.ask("POST", path, {"id": fresh(), "data": ORDER}, Traceparent=TRACEPARENT, **headers)
    assert heard.status == status
    asked = place.one_named("POST /b/{public_id}")
    assert (asked.trace == TRACE, asked.parent) == (False, "")


@pytest.mark.parametrize(
    "given", ["", "00", "00-0-0-01", TRACEPARENT.upper(), f"ff-{TRACE}-{CALLER}-01", "x" * 9_000]
)
def test_a_traceparent_that_is_none_begins_a_trace_of_ours(place: Place, given: str) -> None:
    assert place.ask("POST", "/api/v1/events", order(fresh()), Traceparent=given).status == 200
    asked = place.one_named("POST /api/v1/events")
    assert (asked.trace == TRACE, asked.parent) == (False, "")


def test_routes_are_told_as_templates(place: Place) -> None:
    place.ask("GET", "/api/v1/profiles/email/nobody@example.com")
    place.ask("GET", f"/s/{place.definition}.js")
    eventually(lambda: place.receiver.named("GET /s/{public_id}.js"))
    place.ask("GET", f"/s/{place.definition}.js")
    place.ask("GET", "/no/such/place?who=alice")
    place.ask("BREW", "/")
    assert place.one_named("GET /api/v1/profiles/{kind}/{value}").facts["http.response.status_code"] == 404
    assert len(place.all_named("GET /s/{public_id}.js", 2)) == 2
    assert place.one_named("GET").facts["fieldpost.door"] == "other"
    assert place.one_named("_OTHER").facts["http.response.status_code"] == 405


def test_a_try_to_deliver_a_webhook_is_a_span(place: Place) -> None:
    with receiver_of_webhooks() as hooks:
        made = place.ask(
            "POST", "/api/v1/webhooks", {"name": "shop", "url": hooks.url, "types": ["event.stored"]}
        )
        assert made.status == 201, made.document
        eventually(lambda: _told_after_another(place, hooks.received))
        assert hooks.received
        assert "traceparent" not in hooks.received[0].headers
    told = place.one_named("webhook")
    assert (told.kind, told.parent, told.is_error) == ("client", "", False)
    assert told.facts == {
        "http.request.method": "POST",
        "http.request.resend_count": 0,
        "http.response.status_code": 204,
    }


def _linked(place: Place) -> set[str]:
    return {link for one in place.receiver.named("commit") for link in one.links}


def _told_after_another(place: Place, received: list[object]) -> bool:
    """The list of webhooks is believed for two seconds: another event is sent until one is told."""
    if not received:
        place.ask("POST", "/api/v1/events", order(f"w{time.monotonic_ns()}"))
    return bool(received)


def test_a_receiver_that_is_away_holds_up_nothing(sqlite_ready_database_url: str, tmp_path: Path) -> None:
    key = prepared(sqlite_ready_database_url)
    nobody = f"http://127.0.0.1:{free_port()}"
    settings = {**SOON, "otel_exporter_otlp_endpoint": nobody, "otel_bsp_max_queue_size": 512}
    with running(sqlite_ready_database_url, tmp_path, **settings) as server:
        client = Client(server.url, key)
        heard = [client.ask("POST", "/api/v1/events", order(str(number))).status for number in range(200)]
        assert heard == [200] * 200
        assert client.get("/api/v1/events?limit=500").document["events"].__len__() == 200
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 8
    assert "alice" not in server.log.read_text()


def test_what_is_left_is_sent_at_the_end(sqlite_ready_database_url: str, tmp_path: Path) -> None:
    key = prepared(sqlite_ready_database_url)
    with receiving() as receiver:
        endpoint = {"otel_exporter_otlp_traces_endpoint": f"{receiver.endpoint}/v1/traces"}
        with running(
            sqlite_ready_database_url, tmp_path, otel_bsp_schedule_delay=60_000, **endpoint
        ) as server:
            Client(server.url, key).ask("POST", "/api/v1/events", order(fresh()))
            assert receiver.spans == []
        assert len(receiver.named("POST /api/v1/events")) == 1


def test_nobody_is_in_a_span_whatever_is_sent_and_whatever_fails(place: Place, database_of_all: str) -> None:
    marked = test_logs.Place(
        place.server, Path(database_of_all.removeprefix("sqlite:///")), place.key, place.definition
    )
    heard = test_logs.through_every_door(marked)
    assert max(one.status for one in heard) < 500
    if database_of_all.startswith("sqlite"):
        marked.change("ALTER TABLE ledger RENAME TO elsewhere")
        assert {one.status for one in test_logs.through_every_door(marked)} >= {503}
        marked.change("ALTER TABLE elsewhere RENAME TO ledger")
        failed = [one for one in place.all_named("commit") if one.is_error]
        assert {one.facts["error.type"] for one in failed} == {"Problem"}
    place.ask("GET", "/health")
    place.one_named("GET /health")
    assert place.receiver.bodies
    marks = (*test_logs.TRACES, "example.com", "alice", "shop.example", place.definition)
    assert [mark for mark in marks for body in place.receiver.bodies if mark.encode() in body] == []
