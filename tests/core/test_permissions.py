"""Rights: what a definition allows and a key is granted."""

from __future__ import annotations

from itertools import combinations

import pytest

from collector.core.definitions import AllowedOperations, Operation
from collector.core.identifiers import KINDS
from collector.core.permissions import (
    ALL_OPERATIONS,
    EVERY_KIND,
    OPERATIONS,
    SCOPES,
    Key,
    event_is_readable,
    faults_for_writing,
    kinds_with,
    may,
    parse_grants,
    readable_kinds,
)
from collector.core.problems import Problem

NOTHING: AllowedOperations = {}
READ, WRITE, BOTH = frozenset({"read"}), frozenset({"write"}), frozenset({"read", "write"})


def test_no_grant_grants_everything() -> None:
    assert parse_grants([]) == ALL_OPERATIONS == dict.fromkeys(KINDS, BOTH)


@pytest.mark.parametrize(
    ("texts", "granted"),
    [
        (["email:read,write"], {"email": BOTH, "mobile": frozenset(), "crm_id": frozenset()}),
        (["email:read", "mobile:write"], {"email": READ, "mobile": WRITE, "crm_id": frozenset()}),
        (["email:read", "email:write"], {"email": BOTH, "mobile": frozenset(), "crm_id": frozenset()}),
        (["email: read, write"], {"email": BOTH, "mobile": frozenset(), "crm_id": frozenset()}),
        (["crm_id:"], dict.fromkeys(KINDS, frozenset())),
    ],
)
def test_a_kind_that_no_grant_names_gets_nothing(texts: list[str], granted: AllowedOperations) -> None:
    assert parse_grants(texts) == granted


@pytest.mark.parametrize(
    "text", ["", "email", "fax:read", "email:delete", "email:read;write", "Email:read", ":read"]
)
def test_a_grant_that_means_nothing_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_grants(["email:read", text])
    assert caught.value.code == "request-invalid"
    assert [(fault.code, fault.pointer) for fault in caught.value.faults] == [("grant-invalid", "/grants/1")]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_effective_is_what_definition_and_key_both_allow(operation: Operation, kind: str) -> None:
    only: AllowedOperations = {kind: frozenset({operation})}
    assert may(operation, kind, only, only)
    assert may(operation, kind, only, ALL_OPERATIONS)
    assert may(operation, kind, ALL_OPERATIONS, only)
    assert not may(operation, kind, NOTHING, ALL_OPERATIONS)
    assert not may(operation, kind, ALL_OPERATIONS, NOTHING)
    other: AllowedOperations = {kind: frozenset(OPERATIONS) - {operation}}
    assert not may(operation, kind, other, ALL_OPERATIONS)


def test_readable_are_the_kinds_that_both_let_read() -> None:
    allowed = {"email": BOTH, "mobile": WRITE, "crm_id": READ}
    grants = {"email": READ, "mobile": BOTH, "crm_id": WRITE}
    assert readable_kinds(allowed, grants) == {"email"}


def test_every_identifier_that_may_not_be_written_is_named() -> None:
    writable = kinds_with("write", {"email": BOTH, "mobile": READ}, ALL_OPERATIONS)
    faults = faults_for_writing(["crm_id", "email", "mobile"], writable)
    assert [(fault.code, fault.pointer) for fault in faults] == [
        ("identifier-not-allowed", "/identifiers/crm_id"),
        ("identifier-not-allowed", "/identifiers/mobile"),
    ]
    assert faults_for_writing(KINDS, EVERY_KIND) == []


KIND_SETS = [frozenset(kinds) for size in range(4) for kinds in combinations(KINDS, size)]


@pytest.mark.parametrize("carried", KIND_SETS)
@pytest.mark.parametrize("readable", KIND_SETS)
def test_an_event_is_read_by_one_identifier_that_it_carries(
    carried: frozenset[str], readable: frozenset[str]
) -> None:
    grants = dict.fromkeys(readable, READ)
    expected = bool(carried & readable) if carried else readable == frozenset(KINDS)
    assert event_is_readable(carried, ALL_OPERATIONS, grants) is expected
    assert event_is_readable(carried, grants, ALL_OPERATIONS) is expected


def test_a_key_is_for_every_event_unless_it_names_some() -> None:
    every = Key("1", "shop", "Till", frozenset(SCOPES), ALL_OPERATIONS)
    one = Key("2", "shop", "Till", frozenset(SCOPES), ALL_OPERATIONS, frozenset({"order.completed"}))
    none = Key("3", "shop", "Till", frozenset(SCOPES), ALL_OPERATIONS, frozenset())
    assert every.may_use("order.completed")
    assert one.may_use("order.completed")
    assert not one.may_use("order.cancelled")
    assert not none.may_use("order.completed")


def test_the_kinds_are_right_however_many_keys_have_been_asked_of() -> None:
    for number in range(10_000):
        kind = KINDS[number % len(KINDS)]
        grants = {kind: frozenset({"write"} if number % 2 else {"read"})}
        assert kinds_with("write", ALL_OPERATIONS, grants) == ({kind} if number % 2 else frozenset())
