"""Definition documents: judged all at once, and the same again after every round trip."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.core.definitions import Content, Definition, Draft, GoalRule, Version, WebTracking
from collector.core.documents import (
    dump_content,
    dump_definition,
    dump_document,
    dump_version,
    load_content,
    parse_definition,
)
from collector.core.fields import Field, parse_timestamp
from collector.core.identifiers import KINDS
from tests.core.order_document import ORDER, faults, order, web
from tests.generated import examples

QUICK = settings(derandomize=True, deadline=None, max_examples=examples(30, 100))
NOW = parse_timestamp("2026-05-01T12:00:00Z")
HOUR = 3_600_000_000

MINIMAL = {"event_name": "a", "category": "signal"}


def test_a_whole_document_becomes_a_draft() -> None:
    draft = parse_definition(ORDER)
    assert draft.content.fields[0] == Field("total", "decimal", required=True, minimum=Decimal("0.10"))
    assert draft.content.goal == GoalRule("purchase", "total", "currency", "checkout")
    assert draft.allowed_operations == {
        "email": frozenset({"read", "write"}),
        "mobile": frozenset({"write"}),
        "crm_id": frozenset(),
    }
    assert draft.web_tracking.origins == ("https://shop.example", "https://*.shop.example")
    assert draft.tags == ("checkout",)


def test_absent_members_take_their_defaults() -> None:
    draft = parse_definition(MINIMAL)
    assert (draft.title, draft.description, draft.owner, draft.tags) == ("a", "", "", ())
    assert draft.content.extra_fields == "reject"
    assert draft.content.goal is None
    assert draft.web_tracking == WebTracking()
    assert draft.allowed_operations == dict.fromkeys(KINDS, frozenset({"read", "write"}))


@pytest.mark.parametrize(
    ("category", "names"),
    [
        ("transaction", ["reference", "amount", "currency"]),
        ("conversion", ["step", "form"]),
        ("signal", ["element", "value"]),
    ],
)
def test_each_category_has_its_pre_made_fields(category: str, names: list[str]) -> None:
    fields = parse_definition({"event_name": "a", "category": category}).content.fields
    assert [field.name for field in fields] == [*names, "page_url", "referrer", "campaign"]
    assert [field.fill for field in fields[-3:]] == ["page.url", "page.referrer", "utm.campaign"]
    assert not any(field.required for field in fields)


def test_a_pre_made_amount_can_be_the_value_of_a_goal() -> None:
    goal = {"type": "purchase", "value_field": "amount", "currency_field": "currency"}
    assert parse_definition({"event_name": "a", "category": "transaction", "goal": goal}).content.goal


@pytest.mark.parametrize("document", [ORDER, MINIMAL, {**MINIMAL, "category": "transaction"}])
def test_what_was_exported_applies_to_the_same(document: dict[str, Any]) -> None:
    draft = parse_definition(document)
    exported = dump_document(draft)
    assert parse_definition(exported) == draft
    assert parse_definition(json.loads(json.dumps(exported))) == draft
    assert parse_definition(yaml.safe_load(yaml.safe_dump(exported))) == draft
    assert dump_document(parse_definition(exported)) == exported


def test_stored_content_comes_back_exactly() -> None:
    content = parse_definition(ORDER).content
    loaded = load_content(json.loads(json.dumps(dump_content(content))))
    assert loaded == content
    assert str(loaded.fields[0].minimum) == "0.10"


NAMES = st.from_regex(r"[a-z][a-z0-9_]{3,8}", fullmatch=True)
DECIMALS = st.decimals(-(10**12), 10**12, allow_nan=False, places=9)
FIELDS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("decimal")}, optional={"minimum": DECIMALS, "required": st.booleans()}
    ),
    st.fixed_dictionaries(
        {"type": st.just("decimal"), "choices": st.lists(DECIMALS, min_size=1, max_size=3, unique=True)}
    ),
    st.fixed_dictionaries(
        {"type": st.just("integer")}, optional={"maximum": st.integers(-(2**63), 2**63 - 1)}
    ),
    st.fixed_dictionaries({"type": st.just("boolean")}, optional={"choices": st.just([False])}),
    st.fixed_dictionaries({"type": st.just("date")}, optional={"minimum": st.dates().map(str)}),
    st.fixed_dictionaries(
        {"type": st.just("text")}, optional={"max_length": st.integers(0, 4096), "personal": st.booleans()}
    ),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


@QUICK
@given(
    fields=st.dictionaries(NAMES.filter(lambda name: name != "source"), FIELDS, min_size=1, max_size=6),
    texts=st.fixed_dictionaries({}, optional={"title": TEXTS, "description": TEXTS, "owner": TEXTS}),
    allowed=st.dictionaries(st.sampled_from(KINDS), st.lists(st.sampled_from(["read", "write"]), max_size=2)),
    extra=st.sampled_from(["reject", "drop", "keep"]),
)
def test_every_draft_survives_export_and_storage(
    fields: dict[str, Any], texts: dict[str, str], allowed: dict[str, list[str]], extra: str
) -> None:
    listed = [{"name": name, **rules} for name, rules in fields.items()]
    document = {**MINIMAL, **texts, "fields": listed, "allowed_operations": allowed, "extra_fields": extra}
    draft = parse_definition(document)
    assert parse_definition(json.loads(json.dumps(dump_document(draft)))) == draft
    assert load_content(json.loads(json.dumps(dump_content(draft.content)))) == draft.content


@pytest.mark.parametrize("name", ["a", "order.completed", "a/b-c_d.9", "x" * 100, "..a", "-", "/", "0"])
def test_an_event_name_may_be(name: str) -> None:
    assert parse_definition({**MINIMAL, "event_name": name}).event_name == name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "name-invalid"),
        ("x" * 101, "name-invalid"),
        ("Order", "name-invalid"),
        ("a b", "name-invalid"),
        ("a\n", "name-invalid"),
        ("a~b", "name-invalid"),
        ("ä", "name-invalid"),
        (".", "name-reserved"),
        ("...", "name-reserved"),
        ("identify", "name-reserved"),
        ("consent", "name-reserved"),
        ("constructor", "name-reserved"),
        ("__proto__", "name-reserved"),
        (7, "type-wrong"),
        (None, "type-wrong"),
    ],
)
def test_an_event_name_may_not_be(name: object, code: str) -> None:
    assert faults({**MINIMAL, "event_name": name}) == {(code, "/event_name")}


def test_a_blank_title_is_the_event_name() -> None:
    for title in (None, "", "  "):
        assert parse_definition(order(title=title)).title == "order.completed"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": "x" * 201}, {("too-long", "/title")}),
        ({"title": "a\x00"}, {("text-invalid", "/title")}),
        ({"owner": "a\ud800"}, {("text-invalid", "/owner")}),
        ({"description": None}, {("type-wrong", "/description")}),
        ({"tags": "checkout"}, {("type-wrong", "/tags")}),
        ({"tags": {"checkout": 1}}, {("type-wrong", "/tags")}),
        (
            {"tags": ["", " ", 1]},
            {("too-short", "/tags/0"), ("too-short", "/tags/1"), ("type-wrong", "/tags/2")},
        ),
        ({"category": "purchase"}, {("choice-unknown", "/category")}),
        ({"extra_fields": True}, {("type-wrong", "/extra_fields")}),
        ({"fields": None}, {("type-wrong", "/fields")}),
        ({"fields": {}}, {("type-wrong", "/fields")}),
        ({"fields": []}, {("too-few-members", "/fields")}),
        ({"fields": [], "extra_fields": "drop"}, {("too-few-members", "/fields")}),
        ({"colour": "red"}, {("member-unknown", "/colour")}),
        ({"a/b~c": 1}, {("member-unknown", "/a~1b~0c")}),
        ({1: 1}, {("member-unknown", "/1")}),
        ({"allowed_operations": None}, {("type-wrong", "/allowed_operations")}),
        ({"allowed_operations": ["email"]}, {("type-wrong", "/allowed_operations")}),
        ({"allowed_operations": {"email": None}}, {("type-wrong", "/allowed_operations/email")}),
        ({"allowed_operations": {"email": ["delete"]}}, {("choice-unknown", "/allowed_operations/email/0")}),
        ({"allowed_operations": {"fax": []}}, {("member-unknown", "/allowed_operations/fax")}),
        ({"goal": {}}, {("member-missing", "/goal/type")}),
        ({"goal": {"type": "gift"}}, {("choice-unknown", "/goal/type")}),
        ({"goal": {"type": "purchase"}}, {("member-missing", "/goal/value_field")}),
        ({"goal": {"type": "lead", "value_field": "worth"}}, {("field-unknown", "/goal/value_field")}),
        ({"goal": {"type": "lead", "value_field": "gift"}}, {("field-unfit", "/goal/value_field")}),
        ({"goal": {"type": "lead", "currency_field": "total"}}, {("field-unfit", "/goal/currency_field")}),
        ({"goal": {"type": "lead", "name": "x" * 101}}, {("too-long", "/goal/name")}),
        ({"web_tracking": None}, {("type-wrong", "/web_tracking")}),
        ({"web_tracking": {"enabled": 1}}, {("type-wrong", "/web_tracking/enabled")}),
        ({"web_tracking": {"queue": "yes"}}, {("type-wrong", "/web_tracking/queue")}),
        ({"web_tracking": {"debug": 1}}, {("type-wrong", "/web_tracking/debug")}),
        ({"web_tracking": {"attributes": None}}, {("type-wrong", "/web_tracking/attributes")}),
        ({"web_tracking": {"trigger_numbers": "no"}}, {("type-wrong", "/web_tracking/trigger_numbers")}),
        ({"web_tracking": {"prerendered": True}}, {("type-wrong", "/web_tracking/prerendered")}),
        ({"web_tracking": {"prerendered": "count"}}, {("choice-unknown", "/web_tracking/prerendered")}),
        ({"web_tracking": {"source": " "}}, {("too-short", "/web_tracking/source")}),
        ({"web_tracking": {"consent": "never"}}, {("choice-unknown", "/web_tracking/consent")}),
        ({"web_tracking": {"secret": "x"}}, {("member-unknown", "/web_tracking/secret")}),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert faults({**order(), **changes}) == expected


@pytest.mark.parametrize("document", [None, [], "x", 1, [ORDER]])
def test_a_definition_is_an_object(document: object) -> None:
    assert faults(document) == {("type-wrong", "")}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    document = web(origins=["*"], triggers=[{"on": "swipe"}, 3])
    document |= {
        "event_name": "..",
        "goal": {"type": "lead", "value_field": "nothing"},
        "colour": 1,
        "title": 5,
    }
    assert faults(document) == {
        ("name-reserved", "/event_name"),
        ("type-wrong", "/title"),
        ("member-unknown", "/colour"),
        ("field-unknown", "/goal/value_field"),
        ("origin-invalid", "/web_tracking/origins/0"),
        ("choice-unknown", "/web_tracking/triggers/0/on"),
        ("type-wrong", "/web_tracking/triggers/1"),
    }
    assert {
        ("type-wrong", "/fields/0"),
        ("member-missing", "/event_name"),
        ("member-missing", "/category"),
    } == faults({"fields": [1]})


def test_what_is_wrong_in_one_place_hides_nothing_elsewhere() -> None:
    document = web(origins=["*"]) | {"fields": [1], "goal": {"type": "purchase"}}
    del document["event_name"], document["category"]
    expected = {
        ("member-missing", "/event_name"),
        ("member-missing", "/category"),
        ("type-wrong", "/fields/0"),
        ("member-missing", "/goal/value_field"),
        ("origin-invalid", "/web_tracking/origins/0"),
    }
    assert faults(document) == expected
    del document["fields"]
    assert faults(document) == expected - {("type-wrong", "/fields/0")}


def test_what_an_answer_adds_is_ignored_when_it_is_sent_back() -> None:
    draft = parse_definition(ORDER)
    assert parse_definition(dump_definition(_definition(draft), NOW)) == draft
    sent_back = order(state="current", revision=7, hidden_at=None, version={}, id=[], created_at=0)
    assert parse_definition(sent_back) == draft


def test_absent_rights_and_web_settings_keep_what_is_stored() -> None:
    stored = parse_definition(ORDER)
    document = order(title="Order paid")
    del document["allowed_operations"], document["web_tracking"], document["goal"]
    changed = parse_definition(document, stored)
    assert changed.allowed_operations == stored.allowed_operations
    assert changed.web_tracking == stored.web_tracking
    assert changed.content.goal is None
    assert parse_definition(document).web_tracking == WebTracking()


def test_web_settings_that_are_sent_replace_what_is_stored() -> None:
    changed = parse_definition(order(web_tracking={"enabled": True}), parse_definition(ORDER))
    assert changed.web_tracking == WebTracking(enabled=True)


def _definition(draft: Draft, hidden_at: int | None = None) -> Definition:
    first = Version("v1", "d1", 1, draft.content, NOW - 9 * HOUR, NOW - 9 * HOUR)
    second = Version("v2", "d1", 2, Content(draft.content.fields), NOW, NOW + HOUR)
    return Definition("d1", "shop", draft, (first, second), NOW - 9 * HOUR, NOW, hidden_at=hidden_at)


def test_an_answer_says_where_a_definition_stands() -> None:
    draft = parse_definition(ORDER)
    answer = dump_definition(_definition(draft), NOW)
    assert answer.items() >= dump_document(draft).items()
    assert answer["id"] == "d1"
    assert answer["created_at"] == "2026-05-01T03:00:00Z"
    assert answer["updated_at"] == "2026-05-01T12:00:00Z"
    assert answer["current_version"] == {"id": "v1", "number": 1}
    assert [version["state"] for version in answer["versions"]] == ["current", "pending"]
    assert "hidden_at" not in answer
    assert dump_definition(_definition(draft), NOW + HOUR)["current_version"] == {"id": "v2", "number": 2}
    assert dump_definition(_definition(draft, NOW), NOW)["hidden_at"] == "2026-05-01T12:00:00Z"
    json.dumps(answer)


def test_a_version_is_answered_whole() -> None:
    definition = _definition(parse_definition(ORDER))
    answer = dump_version(definition.versions[0], definition.versions, NOW)
    assert answer["goal"] == ORDER["goal"]
    assert [field["name"] for field in answer["fields"]] == [field["name"] for field in ORDER["fields"]]
    assert {
        name: answer[name] for name in ("id", "number", "state", "extra_fields", "current_from", "retired_at")
    } == {
        "id": "v1",
        "number": 1,
        "state": "current",
        "extra_fields": "drop",
        "current_from": "2026-05-01T03:00:00Z",
        "retired_at": None,
    }
    assert dump_version(definition.versions[1], definition.versions, NOW)["goal"] is None
