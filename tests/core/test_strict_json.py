"""Reading JSON strictly, and refusing what can be read but not kept."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.core.strict_json import MAX_FAULTS, Unreadable, faults_in, read
from tests.generated import examples

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def codes_and_pointers(value: object, **limits: int) -> list[tuple[str, str]]:
    return [(fault.code, fault.pointer) for fault in faults_in(value, **limits)]


def refusal(raw: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(raw)
    return caught.value


def no_json(name: str) -> None:
    """The standard library takes NaN and Infinity, which RFC 8259 §6 does not have."""
    raise ValueError(name)


def test_numbers_keep_their_digits() -> None:
    value: Any = read(b"[149.90, 1e2, 9007199254740993, 12345678901234567890123]")
    assert [str(number) for number in value] == [
        "149.90",
        "1E+2",
        "9007199254740993",
        "12345678901234567890123",
    ]
    assert [type(number) for number in value] == [Decimal, Decimal, int, int]


def test_the_last_of_equal_names_wins() -> None:
    assert read(b'{"a":1,"a":{"b":1,"b":2}}') == {"a": {"b": 2}}


def test_what_is_not_json_says_where() -> None:
    assert refusal(b'{"a":[1,NaN]}').pointer == "/a/1"
    assert refusal(b'{"a/b":-Infinity}').pointer == "/a~1b"
    assert "line 2, column 6" in refusal(b'{"a":1,\n"b": }').message
    assert "byte 3" in refusal(b'"a\xff"').message
    assert "byte order mark" in refusal(b"\xef\xbb\xbf{}").message
    assert refusal(b" ").message == "There is nothing here."


def test_a_nonsense_number_beside_a_lone_surrogate_can_be_pointed_at() -> None:
    assert refusal(b'{"\\ud800":NaN}').pointer == "/\ufffd"


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'["]",'])
def test_depth_is_refused_before_anything_recurses(opening: bytes) -> None:
    assert refusal(opening * 100_000).code == "too-deep"
    assert refusal(b'"\\"",' + opening * 100_000).code == "too-deep"


def test_wide_is_not_deep() -> None:
    assert read(b"[" + b"[],{}," * 50_000 + b"1]")
    assert read(b'["' + b"[" * 100_000 + b'"]')


@pytest.mark.parametrize("depth", [1, 32, 33, 99, 100])
def test_what_is_read_is_not_yet_kept(depth: int) -> None:
    value = read(b"[" * depth + b"]" * depth)
    assert codes_and_pointers(value) == ([("too-deep", "/0" * 32)] if depth > 32 else [])
    assert codes_and_pointers(value, max_depth=depth) == []


def test_long_integers_are_refused_fast() -> None:
    started = time.process_time()
    value = read(b'{"a":' + b"9" * 1_000_000 + b',"b":' + b"8" * 5000 + b"}")
    assert codes_and_pointers(value) == [("out-of-range", "/a"), ("out-of-range", "/b")]
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    "number", ["9223372036854775808", "-9223372036854775809", "1e309", "1e-309", "1e99999999999999999999"]
)
def test_numbers_that_nothing_can_hold_are_refused(number: str) -> None:
    assert codes_and_pointers(read(f"[{number}]".encode())) == [("out-of-range", "/0")]


@pytest.mark.parametrize(
    "number", ["9223372036854775807", "-9223372036854775808", "1e308", "0.1", "0", "-0.0", "1e-308"]
)
def test_numbers_at_the_edge_are_kept(number: str) -> None:
    assert faults_in(read(f"[{number}]".encode())) == []


def test_texts_and_names_that_cannot_be_stored_are_refused_with_their_place() -> None:
    value = read(b'{"a":["x\\u0000"],"b":{"\\ud800":1},"c":"\\ud83d\\ude00","d":"\\udc00"}')
    assert codes_and_pointers(value) == [
        ("text-invalid", "/a/0"),
        ("text-invalid", "/b/\ufffd"),
        ("text-invalid", "/d"),
    ]


def test_faults_are_seen_from_further_out_and_are_few() -> None:
    assert faults_in("\0", "/data/x")[0].pointer == "/data/x"
    assert len(faults_in(["\0"] * 10_000)) == MAX_FAULTS
    assert len(faults_in([["\0"] * 49, ["\0"] * 49])) == MAX_FAULTS


@settings(max_examples=examples(50, 150), derandomize=True, deadline=None)
@given(VALUES)
def test_what_json_writes_is_read_back(value: Any) -> None:
    raw = json.dumps(value, default=str, ensure_ascii=False).encode()
    assert read(raw) == json.loads(raw)


@settings(max_examples=examples(100, 300), derandomize=True, deadline=None)
@given(st.binary(max_size=20) | st.text(alphabet='[]{}",:\\u0d8eE+-. \ntrfalsn', max_size=20).map(str.encode))
def test_junk_is_refused_exactly_where_the_standard_library_refuses_it(raw: bytes) -> None:
    try:
        expected = json.loads(raw.decode(), parse_float=Decimal, parse_constant=no_json)
    except ValueError:
        refusal(raw)
    else:
        assert read(raw) == expected
