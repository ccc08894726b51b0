"""The types of fields, the rules that fields carry, and the documents that describe them."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest

from collector.core.fields import (
    FIELD_TYPES,
    Field,
    Refused,
    format_timestamp,
    json_number,
    parse_fields,
    parse_timestamp,
    plain,
)

EXAMPLES = [(name, value) for name, kind in FIELD_TYPES.items() for value in kind.examples]
COUNTEREXAMPLES = [(name, value) for name, kind in FIELD_TYPES.items() for value in kind.counterexamples]


def short(value: object) -> str:
    return repr(value)[:60]


def as_read(value: Any) -> Any:
    """The value as strict JSON reads it."""
    return json.loads(json.dumps(value), parse_float=Decimal)


def faults(*entries: Any) -> list[tuple[str, str]]:
    return [(fault.code, fault.pointer) for fault in parse_fields(list(entries), "/fields")[1]]


def test_the_types_are_those_of_the_contract() -> None:
    assert list(FIELD_TYPES) == ["text", "boolean", "integer", "decimal", "date", "timestamp"]


@pytest.mark.parametrize(("name", "value"), EXAMPLES, ids=short)
def test_every_type_accepts_its_examples(name: str, value: Any) -> None:
    kind = FIELD_TYPES[name]
    canonical = kind.accept(as_read(value))
    assert kind.accept(canonical) == canonical


@pytest.mark.parametrize(("name", "value"), COUNTEREXAMPLES, ids=short)
def test_every_type_refuses_its_counterexamples(name: str, value: Any) -> None:
    with pytest.raises(Refused):
        FIELD_TYPES[name].accept(as_read(value))


@pytest.mark.parametrize("name", FIELD_TYPES)
def test_every_type_is_complete(name: str) -> None:
    kind = FIELD_TYPES[name]
    assert kind.name == name
    assert kind.label
    assert kind.typescript
    assert kind.control
    assert "v" in kind.javascript
    assert "</" not in kind.javascript
    assert kind.schema(Field("x", name))
    assert kind.rules <= set(Field.__slots__)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("text", "", ""),
        ("text", "12", "12"),
        ("boolean", "true", True),
        ("boolean", "0", False),
        ("integer", "-42", -42),
        ("integer", "9223372036854775807", 2**63 - 1),
        ("decimal", "149.90", Decimal("149.90")),
        ("date", "2026-05-01", "2026-05-01"),
        ("timestamp", "2026-05-01T14:00:00+02:00", "2026-05-01T12:00:00Z"),
    ],
)
def test_a_text_is_cast_by_its_type(name: str, text: str, value: Any) -> None:
    assert FIELD_TYPES[name].from_text(text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("text", "a\0b"),
        ("boolean", ""),
        ("boolean", "yes"),
        ("boolean", "True"),
        ("integer", ""),
        ("integer", "1.0"),
        ("integer", " 1"),
        ("integer", "1_000"),
        ("integer", "１２"),
        ("integer", "9223372036854775808"),
        ("integer", "9" * 5000),
        ("decimal", "NaN"),
        ("decimal", "1e5"),
        ("date", "today"),
        ("timestamp", "now"),
    ],
)
def test_nonsense_is_not_cast(name: str, text: str) -> None:
    with pytest.raises(Refused):
        FIELD_TYPES[name].from_text(text)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("149.90"), "149.90"),
        (Decimal("1E+2"), "100"),
        (Decimal("-0"), "0"),
        (Decimal("-0.00"), "0.00"),
        (Decimal("1E-18"), "0.000000000000000001"),
        (Decimal("0E+9"), "0"),
        ("-007.50", "-7.50"),
        (10**37, "1" + "0" * 37),
    ],
)
def test_a_decimal_keeps_the_digits_that_came(value: Any, written: str) -> None:
    canonical = FIELD_TYPES["decimal"].accept(value)
    assert isinstance(canonical, Decimal)
    assert plain(canonical) == written


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Decimal("5.00"), 5),
        (Decimal("0.50"), 0.5),
        (Decimal("0." + "1" * 18), "0." + "1" * 18),
        (7, 7),
        ("x", "x"),
    ],
)
def test_a_number_that_no_double_holds_is_said_as_text(value: Any, said: Any) -> None:
    assert json_number(value) == said
    assert type(json_number(value)) is type(said)


def test_moments_are_whole_microseconds_since_1970() -> None:
    assert parse_timestamp("1970-01-01T00:00:00Z") == 0
    assert parse_timestamp("1969-12-31T23:59:59.999999Z") == -1
    assert parse_timestamp("1970-01-01T01:00:00.5+01:00") == 500_000
    assert parse_timestamp("2016-12-31T23:59:60Z") == parse_timestamp("2017-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2024-02-29T01:02:03.04Z"]
)
def test_a_moment_is_written_as_it_was_read(text: str) -> None:
    assert format_timestamp(parse_timestamp(text)) == text


def test_moments_agree_with_the_calendar_of_python() -> None:
    moment = datetime.datetime(1, 1, 1, 0, 0, 7, tzinfo=datetime.UTC)
    while moment.year < 9900:
        text = moment.isoformat().replace("+00:00", "Z")
        assert format_timestamp(parse_timestamp(text)) == text
        assert FIELD_TYPES["timestamp"].accept(text) == text
        moment += datetime.timedelta(days=9_973, seconds=3_599)


def test_what_is_no_moment_is_said_in_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"offset.*\.$"):
        parse_timestamp("2026-05-01T12:00:00")


def test_a_document_becomes_fields_and_back() -> None:
    document = [
        {"name": "total", "type": "decimal", "required": True, "description": "With tax", "minimum": 0},
        {"name": "currency", "type": "text", "choices": ["SEK", "EUR"], "personal": True},
        {"name": "code", "type": "text", "min_length": 0, "max_length": 8, "pattern": "[a-z]+"},
        {"name": "lines", "type": "integer", "minimum": 0, "maximum": 5},
        {"name": "gift", "type": "boolean", "choices": [False]},
        {"name": "deliver_on", "type": "date", "minimum": "2026-01-01"},
        {"name": "paid_at", "type": "timestamp", "maximum": "2026-01-01T00:00:00Z"},
        {"name": "rate", "type": "decimal", "choices": [0.25, "0.1234567890123456789"[:18]]},
        {"name": "page_url", "type": "text", "fill": "page.url"},
    ]
    fields, wrong = parse_fields(document, "/fields")
    assert wrong == []
    assert fields[0] == Field("total", "decimal", True, "With tax", minimum=Decimal(0))
    said = [field.as_json() for field in fields]
    assert json.loads(json.dumps(said[:7])) == document[:7]
    assert parse_fields(json.loads(json.dumps(said)), "") == (fields, [])


def test_what_yaml_makes_of_numbers_and_days_is_understood() -> None:
    document = [
        {"name": "rate", "type": "decimal", "minimum": 0.1},
        {"name": "day", "type": "date", "minimum": datetime.date(2026, 5, 1)},
        {"name": "at", "type": "timestamp", "minimum": datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)},
    ]
    fields, wrong = parse_fields(document, "/fields")
    assert wrong == []
    assert [field.minimum for field in fields] == [Decimal("0.1"), "2026-05-01", "2026-05-01T00:00:00Z"]


@pytest.mark.parametrize("document", [None, {}, "fields", 1, [], [1], [[]], [{}]])
def test_what_is_no_list_of_fields_is_refused(document: object) -> None:
    fields, wrong = parse_fields(document, "/fields")
    assert fields == ()
    assert wrong
    assert all(fault.pointer.startswith("/fields") for fault in wrong)


def test_there_are_1_to_100_fields() -> None:
    hundred = [{"name": f"f{n}", "type": "text"} for n in range(100)]
    assert faults(*hundred) == []
    assert faults(*hundred, {"name": "one_more", "type": "text"}) == [("too-many-members", "/fields")]
    assert faults() == [("too-few-members", "/fields")]


@pytest.mark.parametrize("name", ["", "1a", "_a", "a-b", "a b", "å", "a\n", "a" * 65, "a.b", 7, [], {}, True])
def test_a_name_is_a_letter_and_letters_digits_underscores(name: object) -> None:
    assert faults({"name": name, "type": "text"}) == [("name-invalid", "/fields/0/name")]


def test_names_differ_in_more_than_case_and_source_is_taken() -> None:
    found = faults(
        {"name": "Total", "type": "text"},
        {"name": "total", "type": "text"},
        {"name": "Source", "type": "text"},
    )
    assert found == [("name-taken", "/fields/1/name"), ("name-taken", "/fields/2/name")]


@pytest.mark.parametrize("member", ["__proto__", "constructor", "default", "a/b", "\ud800", "\0", 5])
def test_unknown_members_are_refused(member: object) -> None:
    (code, pointer) = faults({"name": "a", "type": "text", member: {}})[0]
    assert code == "member-unknown"
    assert pointer.startswith("/fields/0/")
    assert pointer.encode()


@pytest.mark.parametrize("kind", ["number", "Text", "", 5, ["text"], {}])
def test_unknown_types_are_refused(kind: object) -> None:
    assert faults({"name": "a", "type": kind}) == [("type-unknown", "/fields/0/type")]


@pytest.mark.parametrize(
    ("kind", "rules", "code", "member"),
    [
        ("boolean", {"minimum": 0}, "rule-invalid", "minimum"),
        ("integer", {"max_length": 3}, "rule-invalid", "max_length"),
        ("integer", {"pattern": "1"}, "rule-invalid", "pattern"),
        ("integer", {"fill": "screen.width"}, "rule-invalid", "fill"),
        ("text", {"minimum": "a"}, "rule-invalid", "minimum"),
        ("text", {"fill": "page.hash"}, "rule-invalid", "fill"),
        ("text", {"pattern": "(a"}, "rule-invalid", "pattern"),
        ("text", {"pattern": "(?=a)"}, "rule-invalid", "pattern"),
        ("text", {"pattern": "\ud800"}, "rule-invalid", "pattern"),
        ("text", {"pattern": "a" * 1001}, "rule-invalid", "pattern"),
        ("text", {"min_length": -1}, "rule-invalid", "min_length"),
        ("text", {"max_length": 4097}, "rule-invalid", "max_length"),
        ("text", {"max_length": True}, "rule-invalid", "max_length"),
        ("text", {"min_length": 5, "max_length": 4}, "rule-invalid", "max_length"),
        ("text", {"choices": []}, "rule-invalid", "choices"),
        ("text", {"choices": "SEK"}, "rule-invalid", "choices"),
        ("text", {"choices": [str(n) for n in range(501)]}, "rule-invalid", "choices"),
        ("text", {"choices": ["a", "a"]}, "rule-invalid", "choices"),
        ("text", {"choices": ["a", False]}, "type-wrong", "choices"),
        ("text", {"choices": ["a\0"]}, "text-invalid", "choices"),
        ("text", {"choices": ["abc", "ab"], "max_length": 2}, "too-long", "choices/0"),
        ("decimal", {"choices": [1.5, "1.50"]}, "rule-invalid", "choices"),
        ("decimal", {"minimum": float("nan")}, "out-of-range", "minimum"),
        ("integer", {"minimum": 1.0}, "type-wrong", "minimum"),
        ("integer", {"minimum": 3, "maximum": 2}, "rule-invalid", "maximum"),
        ("integer", {"choices": [1, 5], "maximum": 2}, "too-large", "choices/1"),
        ("date", {"minimum": "2026-02-30"}, "type-wrong", "minimum"),
        ("timestamp", {"minimum": "2026-05-01"}, "type-wrong", "minimum"),
        (
            "timestamp",
            {"minimum": "2026-05-01T12:00:00.5Z", "maximum": "2026-05-01T14:00:00+02:00"},
            "rule-invalid",
            "maximum",
        ),
        ("text", {"required": 1}, "type-wrong", "required"),
        ("text", {"personal": "yes"}, "type-wrong", "personal"),
        ("text", {"description": 1}, "type-wrong", "description"),
        ("text", {"description": "a\0"}, "text-invalid", "description"),
        ("text", {"description": "a" * 2001}, "too-long", "description"),
    ],
)
def test_rules_fit_the_type_and_each_other(kind: str, rules: dict[str, Any], code: str, member: str) -> None:
    assert faults({"name": "a", "type": kind, **rules}) == [(code, f"/fields/0/{member}")]


def test_null_in_a_document_is_absence() -> None:
    fields, wrong = parse_fields([{"name": "a", "type": "text", "pattern": None, "choices": None}], "")
    assert (fields, wrong) == ((Field("a", "text"),), [])


def test_everything_wrong_with_a_document_is_said_at_once() -> None:
    found = faults({"name": "1", "type": "text", "fill": "x"}, {"type": "text"}, {"name": "a", "type": "b"})
    assert found == [
        ("name-invalid", "/fields/0/name"),
        ("rule-invalid", "/fields/0/fill"),
        ("member-missing", "/fields/1/name"),
        ("type-unknown", "/fields/2/type"),
    ]
