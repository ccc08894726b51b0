"""What reverse proxies say of a request is believed for as many as are configured, and of nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import request

from tests.cast import Shop, open_shop

FORGED = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=203.0.113.9;host=evil.example;proto=https",
    "X-Real-IP": "203.0.113.9",
}


def opened(folder: Path, trusted: int) -> Shop:
    return open_shop(f"sqlite:///{folder / 'fieldpost.db'}", trusted_proxies=trusted)


@pytest.mark.parametrize(
    ("trusted", "address", "url"),
    [
        (0, "127.0.0.1", "http://localhost/"),
        (1, "198.51.100.7", "https://evil.example/"),
        (2, "203.0.113.9", "http://localhost/"),  # only one proxy told of protocol and host: not enough
    ],
)
def test_headers_of_proxies(tmp_path: Path, trusted: int, address: str, url: str) -> None:
    shop = opened(tmp_path, trusted)
    seen = []
    shop.app.before_request(lambda: seen.append((request.remote_addr, request.url_root)))
    shop.client.get("/health", headers=FORGED)
    assert seen == [(address, url)]
    shop.store.close()


def test_a_forged_address_does_not_make_room_at_the_gate(tmp_path: Path) -> None:
    shop = opened(tmp_path, 0)
    room = shop.app.extensions["fieldpost_gate"].inside
    while room.enter(("address", "127.0.0.1")):
        pass
    assert shop.client.get("/", headers=FORGED).status_code == 503
    shop.store.close()


def test_a_forged_host_is_no_own_origin(tmp_path: Path) -> None:
    shop = opened(tmp_path, 0)
    key = shop.key()
    headers = {**FORGED, **shop.headers(key), "Origin": "https://evil.example"}
    assert shop.client.get("/api/v1/events", headers=headers).status_code == 403
    shop.store.close()
