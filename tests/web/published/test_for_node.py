"""The published libraries for Node, unmodified: only their host and their key are given."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.core.fields import format_timestamp
from collector.core.permissions import Key
from tests.cast import Shop
from tests.environment.node import Missing, node, with_libraries
from tests.servers.wire import Wire, listening
from tests.web.segment_io.messages import define_all

pytestmark = [
    pytest.mark.full,
    pytest.mark.parametrize("ready_database_url", ["sqlite"], indirect=True),
]

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def libraries() -> Path:
    try:
        return with_libraries()
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def key(shop: Shop) -> Key:
    define_all(shop)
    return shop.key("Shop's server")


@pytest.fixture
def wire(shop: Shop, key: Key) -> Iterator[Wire]:
    with listening(Wire(shop.app)) as started:
        yield started


def said_by(script: str, libraries: Path, *arguments: str) -> Any:
    """What a script prints: JSON."""
    done = subprocess.run(
        [node(), str(HERE / script), str(libraries), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def events(shop: Shop, key: Key, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.get(key, "/api/v1/events", event=name).get_json()["events"]
    return found


@pytest.mark.parametrize("script", ["segment.mjs", "rudderstack.mjs"])
def test_what_a_library_sends_arrives(shop: Shop, key: Key, wire: Wire, libraries: Path, script: str) -> None:
    assert said_by(script, libraries, wire.url, shop.secrets[key.id]) == []
    stored = events(shop, key, "order_completed")
    assert {str(one["data"]["total"]) for one in stored} == {"1", "149.99", "2"}
    assert len({one["profile"] for one in stored}) == 1, "whoever it was before and after is one"
    person = shop.get(key, "/api/v1/profiles/email/alice@example.com").get_json()
    assert person["attributes"] == {"plan": "pro"}
    assert [one["data"] for one in events(shop, key, "pricing")] == [{"plan": "pro"}]
    refused = shop.get(key, "/api/v1/rejections").get_json()["rejections"]
    assert [one["event_id"] for one in refused] == ["m-3"]


@pytest.mark.parametrize("script", ["segment.mjs", "rudderstack.mjs"])
def test_what_is_answered_503_is_sent_again_and_stored_once(
    shop: Shop, key: Key, wire: Wire, libraries: Path, script: str
) -> None:
    wire.refused_at_first = 1
    assert said_by(script, libraries, wire.url, shop.secrets[key.id]) == []
    assert wire.statuses[0] == "503"
    assert set(wire.statuses[1:]) == {"200"}
    assert len(events(shop, key, "order_completed")) == 3


def test_the_cloudevents_sdk_is_understood_in_both_modes(
    shop: Shop, key: Key, wire: Wire, libraries: Path
) -> None:
    noon = format_timestamp(shop.clock.now())
    assert said_by("cloudevents.mjs", libraries, wire.url, shop.secrets[key.id], noon) == [200, 200]
    stored = events(shop, key, "order_completed")
    assert {one["id"] for one in stored} == {"binary", "structured"}
    assert [one["identifiers"] for one in stored] == [{"email": "alice@example.com"}] * 2
    assert [one["source"] for one in stored] == ["/till"] * 2
