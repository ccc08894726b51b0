"""What a snippet says to the developer of a page; it never refuses what the collector would accept."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from collector.core.fields import FIELD_TYPES, Field
from snippet.build import build
from snippet.checks import label_all
from snippet.plan import Plan
from tests.snippet.conftest import Shop
from tests.snippet.stand_in import Server

LOOKED_AT_BY_THE_COLLECTOR: dict[str, set[str]] = {
    "text": {json.dumps("a" * 4097), json.dumps("a\0b")},
    "integer": {"1.0", "1000.0", str(2**63), str(-(2**63) - 1), str(2**64)},
    "decimal": {
        "1e+38",
        "1e+300",
        "1e-19",
        str(10**38),
        json.dumps("1" * 39),
        json.dumps("0." + "1" * 19),
        "[1]",
    },
    "date": {'"2026-02-29"', '"2026-13-01"', '"2026-00-10"', '"2026-01-32"', '"0000-01-01"'},
    "timestamp": {
        *('"2026-02-30T12:00:00Z"', '"2026-05-01T24:00:00Z"', '"2026-05-01T12:60:00Z"'),
        *('"2026-05-01T12:00:61Z"', '"2026-05-01T12:00:60Z"', '"0000-01-01T00:00:00Z"'),
        *('"0001-01-01T00:00:00+00:01"', '"9999-12-31T23:59:59-00:01"', '"9999-12-31T23:59:60Z"'),
    },
    "boolean": set(),
}
"""type → its counterexamples, as JSON, that a browser lets through: ranges, lengths and the calendar."""


@pytest.fixture(scope="module")
def blank(chromium: Browser) -> Any:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def passing(page: Page, field: Field, values: tuple[Any, ...]) -> list[bool]:
    """For each value, whether the check of `field` lets it through."""
    labels, checks = label_all((field,), False)
    texts = [json.dumps(value) for value in values]
    script = f"texts => texts.map(text => (v => !!({checks[labels[field.name]]}))(JSON.parse(text)))"
    return list(page.evaluate(script, texts))


@pytest.mark.parametrize("kind", FIELD_TYPES)
def test_whatever_the_collector_accepts_passes(blank: Page, kind: str) -> None:
    examples = FIELD_TYPES[kind].examples
    assert passing(blank, Field("x", kind, required=True), examples) == [True] * len(examples)


@pytest.mark.parametrize("kind", FIELD_TYPES)
def test_whatever_is_of_another_type_is_refused(blank: Page, kind: str) -> None:
    wrong = (*FIELD_TYPES[kind].counterexamples, None)
    passed = passing(blank, Field("x", kind, required=True), wrong)
    assert {json.dumps(v) for v, let in zip(wrong, passed, strict=True) if let} == LOOKED_AT_BY_THE_COLLECTOR[
        kind
    ]


D = Decimal


@pytest.mark.parametrize(
    ("field", "fitting", "wrong"),
    [
        (Field("x", "text", choices=("SEK", "EUR")), ("SEK",), ("sek", "")),
        (Field("x", "text", min_length=2, max_length=3), ("😀😀😀", "ab"), ("😀", "abcd")),
        (Field("x", "integer", minimum=-1, maximum=2**63 - 1), (-1, 0, 2**63 - 1), (-2,)),
        (Field("x", "integer", choices=(1, 2**53 + 1)), (1, 2**53 + 1), (2,)),
        (Field("x", "boolean", choices=(True,)), (True,), (False,)),
        (
            Field("x", "decimal", minimum=D("0.1"), maximum=D("9" * 38)),
            (0.1, "0.10", "+9", "9" * 38),
            (0, "0.09"),
        ),
        (Field("x", "decimal", choices=(D("1.10"), D(20))), (1.1, "1.1", "1.100", 20, "020"), (2, "1.11")),
        (
            Field("x", "date", minimum="2026-01-01", maximum="2026-12-31"),
            ("2026-01-01",),
            ("2025-12-31", "2027-01-01"),
        ),
        (
            Field("x", "timestamp", minimum="2026-01-01T00:00:00Z"),
            ("2026-01-01t01:00:00+01:00", "2026-01-01T00:00:00.000000001Z", "2026-12-31T23:59:60Z"),
            ("2026-01-01T00:59:59+01:00",),
        ),
        (
            Field("x", "timestamp", choices=("2026-01-01T00:00:00Z",)),
            ("2026-01-01T01:00:00+01:00",),
            ("today",),
        ),
    ],
)
def test_rules_are_looked_at_too(
    blank: Page, field: Field, fitting: tuple[Any, ...], wrong: tuple[Any, ...]
) -> None:
    assert passing(blank, field, fitting) == [True] * len(fitting)
    assert passing(blank, field, wrong) == [False] * len(wrong)


FIELDS = (
    Field("total", "decimal", required=True),
    Field("currency", "text", choices=("SEK", "EUR")),
    Field("lines", "integer", minimum=1),
)


@pytest.mark.parametrize(
    ("data", "warning"),
    [
        ("{total: 'much'}", "total should be decimal"),
        ("{total: '1e5'}", "total should be decimal"),
        ("{total: NaN}", "total should be decimal"),
        ("{total: true}", "total should be decimal"),
        ("{}", "total should be decimal"),
        ("{total: null}", "total should be decimal"),
        ("undefined", "total should be decimal"),
        ("5", "total should be decimal"),
        ("{total: 1, currency: 'USD'}", "currency should be text, one of SEK, EUR"),
        ("{total: 1, currency: 5}", "currency should be text, one of SEK, EUR"),
        ("{total: 1, lines: '12'}", "lines should be integer, >= 1"),
        ("{total: 1, lines: 0}", "lines should be integer, >= 1"),
        ("{total: 1, lines: 5n}", "lines should be integer, >= 1"),
        ("{total: 1, colour: 'red'}", "colour should be undefined"),
    ],
)
def test_what_does_not_fit_is_not_sent_and_the_console_says_why(
    page: Page, shop: Shop, collector: Server, data: str, warning: str
) -> None:
    page.goto(shop.page("/", shop.snippet(fields=FIELDS)))
    with page.expect_console_message(lambda message: message.type == "warning") as message:
        page.evaluate(f"fieldpost('order.completed', {data})")
    assert message.value.text == f"fieldpost order.completed {warning}"
    page.evaluate("fieldpost('order.completed', {total: 1})")
    assert [event["data"] for event in collector.wait_for_stored(1)] == [{"total": 1}]
    assert page.evaluate("Object.keys(fieldpost.w)") == []


@pytest.mark.parametrize("name", ["toString", "constructor", "__proto__"])
def test_what_every_object_has_is_no_field(page: Page, shop: Shop, name: str) -> None:
    page.goto(shop.page("/", shop.snippet(fields=FIELDS)))
    with page.expect_console_message(lambda message: message.type == "warning") as message:
        page.evaluate(f"fieldpost('order.completed', JSON.parse('{{\"total\": 1, \"{name}\": 1}}'))")
    assert f"order.completed {name} should be" in message.value.text
    assert page.evaluate("Object.keys(fieldpost.w)") == []


def test_null_and_undefined_are_absence(page: Page, shop: Shop, collector: Server) -> None:
    page.goto(shop.page("/", shop.snippet(fields=FIELDS)))
    page.evaluate(
        "fieldpost('order.completed', {total: '12.50', currency: null, lines: undefined, colour: null})"
    )
    collector.wait_for_stored(1)


def test_other_members_pass_where_the_definition_takes_them(
    page: Page, shop: Shop, collector: Server
) -> None:
    page.goto(shop.page("/", shop.snippet(fields=FIELDS, extra_fields=True)))
    page.evaluate("fieldpost('order.completed', {total: 1, colour: {red: 1}})")
    (event,) = collector.wait_for_stored(1)
    assert event["data"]["colour"] == {"red": 1}


def test_data_without_fields_that_must_be_there_may_be_left_out(
    page: Page, shop: Shop, collector: Server
) -> None:
    page.goto(shop.page("/", shop.snippet(fields=(Field("step", "text"),))))
    page.evaluate("fieldpost('order.completed')")
    (event,) = collector.wait_for_stored(1)
    assert event["data"] == {}


def test_a_hundred_fields_are_looked_at(page: Page, shop: Shop, collector: Server) -> None:
    kinds = list(FIELD_TYPES.values())
    fields = tuple(Field(f"field_{n}", kinds[n % 6].name) for n in range(100))
    data = {field.name: kinds[n % 6].examples[0] for n, field in enumerate(fields)}
    plan = Plan("order.completed", "v1", collector.url, fields)
    page.goto(shop.page("/"))
    page.add_script_tag(content=build(plan))
    page.evaluate("data => fieldpost('order.completed', data)", data)
    (event,) = collector.wait_for_stored(1)
    assert event["data"] == data
