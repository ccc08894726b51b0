"""Requests that nobody thought of: a clear answer, never a 5xx, and one count for each payload."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.generated import examples
from tests.web.notifuse.doors import GET, IMPORT, LIST, TIMELINE, UPSERT, Doors

GENERATED = settings(
    max_examples=examples(30, 150),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ANSWERS_OF_WRITING = {200, 201, 400}

texts = st.text(max_size=20) | st.sampled_from(
    ["", "\0", "\ud800", "é" * 101, "x" * 256, "order.completed", "web:1"]
)
numbers = st.integers() | st.floats() | st.sampled_from([2**63, 10**400, 1e308, -0.0])
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
moments = st.sampled_from(
    ["2026-05-01T12:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "now", ""]
)
MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    "email": st.sampled_from(["a@example.com", "B@example.com "]) | texts,
    "event_name": st.sampled_from(["order.completed", "user/signed-up", "nope"]) | texts,
    "external_id": texts,
    "properties": st.dictionaries(texts | st.sampled_from(["total", "plan"]), values, max_size=4) | values,
    "occurred_at": moments | values,
    "deleted_at": moments | st.none(),
    "created_at": moments | values,
    "source": texts | values,
    "goal_type": st.sampled_from(["purchase", "lead", "signup", ""]) | values,
    "goal_value": numbers | values,
    "goal_name": texts | values,
}
events = st.fixed_dictionaries({}, optional=MEMBERS)


@GENERATED
@given(event=events)
def test_an_upsert_of_anything_is_answered(lasting_doors: Doors, event: dict[str, Any]) -> None:
    before = lasting_doors.counted().get("received", 0)
    status, answer = lasting_doors.post(UPSERT, {**event, "workspace_id": "shop"})
    assert status in ANSWERS_OF_WRITING
    assert ("event" in answer) == (status == 200)
    is_read = answer != {"error": "Invalid request body"}
    assert lasting_doors.counted().get("received", 0) == before + is_read


@GENERATED
@given(sent=st.lists(events | values, max_size=4) | values)
def test_an_import_of_anything_is_stored_whole_or_not_at_all(lasting_doors: Doors, sent: Any) -> None:
    before = lasting_doors.counted()
    status, _ = lasting_doors.post(IMPORT, {"events": sent, "workspace_id": "shop"})
    after = lasting_doors.counted()
    moved = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    assert status in ANSWERS_OF_WRITING
    if status == 201:
        assert (moved.pop("received"), moved.get("rejected")) == (len(sent), None)
        assert sum(moved.values()) == len(sent)
    elif moved:
        assert moved == {"received": len(sent), "rejected": len(sent)}


@GENERATED
@given(body=st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
def test_a_body_of_anything_is_answered(lasting_doors: Doors, body: bytes) -> None:
    for path in (UPSERT, IMPORT):
        assert lasting_doors.post(path, body)[0] == 400


@GENERATED
@given(
    query=st.dictionaries(
        st.sampled_from(["email", "event_name", "external_id", "limit", "offset", "cursor"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
        | st.sampled_from(["a@example.com", "order.completed", "-1", "999999999999999999"]),
    )
)
def test_reading_with_any_words_is_answered(lasting_doors: Doors, query: dict[str, str]) -> None:
    for path in (GET, LIST, TIMELINE):
        status, answer = lasting_doors.get(path, workspace_id="shop", **query)
        assert status in {200, 400, 404}
        assert ("error" in answer) == (status != 200)
