"""`/metrics`: what it tells, to whom, and that the documentation says the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import peewee
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse
from werkzeug.test import TestResponse

from collector.core.events import VERDICTS
from collector.metrics.table import COUNTED, EVENT_DOORS, REQUEST_DOORS
from collector.settings import BadSettings, Settings
from collector.web.doors import Doors
from collector.web.pages.shown import DOORS
from tests.cast import EVERY_TYPE, ORDER, Shop, open_shop, order

MONITORING = Path(__file__).resolve().parents[2] / "docs" / "monitoring.md"
TOKEN = "a-token-of-the-operators"
HERE = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture
def ready_database_url(sqlite_ready_database_url: str) -> str:
    return sqlite_ready_database_url


@pytest.fixture
def guarded(ready_database_url: str) -> Iterator[Shop]:
    opened = open_shop(ready_database_url, metrics_token=TOKEN)
    yield opened
    opened.store.close()


def ask(shop: Shop, environ: Mapping[str, Any] = HERE, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return shop.client.get("/metrics", environ_overrides=dict(environ), headers=named)


def numbers(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parse(text)
        for sample in family.samples
    }


def events(shop: Shop, door: str, verdict: str) -> float:
    found = numbers(ask(shop).text)
    return found["fieldpost_events_total", frozenset({("door", door), ("verdict", verdict)})]


def test_verdicts_are_counted_by_door(shop: Shop) -> None:
    key, definition = shop.key(), shop.define(EVERY_TYPE)
    before = {
        place: events(shop, *place)
        for place in (("api", "stored"), ("api", "duplicate"), ("api", "rejected"), ("beacon", "stored"))
    }
    shop.send(key, order("1"), order("2"), order("1"))
    shop.send(key, order("3", data={"total": "x"}))
    shop.beacon(definition.id, {"id": "w1", "data": ORDER})
    after = {place: events(shop, *place) - count for place, count in before.items()}
    assert after == {
        ("api", "stored"): 2,
        ("api", "duplicate"): 1,
        ("api", "rejected"): 1,
        ("beacon", "stored"): 1,
    }


def test_refusals_are_counted_by_code(shop: Shop) -> None:
    def count(code: str) -> float:
        return numbers(ask(shop).text)["fieldpost_refusals_total", frozenset({("code", code)})]

    missing, invalid = count("key-missing"), count("payload-invalid")
    key = shop.key()
    shop.define(EVERY_TYPE)
    shop.client.get("/api/v1/events")
    shop.send(key, order("1", data={}))
    assert (count("key-missing") - missing, count("payload-invalid") - invalid) == (1, 1)


def test_the_store_is_told_of_and_its_silence_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert numbers(ask(shop).text)["fieldpost_database_up", frozenset()] == 1
    assert numbers(ask(shop).text)["fieldpost_database_size_bytes", frozenset()] > 0
    shop.clock.forward(3)

    def gone(*_: object, **__: object) -> None:
        raise peewee.OperationalError("gone")

    monkeypatch.setattr(shop.store.database.peewee, "connect", gone)
    answer = ask(shop)
    assert answer.status_code == 200
    assert numbers(answer.text)["fieldpost_database_up", frozenset()] == 0
    assert "fieldpost_database_size_bytes" not in answer.text


def test_the_metrics_are_those_of_the_documentation(shop: Shop) -> None:
    told = {}
    for family in parse(ask(shop).text):
        is_counter = family.type == "counter"
        labels = {name for sample in family.samples for name in sample.labels} - {"le"}
        told[family.name + "_total" * is_counter] = (family.type, family.documentation, labels)
    documented = {}
    for row in re.findall(r"^\| `(fieldpost_\w+)` \| (.*) \|$", MONITORING.read_text(), re.M):
        kind, labels, meaning = row[1].split("|")
        names = {name.strip() for name in labels.split(",") if name.strip()}
        documented[row[0]] = (kind.strip(), meaning.strip(), names)
    bare = {name for name, (_, _, labels) in told.items() if not labels}
    for name in bare & documented.keys():
        # A job that has never been planned, and a request that has not been counted, have no series.
        told[name] = (*told[name][:2], documented[name][2])
    assert told == documented


def test_names_follow_the_conventions_of_prometheus(shop: Shop) -> None:
    for metric in COUNTED:
        assert re.fullmatch(r"fieldpost(_[a-z]+)+", metric.name)
        assert not metric.name.endswith(("_total", "_count", "_sum", "_bucket", "_milliseconds"))
        assert metric.meaning.endswith(".")
        assert list(metric.bounds) == sorted(metric.bounds)


def test_openmetrics_is_given_to_who_asks_for_it(shop: Shop) -> None:
    answer = ask(shop, Accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert any(family.name == "fieldpost_events" for family in parse_openmetrics(answer.text))


def test_histograms_grow_with_their_bounds(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    shop.send(shop.key(), order("1"))
    family = next(one for one in parse(ask(shop).text) if one.name == "fieldpost_commit_events")
    buckets = [sample.value for sample in family.samples if sample.name.endswith("_bucket")]
    count = next(sample.value for sample in family.samples if sample.name.endswith("_count"))
    assert buckets == sorted(buckets)
    assert buckets[-1] == count > 0


def test_this_machine_may_read_it_and_nobody_else(shop: Shop) -> None:
    for address in ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"):
        assert ask(shop, {"REMOTE_ADDR": address}).status_code == 200
    for address in ("10.0.0.1", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "", "localhost"):
        assert ask(shop, {"REMOTE_ADDR": address}).status_code == 401
    for header in ("X_Forwarded_For", "Forwarded", "X_Real_IP", "Via", "X_Forwarded_Host"):
        assert ask(shop, **{header: "127.0.0.1"}).status_code == 401


@pytest.mark.parametrize("setting", [{"public_url": "https://fp.example"}, {"trusted_proxies": 1}])
def test_where_there_is_a_proxy_nobody_is_this_machine(
    ready_database_url: str, setting: dict[str, Any]
) -> None:
    shop = open_shop(ready_database_url, **setting)
    assert ask(shop).status_code == 401
    shop.store.close()


def test_with_a_token_only_the_token_opens_it(guarded: Shop) -> None:
    assert ask(guarded, {"REMOTE_ADDR": "192.0.2.1"}, Authorization=f"Bearer {TOKEN}").status_code == 200
    refused = ask(guarded)
    assert (refused.status_code, refused.get_json()["code"]) == (401, "key-missing")
    key = guarded.key()
    for wrong in (f"Bearer {TOKEN}x", TOKEN, "Bearer ", f"Bearer {guarded.secrets[key.id]}", "Bearer é"):
        assert ask(guarded, Authorization=wrong).get_json()["code"] == "key-invalid"


def test_a_bad_token_stops_the_start_and_is_not_repeated() -> None:
    for bad in ("short", "with blanks in it, see", "x" * 257):
        with pytest.raises(BadSettings) as told:
            Settings.from_environment({"FIELDPOST_METRICS_TOKEN": bad})
        assert bad not in str(told.value)
    assert TOKEN not in repr(Settings(metrics_token=TOKEN))


def test_every_door_of_events_is_counted_under_its_name() -> None:
    assert set(DOORS) <= set(EVENT_DOORS)
    assert "queued" in VERDICTS


@pytest.mark.parametrize(
    ("path", "door"),
    [
        ("/b/02spwwpmg4000", "beacon"),
        ("/b/02spwwpmg4000.gif", "pixel"),
        ("/b/02spwwpmg4000.js", "snippet"),
        ("/b/editor/drafts", "editor"),
        ("/shop/data/02spwwpmg4000", "beacon"),
        ("/s/02spwwpmg4000.js", "snippet"),
        ("/api/v1/events", "api"),
        ("/api/docs", "api"),
        ("/api/cloudevents", "cloudevents"),
        ("/api/customEvents.upsert", "notifuse"),
        ("/api/segments.list", "notifuse"),
        ("/v1/batch", "segment"),
        ("/audience/profiles", "apsis"),
        ("/oauth/token", "apsis"),
        ("/", "pages"),
        ("/sections/shop/live", "pages"),
        ("/ready", "server"),
        ("/metrics", "server"),
        ("/wp-login.php", "other"),
        ("", "pages"),
        ("//", "pages"),
    ],
)
def test_a_request_is_counted_at_its_door(path: str, door: str) -> None:
    assert Doors(Settings(beacon_path="/shop/data")).of(path) == door
    assert door in REQUEST_DOORS
