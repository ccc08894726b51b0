"""A custom path for what pages load and send, and the further forms of a snippet's file."""

from __future__ import annotations

import pytest

from collector.settings import BadSettings, Settings
from tests.cast import EVERY_TYPE, ORDER, Shop, open_shop

PATHS = {"script_path": "/assets", "beacon_path": "/shop/data"}


@pytest.fixture
def own(sqlite_database_url: str) -> Shop:
    return open_shop(sqlite_database_url, public_url="https://c.example", **PATHS)


def test_pages_load_and_send_at_the_paths_of_the_operator(own: Shop) -> None:
    definition = own.define(EVERY_TYPE)
    script = own.client.get(f"/assets/{definition.id}.js")
    version = definition.versions[0].id
    assert f'"https://c.example/shop/data/{version}"' in script.text
    answer = own.client.post(
        f"/shop/data/{version}", json={"id": "1", "data": ORDER}, headers={"Origin": "https://shop.example"}
    )
    assert answer.get_json() == {"verdict": "stored"} or answer.get_json()["verdict"] == "filtered"
    assert own.client.get(f"/s/{definition.id}.js").text == script.text
    assert own.client.get("/assets").status_code == 404


@pytest.mark.parametrize("path", ["assets", "/", "/a/", "/a b", "/../x", "/api", "/v1", "/audience", "//a"])
def test_a_path_that_is_none_stops_the_start(path: str) -> None:
    with pytest.raises(BadSettings, match="FIELDPOST_SCRIPT_PATH"):
        Settings.from_environment({"FIELDPOST_SCRIPT_PATH": path})


def test_a_module_exports_the_function(shop: Shop) -> None:
    definition = shop.define(EVERY_TYPE)
    answer = shop.client.get(f"/s/{definition.id}.mjs")
    assert answer.mimetype == "text/javascript"
    assert answer.text.endswith("\nexport default window.fieldpost;\n")


def test_a_bundle_has_types_and_the_runtime_once(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    shop.define({**EVERY_TYPE, "event_name": "cart.updated"})
    types = shop.client.get("/s/shop/bundle.d.ts").text
    assert types.count("interface FieldpostIdentifiers") == 1
    assert '(event: "cart.updated"' in types
    assert '(event: "order.completed"' in types
    text = shop.client.get("/s/shop/bundle.js").text
    assert text.count("occurred_at") == 1
    one = shop.client.get("/s/shop/bundle.js?events=cart.updated").text
    assert len(text) < 1.4 * len(one)
