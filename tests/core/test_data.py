"""The data judge: what it keeps, what it says, and that its two roads are one."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.core.data import DataJudge, Judged, schema_of
from collector.core.definitions import Content, ExtraFields, GoalRule
from collector.core.fields import FIELD_TYPES, Field, Value
from collector.core.goals import goal_from_rule
from collector.core.problems import Fault
from tests.generated import examples

ORDER = (
    Field("total", "decimal", required=True, minimum=Decimal(0)),
    Field("currency", "text", choices=("SEK", "EUR")),
    Field("lines", "integer", minimum=1, maximum=99),
    Field("gift", "boolean"),
    Field("deliver_on", "date", minimum="2026-01-01"),
    Field("paid_at", "timestamp", maximum="2026-12-31T23:59:59Z"),
    Field("code", "text", min_length=2, max_length=3, pattern="[a-z]+"),
)
Result = tuple[str, dict[str, tuple[type, Value | None]]] | list[Fault]


def said(fields: tuple[Field, ...], result: Judged | list[Fault]) -> Result:
    """Everything that a judgement says, to be compared."""
    if not isinstance(result, Judged):
        return result
    values = {field.name: result.get(field.name) for field in fields}
    return result.text, {name: (type(value), value) for name, value in values.items()}


def both(
    raw: bytes | None, fields: tuple[Field, ...] = ORDER, extra: ExtraFields = "reject"
) -> Judged | list[Fault]:
    """The judgement of both roads, which must be the same."""
    judge = DataJudge(Content(fields, extra))
    fast, reference = judge.judge(raw), judge.judge_by_reference(raw)
    assert said(fields, fast) == said(fields, reference)
    return fast


def text_of(data: Any, fields: tuple[Field, ...] = ORDER, extra: ExtraFields = "reject") -> str:
    result = both(json.dumps(data).encode(), fields, extra)
    assert isinstance(result, Judged), result
    return result.text


def faults_of(
    data: Any, fields: tuple[Field, ...] = ORDER, extra: ExtraFields = "reject"
) -> list[tuple[str, str]]:
    result = both(json.dumps(data).encode(), fields, extra)
    assert isinstance(result, list), result
    return [(fault.code, fault.pointer) for fault in result]


def test_the_canonical_text_has_the_order_of_the_version() -> None:
    data = {"paid_at": "2026-05-01T14:00:00.10+02:00", "currency": "SEK", "gift": False, "total": "149.90"}
    assert (
        text_of(data) == '{"total":149.90,"currency":"SEK","gift":false,"paid_at":"2026-05-01T12:00:00.1Z"}'
    )


def test_values_come_out_in_their_own_types() -> None:
    result = both(
        b'{"total":"10.50","lines":7,"gift":true,"deliver_on":"2026-05-01","paid_at":"2026-05-01t12:00:00z"}'
    )
    assert isinstance(result, Judged)
    assert [
        result.get(name) for name in ("total", "lines", "gift", "deliver_on", "paid_at", "code", "nobody")
    ] == [
        Decimal("10.50"),
        7,
        True,
        "2026-05-01",
        "2026-05-01T12:00:00Z",
        None,
        None,
    ]
    assert str(result.get("total")) == "10.50"


TOTALS = ("0", "-0", "-0.0", "7", "149.90", '"149.90"', '"+007"', "-12.5", "1e5", "1.5e-7", "null")
LONG_TOTALS = ("0.0000005", "0.0000015", "-9999999999.999999", "9999999999.9999995", "10000000000", "1" * 38)


@pytest.mark.parametrize("total", [*TOTALS, *LONG_TOTALS, "0." + "1" * 18])
def test_a_goal_is_the_same_on_both_roads(total: str) -> None:
    rule = GoalRule("purchase", "total", "currency")
    judge = DataJudge(Content((Field("total", "decimal"), Field("currency", "text")), goal=rule))
    raw = f'{{"total":{total},"currency":"SEK"}}'.encode()
    fast, reference = judge.judge(raw), judge.judge_by_reference(raw)
    assert isinstance(fast, Judged)
    assert isinstance(reference, Judged)
    assert goal_from_rule(rule, *fast.of_goal) == goal_from_rule(rule, *reference.of_goal)


def test_absent_data_is_an_empty_object() -> None:
    assert both(None) == [Fault("field-missing", "/total", "This field is required.")]
    result = both(None, (Field("a", "text"),))
    assert isinstance(result, Judged)
    assert result.text == "{}"


def test_null_is_absence_and_an_empty_text_is_a_value() -> None:
    fields = (Field("a", "text", required=True), Field("b", "decimal"), Field("c", "date"))
    assert text_of({"a": "", "b": None, "c": None}, fields) == '{"a":""}'
    assert faults_of({"a": None}, fields) == [("field-missing", "/a")]
    assert faults_of({"a": ""}, (Field("a", "text", required=True, min_length=1),)) == [("too-short", "/a")]


@pytest.mark.parametrize("kind", FIELD_TYPES)
def test_a_required_field_is_missed_absent_or_null(kind: str) -> None:
    fields = (Field("a", kind, required=True), Field("b", "text"))
    assert faults_of({"b": "x"}, fields) == [("field-missing", "/a")]
    assert faults_of({"a": None, "b": "x"}, fields) == [("field-missing", "/a")]


@pytest.mark.parametrize(
    ("member", "code"),
    [
        ({"total": -0.01}, "too-small"),
        ({"currency": "sek"}, "choice-unknown"),
        ({"currency": ""}, "choice-unknown"),
        ({"lines": 0}, "too-small"),
        ({"lines": 100}, "too-large"),
        ({"deliver_on": "2025-12-31"}, "too-small"),
        ({"paid_at": "2026-12-31T23:59:59.000001Z"}, "too-large"),
        ({"code": "a"}, "too-short"),
        ({"code": "abcd"}, "too-long"),
        ({"code": "ab1"}, "pattern-mismatch"),
        ({"code": "ab\n"}, "pattern-mismatch"),
    ],
)
def test_rules_are_judged_on_both_roads(member: dict[str, Any], code: str) -> None:
    assert faults_of({"total": 1} | member) == [(code, f"/{next(iter(member))}")]


@pytest.mark.parametrize(
    ("kind", "rules", "good", "bad"),
    [
        ("boolean", {"choices": (True,)}, True, False),
        ("integer", {"choices": (1, 2)}, 2, 3),
        ("integer", {"choices": (1, 20), "maximum": 20}, 20, 19),
        ("decimal", {"choices": (Decimal("10.5"),)}, "10.50", 10),
        ("decimal", {"maximum": Decimal("10.5")}, "10.50", 10.51),
        ("date", {"choices": ("2026-05-01",)}, "2026-05-01", "2026-05-02"),
        (
            "timestamp",
            {"choices": ("2026-05-01T12:00:00Z",)},
            "2026-05-01T14:00:00+02:00",
            "2026-05-01T12:00:01Z",
        ),
        ("text", {"choices": ("a", "ab"), "max_length": 2}, "ab", "abc"),
        ("text", {"choices": ("a", 'q"\\/é😀\n')}, 'q"\\/é😀\n', "b"),
    ],
)
def test_every_rule_of_every_type_holds(kind: str, rules: dict[str, Any], good: Any, bad: Any) -> None:
    fields = (Field("a", kind, **rules),)
    assert text_of({"a": good}, fields)
    assert len(faults_of({"a": bad}, fields)) == 1


@pytest.mark.parametrize("extra", ["reject", "drop", "keep"])
@pytest.mark.parametrize("kind", FIELD_TYPES)
def test_examples_pass_and_counterexamples_fail_on_both_roads(kind: str, extra: ExtraFields) -> None:
    fields = (Field("a", kind),)
    for value in FIELD_TYPES[kind].examples:
        text_of({"a": value}, fields, extra)
    for value in FIELD_TYPES[kind].counterexamples:
        faults_of({"a": value}, fields, extra)


@pytest.mark.parametrize("kind", FIELD_TYPES)
def test_what_was_kept_is_accepted_again_unchanged(kind: str) -> None:
    fields = (Field("a", kind),)
    for value in FIELD_TYPES[kind].examples:
        text = text_of({"a": value}, fields)
        again = both(text.encode(), fields)
        assert isinstance(again, Judged)
        assert again.text == text


def test_extra_fields_are_refused_dropped_or_kept() -> None:
    data = {"zeta": [1.50, None], "lines": 1, "alpha": {"b": 1, "a": "😀"}, "__proto__": {}, "Lines": 2}
    fields = (Field("lines", "integer"), Field("f1", "text"))
    assert faults_of(data, fields) == [
        ("field-unknown", "/zeta"),
        ("field-unknown", "/alpha"),
        ("field-unknown", "/__proto__"),
        ("field-unknown", "/Lines"),
    ]
    assert text_of(data, fields, "drop") == '{"lines":1}'
    assert text_of(data, fields, "keep") == (
        '{"lines":1,"Lines":2,"__proto__":{},"alpha":{"a":"😀","b":1},"zeta":[1.5,null]}'
    )


def test_an_extra_member_never_stands_in_for_a_field() -> None:
    fields = (Field("a", "text"), Field("b", "integer"))
    result = both(b'{"f0":"x","f1":1,"A":"y"}', fields, "keep")
    assert isinstance(result, Judged)
    assert (result.get("a"), result.get("b"), result.get("f0")) == (None, None, None)


@pytest.mark.parametrize(
    "name", ["Meta", "load", "fields", "context", "class", "self", "None", "constructor", "dump"]
)
def test_a_field_may_have_any_name(name: str) -> None:
    fields = (Field(name, "decimal", required=True), Field("other", "text"))
    assert text_of({"other": "x", name: 1}, fields) == f'{{"{name}":1,"other":"x"}}'
    assert faults_of({}, fields) == [("field-missing", f"/{name}")]


def test_faults_come_in_the_order_of_the_version_and_are_at_most_50() -> None:
    fields = tuple(Field(f"f_{n:02}", "integer") for n in range(100))
    data = {f"f_{n:02}": "x" for n in reversed(range(100))}
    assert faults_of(data, fields) == [("type-wrong", f"/f_{n:02}") for n in range(50)]


def test_a_hundred_fields_and_a_hundred_extra_members_are_taken() -> None:
    fields = tuple(Field(f"f_{n:02}", "integer") for n in range(100))
    data = {f"f_{n:02}": n for n in range(100)} | {f"x_{n:02}": n for n in range(100)}
    assert text_of(data, fields, "drop") == json.dumps(dict(list(data.items())[:100]), separators=(",", ":"))
    assert text_of(data, fields, "keep") == json.dumps(data, separators=(",", ":"))
    assert faults_of(data | {"y": 1}, fields, "keep") == [("too-many-members", "")]


def test_messages_quote_no_value() -> None:
    secret = "anna@example.org"
    for field in (*ORDER, *(Field("x", kind) for kind in FIELD_TYPES)):
        result = both(json.dumps({field.name: [secret]}).encode(), (field,))
        result = both(json.dumps({field.name: secret}).encode(), (field,)) if result else result
        if isinstance(result, list):
            assert all(secret not in fault.message for fault in result)


def test_the_reference_is_a_marshmallow_schema() -> None:
    schema = schema_of(Content(ORDER))
    assert schema.validate({"total": 1}) == {}
    assert set(schema.validate({"lines": "x"})) == {"total", "lines"}


def test_usual_data_does_not_take_the_slow_road() -> None:
    judge = DataJudge(Content(ORDER))
    usual = b'{"total":149.90,"currency":"SEK","lines":3,"paid_at":"2026-05-01T12:00:00.123Z","code":"ab"}'
    assert judge.fast(usual) is not None
    assert judge.fast(b'{"total":-1}') is None


# The two roads, on generated versions and payloads.

NAMES = ("total", "Class", "f0", "x")
VALUES: dict[str, list[Any]] = {
    name: [*kind.examples, *kind.counterexamples] for name, kind in FIELD_TYPES.items()
}
ANY_VALUE = [value for values in VALUES.values() for value in values if len(str(value)) < 100]
RAW_VALUES = [
    *(
        "NaN",
        "1e400",
        "-0",
        "-0.0",
        "1E2",
        "0e5",
        "1.50",
        "9" * 39,
        "9" * 5000,
        "1e99999999999999999999",
        "[]",
        "{}",
    ),
    *(
        '"\\u0000"',
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        '"\\u0031"',
        '"1\\u005f0"',
        "[" * 40 + "]" * 40,
        "nul",
        '"',
        "1 2",
    ),
    *("[" * 2000, '"\xff"', "\ufeff1", '"\t"', "01", "1.", "null", '""', '" 1"', '{"a":{"b":[1.10,null]}}'),
]


def rules_for(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    if kind == "text":
        lengths = {"min_length": st.integers(0, 3), "max_length": st.integers(2, 5)}
        words = st.sampled_from([("SEK",), ("", "12", "SEK"), ("ab", "é😀")])
        return st.fixed_dictionaries(
            {}, optional={**lengths, "pattern": st.sampled_from(["[a-zA-Z]*", "S.+"]), "choices": words}
        )
    if kind == "boolean":
        return st.fixed_dictionaries({}, optional={"choices": st.sampled_from([(True,), (True, False)])})
    of_type = FIELD_TYPES[kind]
    accepted = {of_type.accept(as_read(value)) for value in of_type.examples}
    value = st.sampled_from(sorted(accepted, key=of_type.order))
    choices = st.lists(value, min_size=1, max_size=3, unique=True).map(tuple)
    return st.fixed_dictionaries({}, optional={"minimum": value, "maximum": value, "choices": choices})


def as_read(value: Any) -> Any:
    return json.loads(json.dumps(value), parse_float=Decimal)


@st.composite
def fields_of_versions(draw: st.DrawFn) -> tuple[Field, ...]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    kinds = [draw(st.sampled_from(list(FIELD_TYPES))) for _ in names]
    return tuple(
        Field(
            name, kind, required=draw(st.booleans()), **(draw(rules_for(kind)) if draw(st.booleans()) else {})
        )
        for name, kind in zip(names, kinds, strict=True)
    )


@st.composite
def payloads(draw: st.DrawFn, fields: tuple[Field, ...]) -> bytes:
    """Mostly members that fit; sometimes near-misses, strangers, equal names, raw junk."""
    members: list[str] = []
    for field in fields:
        if draw(st.integers(0, 9)) > 1:
            members.append(f'"{field.name}":{draw(value_for(field))}')
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        name = draw(st.sampled_from([*NAMES, "y", "__proto__", "f1", "\\u0000", "\\ud800", "\\u0078"]))
        members.append(f'"{name}":{draw(value_for(None))}')
    text = "{" + ",".join(draw(st.permutations(members))) + "}"
    if draw(st.integers(0, 19)) == 0:
        cut = draw(st.integers(0, len(text)))
        text = text[:cut] + draw(st.text(max_size=2)) + text[cut:]
    return text.encode("utf-8", "surrogatepass")


def value_for(field: Field | None) -> st.SearchStrategy[str]:
    junk = st.sampled_from(RAW_VALUES)
    anything = st.sampled_from(ANY_VALUE).map(json.dumps)
    if field is None:
        return anything | junk
    own = st.sampled_from(field.kind.examples).map(json.dumps)
    near = st.sampled_from(VALUES[field.type]).map(lambda value: json.dumps(value, ensure_ascii=False))
    chosen = (
        [st.sampled_from(field.choices).map(lambda value: json.dumps(value, default=str))]
        if field.choices
        else []
    )
    return st.one_of(own, own, own, *chosen, *chosen, near, anything, junk)


@settings(max_examples=examples(80, 300), derandomize=True, deadline=None)
@given(st.data())
def test_both_roads_agree_on_everything(data: st.DataObject) -> None:
    fields = data.draw(fields_of_versions())
    extra: ExtraFields = data.draw(st.sampled_from(["reject", "reject", "drop", "keep"]))
    judge = DataJudge(Content(fields, extra))
    for _ in range(5):
        raw = data.draw(payloads(fields))
        assert said(fields, judge.judge(raw)) == said(fields, judge.judge_by_reference(raw))
