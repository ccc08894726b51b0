"""Every rule of a field holds in every place: one table, all rules × all places, each cell by what it does.

What the compiler makes of the `.d.ts` is in `test_types.py`, over the same table.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from playwright.sync_api import Browser, Page

from collector.core.data import DataJudge, Judged
from collector.core.definitions import Content
from collector.core.fields import FIELD_TYPES, Field
from collector.core.json_schema import json_schema
from collector.web.api.rejection_shapes import masked
from snippet.build import assemble, build
from snippet.embed import types
from snippet.plan import Plan
from tests.snippet.rules_table import CASES, IN_WORDS, PLACES, Case, rules_of_types
from tests.snippet.stand_in import serving

Sent = frozenset[tuple[str, str]]
"""(path of the beacon, `fitting` or `wrong`) of everything that the snippets of all cases let through."""


def test_the_table_has_every_rule_of_every_type() -> None:
    assert {(case.field.type, case.rule) for case in CASES} == rules_of_types()
    assert {place for case in CASES for place in case.lenient} <= set(PLACES)
    assert [str(case) for case in CASES if case.lenient >= {"reference"}] == []


@pytest.fixture(scope="module")
def sent(chromium: Browser) -> Any:
    """One page with a snippet for each case: the calls that came through to a collector."""
    context = chromium.new_context()
    with serving() as site:
        page = context.new_page()
        page.goto(site.page("/cart", ""))
        page.add_script_tag(content=";".join(build(case.plan(site.url)) for case in CASES))
        refused = call_all(page)
        events = site.wait_for_stored(2 * len(CASES) - len(refused))
        paths = {event["id"]: beacon.path for beacon in site.beacons for event in beacon.events}
        yield frozenset((paths[event["id"]], event["source"]) for event in events)
    context.close()


def call_all(page: Page) -> list[Any]:
    """Calls each case with what fits and what does not; answers what the console was told of."""
    calls = [
        [case.event_name, data, word]
        for case in CASES
        for word, data in (("fitting", case.fitting), ("wrong", case.wrong))
    ]
    refused: list[Any] = page.evaluate(
        "calls => { const told = []; console.warn = (...words) => told.push(words);"
        " calls.forEach(call => fieldpost(...call)); return told }",
        calls,
    )
    return refused


def by_reference(case: Case, word: str, sent: Sent) -> bool:
    raw = json.dumps(getattr(case, word)).encode()
    return isinstance(DataJudge(case.content()).judge_by_reference(raw), Judged)


def by_fast_road(case: Case, word: str, sent: Sent, **content: Any) -> bool:
    return DataJudge(case.content(**content)).fast(json.dumps(getattr(case, word)).encode()) is not None


def by_fast_road_with_extra_fields(case: Case, word: str, sent: Sent) -> bool:
    return by_fast_road(case, word, sent, extra_fields="keep")


def by_json_schema(case: Case, word: str, sent: Sent) -> bool:
    schema = json_schema("a", "", case.content(), "v1")
    return bool(jsonschema.Draft202012Validator(schema).is_valid(getattr(case, word)))


def by_snippet(case: Case, word: str, sent: Sent) -> bool:
    return (f"/b/{case.field.type}-{case.rule}", word) in sent


ACCEPTS: dict[str, Callable[[Case, str, Sent], bool]] = {
    "reference": by_reference,
    "fast road": by_fast_road,
    "fast road with extra fields": by_fast_road_with_extra_fields,
    "JSON Schema": by_json_schema,
    "snippet": by_snippet,
}


@pytest.mark.parametrize("place", ACCEPTS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_holds_in_every_place(case: Case, place: str, sent: Sent) -> None:
    assert ACCEPTS[place](case, "fitting", sent)
    assert ACCEPTS[place](case, "wrong", sent) is not case.refused_by(place)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_type_cannot_refuse_is_in_words_beside_it(case: Case) -> None:
    words = IN_WORDS.get(case.event_name)
    assert (words is None) is case.refused_by("types")
    comment = f"/** {case.field.type}{f', {words}' if words else ''} */"
    assert comment in types(case.plan("https://c.example"))


@pytest.mark.parametrize("case", [case for case in CASES if "JSON Schema" in case.lenient], ids=str)
def test_what_a_schema_cannot_refuse_is_in_its_comment(case: Case) -> None:
    member = json_schema("a", "", case.content(), "v1")["properties"]["x"]
    limit = getattr(case.field, case.rule)
    assert (limit[0] if isinstance(limit, tuple) else limit) in member["$comment"]


def test_patterns_and_personal_are_the_collectors_alone() -> None:
    """The snippet of a field with them is the snippet of a field without."""
    plain = Field("x", "text", required=True)
    ruled = replace(plain, pattern="[A-Z]+", personal=True)
    assert assemble(plan(ruled)) == assemble(plan(plain))


@pytest.mark.parametrize("kind", FIELD_TYPES)
def test_personal_refuses_nothing_hides_what_people_see_and_is_told_to_developers(kind: str) -> None:
    plain, personal = Field("x", kind), Field("x", kind, personal=True)
    value = FIELD_TYPES[kind].examples[0]
    raw = json.dumps({"x": value}).encode()
    one, other = (DataJudge(Content((field,))).judge(raw) for field in (plain, personal))
    assert isinstance(one, Judged)
    assert isinstance(other, Judged)
    assert one.text == other.text
    names = frozenset(field.name for field in (personal,) if field.personal)
    assert masked({"data": {"x": value}}, names)["data"]["x"] != value
    assert f"/** {kind}, personal */" in types(plan(personal))


def plan(*fields: Field) -> Plan:
    return Plan("order.completed", "v1", "https://c.example", fields)
