"""The web tracking of a definition document: origins and triggers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from collector.core.documents import parse_definition
from tests.core.css_selectors import GOOD, NONSENSE
from tests.core.order_document import faults, web


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example",
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://[::1]:3000",
        "https://xn--exmple-cua.se",
        "https://*.shop.example",
        "https://*.shop.example:8443",
        "http://*.localhost:5000",
        "capacitor://localhost",
    ],
)
def test_an_origin_is_taken_as_browsers_write_it(origin: str) -> None:
    assert parse_definition(web(origins=[origin, origin])).web_tracking.origins == (origin,)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "*",
        "null",
        "shop.example",
        "//shop.example",
        "https://",
        "https://Shop.example",
        "HTTPS://shop.example",
        "https://shop.example/",
        "https://shop.example/path",
        "https://shop.example.",
        "https://shop.example:443",
        "http://shop.example:80",
        "https://shop.example:0",
        "https://shop.example:65536",
        "https://user@shop.example",
        "https://exämple.se",
        "https://*",
        "https://*.com",
        "https://a.*.shop.example",
        "https://*shop.example",
        "https://shop.example\n",
        "https://shop.example https://other.example",
        "file://shop",
        "javascript://shop.example",
    ],
)
def test_what_no_browser_would_send_is_no_origin(origin: str) -> None:
    assert faults(web(origins=["https://a.example", origin])) == {
        ("origin-invalid", "/web_tracking/origins/1")
    }


@pytest.mark.parametrize(
    "trigger",
    [
        {"on": "click"},
        {"on": "click", "selector": "#buy"},
        {"on": "submit", "selector": "form", "values": {"currency": {"from": "input", "name": "currency"}}},
        {"on": "visible", "selector": ".hero", "address": "/landing*"},
        {"on": "page", "address": "/thanks*", "values": {"page_url": {"from": "url", "name": "ref"}}},
        {"on": "time", "seconds": 30, "values": {"total": {"from": "data_layer", "name": "order.total"}}},
        {"on": "page", "values": {"gift": {"from": "constant", "value": True}}},
        {"on": "page", "values": {"deliver_on": {"from": "constant", "value": "2026-05-01"}}},
    ],
)
def test_a_trigger_may_be(trigger: dict[str, Any]) -> None:
    assert parse_definition(web(triggers=[trigger])).web_tracking.triggers == (trigger,)


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ({}, {("member-missing", "/on")}),
        ({"on": "hover"}, {("choice-unknown", "/on")}),
        ({"on": "click", "script": "x"}, {("member-unknown", "/script")}),
        ({"on": "click", "selector": " "}, {("too-short", "/selector")}),
        ({"on": "click", "seconds": 3}, {("member-unfit", "/seconds")}),
        ({"on": "visible"}, {("member-missing", "/selector")}),
        ({"on": "page", "selector": "a"}, {("member-unfit", "/selector")}),
        ({"on": "time"}, {("member-missing", "/seconds")}),
        ({"on": "time", "seconds": 0}, {("out-of-range", "/seconds")}),
        ({"on": "time", "seconds": True}, {("type-wrong", "/seconds")}),
        ({"on": "time", "seconds": 1.0}, {("type-wrong", "/seconds")}),
        ({"on": "time", "seconds": "30"}, {("type-wrong", "/seconds")}),
        ({"on": "page", "values": []}, {("type-wrong", "/values")}),
        ({"on": "page", "values": {"total": 1}}, {("type-wrong", "/values/total")}),
        ({"on": "page", "values": {"worth": {"from": "text"}}}, {("field-unknown", "/values/worth")}),
        ({"on": "page", "values": {"total": {"from": "cookie"}}}, {("choice-unknown", "/values/total/from")}),
        ({"on": "page", "values": {"total": {"from": "url"}}}, {("member-missing", "/values/total/name")}),
        (
            {"on": "page", "values": {"total": {"from": "constant"}}},
            {("member-missing", "/values/total/value")},
        ),
        (
            {"on": "page", "values": {"total": {"from": "text", "value": 1}}},
            {("member-unfit", "/values/total/value")},
        ),
        (
            {"on": "page", "values": {"lines": {"from": "constant", "value": "many"}}},
            {("type-wrong", "/values/lines/value")},
        ),
        (
            {"on": "page", "values": {"total": {"from": "constant", "value": []}}},
            {("type-wrong", "/values/total/value")},
        ),
    ],
)
def test_a_trigger_may_not_be(trigger: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    place = "/web_tracking/triggers/0"
    assert faults(web(triggers=[trigger])) == {(code, place + pointer) for code, pointer in expected}


@pytest.mark.parametrize("selector", GOOD)
def test_a_selector_may_be(selector: str) -> None:
    values = {"currency": {"from": "text", "selector": selector}}
    trigger = {"on": "click", "selector": selector, "values": values}
    assert parse_definition(web(triggers=[trigger])).web_tracking.triggers == (trigger,)


@pytest.mark.parametrize("selector", NONSENSE)
def test_what_no_browser_takes_is_no_selector(selector: str) -> None:
    values = {"currency": {"from": "text", "selector": selector}}
    found = faults(web(triggers=[{"on": "click"}, {"on": "click", "selector": selector, "values": values}]))
    place = "/web_tracking/triggers/1"
    assert found == {
        ("selector-invalid", f"{place}/selector"),
        ("selector-invalid", f"{place}/values/currency/selector"),
    }


def test_where_other_fields_are_kept_triggers_may_fill_them() -> None:
    document = web(triggers=[{"on": "page", "values": {"worth": {"from": "text"}}}]) | {
        "extra_fields": "keep"
    }
    assert parse_definition(document).web_tracking.triggers


def test_a_constant_with_a_point_keeps_its_digits() -> None:
    values = {"total": {"from": "constant", "value": Decimal("149.90")}}
    draft = parse_definition(web(triggers=[{"on": "page", "values": values}]))
    assert draft.web_tracking.triggers[0]["values"]["total"]["value"] == "149.90"


def test_without_attributes_a_click_needs_a_selector() -> None:
    marked = {"triggers": [{"on": "submit"}, {"on": "click"}]}
    assert len(parse_definition(web(**marked)).web_tracking.triggers) == 2
    unmarked = {("member-missing", "/web_tracking/triggers/1/selector")}
    assert faults(web(**marked, attributes=False)) == unmarked
