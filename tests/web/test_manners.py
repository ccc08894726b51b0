"""HTTP as it is meant (RFC 9110): methods and types that an address does not know, and those that it does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cast import EVERY_TYPE, Shop, open_shop

JSON, TEXT = "application/json", "text/plain"
CLOUDEVENTS = "application/cloudevents+json, application/cloudevents-batch+json"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    opened = open_shop(f"sqlite:///{tmp_path_factory.mktemp('manners') / 'f.db'}")
    opened.define(EVERY_TYPE)
    yield opened
    opened.store.close()


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/v1/events", {"GET", "HEAD", "POST"}),
        ("/api/v1/keys/0000000000000", {"PATCH", "DELETE"}),
        ("/api/cloudevents", {"POST"}),
        ("/v1/batch", {"POST"}),
        ("/v1/track", {"POST"}),
        ("/oauth/token", {"POST"}),
        ("/audience/keyspaces", {"GET", "HEAD"}),
        ("/audience/profiles/merges", {"PUT"}),
        ("/api/customEvents.upsert", {"POST"}),
        ("/health", {"GET", "HEAD"}),
    ],
)
def test_an_address_says_which_methods_it_knows_and_refuses_others(
    shop: Shop, path: str, methods: set[str]
) -> None:
    headers = shop.headers(shop.key())
    told = shop.client.options(path, headers=headers)
    assert (told.status_code, set(told.allow)) == (200, methods | {"OPTIONS"})
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - methods:
        answer = shop.client.open(path, method=method, headers=headers)
        assert (answer.status_code, set(answer.allow)) == (405, methods | {"OPTIONS"}), method


def test_a_head_is_a_get_without_its_body(shop: Shop) -> None:
    headers = shop.headers(shop.key())
    for path in ("/health", "/api/v1/definitions", "/audience/keyspaces"):
        whole, head = (shop.client.open(path, method=method, headers=headers) for method in ("GET", "HEAD"))
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["Content-Length"] == whole.headers["Content-Length"]


@pytest.mark.parametrize(
    ("path", "content_type", "wanted"),
    [
        ("/api/v1/events", TEXT, JSON),
        ("/api/v1/definitions", None, JSON),
        ("/api/cloudevents", JSON, CLOUDEVENTS),
        ("/oauth/token", TEXT, JSON),
    ],
)
def test_a_415_says_what_would_have_been_read(
    shop: Shop, path: str, content_type: str | None, wanted: str
) -> None:
    answer = shop.client.post(path, data="{}", content_type=content_type, headers=shop.headers(shop.key()))
    assert (answer.status_code, answer.headers["Accept"]) == (415, wanted)
    assert "Accept-Encoding" not in answer.headers


@pytest.mark.parametrize("path", ["/api/v1/events", "/v1/batch", "/api/customEvents.upsert"])
def test_a_packing_that_is_not_known_is_told_the_one_that_is(shop: Shop, path: str) -> None:
    headers = {**shop.headers(shop.key()), "Content-Encoding": "br", "Content-Type": JSON}
    answer = shop.client.post(path, data="{}", headers=headers)
    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "gzip")
    assert "Accept" not in answer.headers
