"""The published libraries for Python, unmodified: only their host and their key are given.

And, but for the real server, that they gather for a shorter time before they send: their own half a second is
waited for twice by each test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

from collector.core.permissions import Key
from tests.cast import Shop, open_shop
from tests.servers.fieldpost import running
from tests.servers.wire import Wire, listening
from tests.web.segment_io.messages import define_all

pytestmark = pytest.mark.parametrize("ready_database_url", ["sqlite"], indirect=True)
"""What the doors make of what they hear is tested on both databases; here it is what the libraries send."""

SOON = {"upload_interval": 0.02}
ANONYMOUS = "0b8dc4a2-5f0f-4d3e-9c55-6f1f8f0f8a11"


class Library(Protocol):
    """What both libraries can do."""

    def track(self, user_id: Any, event: str, properties: dict[str, Any], **members: Any) -> Any: ...
    def identify(self, user_id: Any, traits: dict[str, Any], **members: Any) -> Any: ...
    def page(self, user_id: Any, category: Any, name: str, properties: dict[str, Any]) -> Any: ...
    def alias(self, previous_id: Any, user_id: Any) -> Any: ...
    def shutdown(self) -> None: ...


Failures = list[tuple[Exception, list[Any]]]
Made = Callable[..., Library]

LIBRARIES = [
    pytest.param(SegmentClient, id="segment"),
    pytest.param(RudderClient, id="rudderstack"),
]


@pytest.fixture
def key(shop: Shop) -> Key:
    define_all(shop)
    return shop.key("Shop's server")


@pytest.fixture
def wire(shop: Shop, key: Key) -> Iterator[Wire]:
    with listening(Wire(shop.app)) as started:
        yield started


def events(shop: Shop, key: Key, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.get(key, "/api/v1/events", event=name).get_json()["events"]
    return found


@pytest.mark.parametrize("made", LIBRARIES)
@pytest.mark.parametrize("is_packed", [True, False], ids=["gzip", "plain"])
def test_what_a_library_sends_arrives(shop: Shop, key: Key, wire: Wire, made: Made, is_packed: bool) -> None:
    failures: Failures = []
    library = made(
        shop.secrets[key.id],
        wire.url,
        gzip=is_packed,
        on_error=lambda *failure: failures.append(failure),
        **SOON,
    )
    library.track(None, "Order Completed", {"total": 1, "currency": "SEK"}, anonymous_id=ANONYMOUS)
    library.identify(7, {"email": "alice@example.com", "plan": "pro"}, anonymous_id=ANONYMOUS)
    library.track("7", "Order Completed", {"total": 149.99, "currency": "SEK"}, message_id="m-2")
    library.track("7", "Order Completed", {"total": "much"}, message_id="m-3")
    library.page("7", None, "Pricing", {"plan": "pro"})
    library.track("old", "Order Completed", {"total": 2})
    library.alias("old", "7")
    library.shutdown()
    assert failures == []
    stored = events(shop, key, "order_completed")
    assert {str(one["data"]["total"]) for one in stored} == {"1", "149.99", "2"}
    assert len({one["profile"] for one in stored}) == 1, "whoever it was before and after is one"
    person = shop.get(key, "/api/v1/profiles/email/alice@example.com").get_json()
    assert person["attributes"] == {"plan": "pro"}
    assert [one["data"] for one in events(shop, key, "pricing")] == [{"plan": "pro"}]
    refused = shop.get(key, "/api/v1/rejections").get_json()["rejections"]
    assert [one["event_id"] for one in refused] == ["m-3"]


@pytest.mark.parametrize("made", LIBRARIES)
def test_the_time_that_a_library_says_is_corrected_by_when_it_sent(
    shop: Shop, key: Key, wire: Wire, made: Made
) -> None:
    """Its clock is that of this machine, the collector's is that of the cast."""
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    library = made(shop.secrets[key.id], wire.url, **SOON)
    library.track("7", "Order Completed", {"total": 1}, timestamp=an_hour_ago)
    library.shutdown()
    occurred_at = datetime.fromisoformat(events(shop, key, "order_completed")[0]["occurred_at"])
    now = datetime.fromtimestamp(shop.clock.now() / 1_000_000, UTC)
    assert timedelta(minutes=50) < now - occurred_at < timedelta(minutes=70)


@pytest.mark.parametrize("made", LIBRARIES)
def test_what_is_answered_503_is_sent_again_and_stored_once(
    shop: Shop, key: Key, wire: Wire, made: Made
) -> None:
    wire.refused_at_first = 1
    library = made(shop.secrets[key.id], wire.url, **SOON)
    library.track("7", "Order Completed", {"total": 1})
    library.shutdown()
    assert wire.statuses == ["503", "200"]
    assert len(events(shop, key, "order_completed")) == 1


@pytest.mark.parametrize("made", LIBRARIES)
def test_a_wrong_key_is_told_once_and_not_tried_again(shop: Shop, wire: Wire, made: Made) -> None:
    failures: Failures = []
    library = made("fp_none", wire.url, on_error=lambda *failure: failures.append(failure), **SOON)
    library.track("7", "Order Completed", {"total": 1})
    library.shutdown()
    assert wire.statuses == ["401"]
    assert "key-invalid" in str(failures[0][0])


def test_the_real_server_takes_what_the_libraries_send(
    sqlite_ready_database_url: str, tmp_path: Path, ready_database_url: str
) -> None:
    shop = open_shop(sqlite_ready_database_url)
    define_all(shop)
    key = shop.key("Shop's server")
    with running(sqlite_ready_database_url, tmp_path) as server:
        for made in (SegmentClient, RudderClient):
            library = made(shop.secrets[key.id], server.url, gzip=True)
            library.track("7", "Order Completed", {"total": 1})
            library.shutdown()
    assert len(events(shop, key, "order_completed")) == 2
    shop.store.close()
