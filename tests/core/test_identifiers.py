"""Identifiers: one spelling for one person."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collector.core import identifiers
from collector.core.identifiers import (
    KINDS,
    UNKNOWN_NAMED,
    judge_identifiers,
    judge_visitor,
    normalise,
    usual_identifiers,
)
from collector.core.problems import Fault
from tests.generated import examples

QUICK = settings(derandomize=True, deadline=None, max_examples=examples(80, 300))

_LABELS = st.sampled_from(
    ["x", "shop", "x-y", "a--b", "ab--c", "9", "exa\u0308mple", "EXÄMPLE", "xn--exmple-cua", "K", ""]
)
_ENDINGS = st.sampled_from(["se", "SE", "c", "example", "test", "local", "arpa", "s3", "straße", "x" * 60])
_LOCALS = st.text("abzABZ019+_-éÉİſKß\u0301", min_size=1, max_size=6)
_QUOTED = st.text('abZ @"\\.é', max_size=6).map('"{}"'.format)
_DOTTED = st.lists(_LOCALS, min_size=1, max_size=3).map(".".join)
# Close to addresses, so that both sides of every rule are met.
ADDRESSES = st.builds(
    "{}@{}.{}".format, _DOTTED | _QUOTED, st.lists(_LABELS, min_size=1, max_size=3).map(".".join), _ENDINGS
)
NUMBERS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["+46", "0046 ", "+1 (", "+39 0", "+49 (0)", "+460", "+", ""]),
    st.sampled_from(["", "7", "70-", "202) ", "0/"]),
    st.text("0123456789", min_size=5, max_size=10),
)


def _form(kind: str, value: str) -> str | None:
    outcome = normalise(kind, value, "")
    return None if isinstance(outcome, Fault) else outcome


@QUICK
@example("email", '"Foo\\ Bar"@x.se')
@example("email", "İ@x.se")
@example("email", "J\u030c@x.se")
@given(st.sampled_from(KINDS), ADDRESSES | NUMBERS | st.text(max_size=20))
def test_normalising_twice_changes_nothing(kind: str, value: str) -> None:
    once = _form(kind, value)
    assert once is None or _form(kind, once) == once


@QUICK
@example("anna@sub.test")
@example("K@x.se")
@example("foo.@x.se")
@example("foo@x-.se")
@given(ADDRESSES)
def test_the_short_road_of_an_address_agrees_with_the_long_one(address: str) -> None:
    assert normalise("email", address, "") == identifiers._normalise_email(address, "")


def test_the_short_road_repeats_no_group_possessively() -> None:
    """Debian 12's Python gets those wrong."""
    pattern = identifiers._PLAIN_EMAIL.pattern
    assert not {")*+", ")++", ")?+"} & {pattern[place : place + 3] for place in range(len(pattern))}


@QUICK
@given(ADDRESSES)
def test_composed_and_decomposed_spellings_are_one_address(address: str) -> None:
    composed = _form("email", unicodedata.normalize("NFC", address))
    assert _form("email", unicodedata.normalize("NFD", address)) == composed


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.emails(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KINDS), inner, max_size=2),
    max_leaves=4,
)


@QUICK
@example({"email": 1})
@example({"email": []})
@example({"email": None})
@example({"email": "anna@shop.se"})
@example([1])
@given(JSON | st.fixed_dictionaries({"email": JSON}))
def test_the_short_road_of_identifiers_takes_only_what_the_long_one_takes_as_it_is(document: object) -> None:
    usual = usual_identifiers(document)
    assert usual is None or (usual, []) == judge_identifiers(document)


def test_the_strongest_identifier_comes_first() -> None:
    given = {"mobile": "+46701234567", "email": "Anna@x.se", "crm_id": "C-1"}
    found, faults = judge_identifiers(given)
    assert list(found.items()) == [("crm_id", "C-1"), ("email", "anna@x.se"), ("mobile", "+46701234567")]
    assert faults == []


@pytest.mark.parametrize("document", [None, {}, {"email": None}, {"email": None, "crm_id": None}])
def test_null_is_absence(document: object) -> None:
    assert judge_identifiers(document) == ({}, [])


@pytest.mark.parametrize("document", [[], "anna@x.se", 1, True, [{"email": "anna@x.se"}]])
def test_identifiers_are_an_object(document: object) -> None:
    found, faults = judge_identifiers(document)
    assert found == {}
    assert [(fault.code, fault.pointer) for fault in faults] == [("identifiers-invalid", "/identifiers")]


def test_everything_wrong_is_told_at_once() -> None:
    document = {"email": "nobody", "mobile": "null", "crm_id": 7, "fax/2": "x", "visitor": "x"}
    found, faults = judge_identifiers(document, "/events/3/identifiers")
    assert found == {}
    assert {(fault.code, fault.pointer) for fault in faults} == {
        ("identifier-invalid", "/events/3/identifiers/email"),
        ("identifier-placeholder", "/events/3/identifiers/mobile"),
        ("type-wrong", "/events/3/identifiers/crm_id"),
        ("identifier-unknown", "/events/3/identifiers/fax~12"),
        ("identifier-unknown", "/events/3/identifiers/visitor"),
    }


def test_thousands_of_unknown_kinds_make_a_short_answer() -> None:
    _, faults = judge_identifiers({"k" * 10_000 + str(n): "x" for n in range(10_000)})
    assert len(faults) == UNKNOWN_NAMED
    assert sum(len(fault.pointer) for fault in faults) < 3_000


@pytest.mark.parametrize("visitor", ["a" * 8, "A-z_0123", "z" * 64])
def test_a_visitor_id_is_kept_as_it_is(visitor: str) -> None:
    assert judge_visitor(visitor, "/visitor") == visitor


@pytest.mark.parametrize(
    ("visitor", "code"),
    [
        ("a" * 7, "visitor-invalid"),
        ("a" * 65, "visitor-invalid"),
        ("abcdefgh\n", "visitor-invalid"),
        ("abcdefgé", "visitor-invalid"),
        ("undefined", "identifier-placeholder"),
        ("Anonymous", "identifier-placeholder"),
        (12345678, "type-wrong"),
        (None, "type-wrong"),
    ],
)
def test_what_is_no_visitor_id_is_refused(visitor: object, code: str) -> None:
    outcome = judge_visitor(visitor, "/visitor")
    assert isinstance(outcome, Fault)
    assert (outcome.code, outcome.pointer) == (code, "/visitor")
