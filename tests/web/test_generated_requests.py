"""Requests that nobody thought of, made from the API's description: no 5xx, no answer outside of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from collector.web.openapi.document import build_document
from collector.web.openapi.examples import BOB, DEFINITION, ORDER
from tests.cast import Shop, open_shop

FEW, MANY = 3, 25
"""Random requests for each operation, beside those at every boundary that the description has: of those
without a key, and at doors of other APIs, only in the long run."""

HOW_MANY = [FEW, pytest.param(MANY, marks=pytest.mark.full)]

IN_A_BATCH = ("events_create", "events_validate", "beacons_receive", "cloudevents_receive")
"""What takes several events answers 200 with a verdict for each, also for those that are no events at all."""

LENIENT = tuple(
    f"segment_io_{call}"
    for call in ("batch", "import", "track", "identify", "page", "screen", "group", "alias")
)
"""Doors of another API that pass over what they cannot read, as that does."""

ERASING = "/api/v1/profiles/{kind}/{value}"
HIDING = "/api/v1/definitions/{name}/hide"
"""These are for ever for what the examples speak of, so they come when all others are done."""


@pytest.fixture
def shop(sqlite_ready_database_url: str) -> Iterator[Shop]:
    """A shop with what the examples speak of."""
    opened = open_shop(sqlite_ready_database_url)
    opened.define(DEFINITION)
    till = opened.key()
    opened.send(till, ORDER)
    opened.send(till, {**ORDER, "id": "of-bob", "identifiers": {**BOB, "crm_id": "B"}})
    yield opened
    opened.store.close()


ELSEWHERE = {"include-path-regex": "^/(?!api/v1/|b/|s/)", "phases": {"coverage": {"enabled": False}}}
"""The doors of other APIs, without what is at their boundaries."""


def settings(headers: dict[str, str], examples: int) -> SchemathesisConfig:
    not_judged = {"enabled": False}
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "headers": headers,
            "continue-on-failure": True,
            "generation": {
                "max-examples": examples,
                "deterministic": True,
                "database": "none",
                "with-security-parameters": False,
                "no-shrink": True,
            },
            "phases": {
                "stateful": {"enabled": False},
                # Without a key, what is at the boundaries of a body is read by nobody: the long run has it.
                "coverage": {"enabled": bool(headers) or examples == MANY},
            },
            "checks": {
                # What fits the description may still name an event that there is not.
                "positive_data_acceptance": not_judged,
                # It sends the request again in a way that only real servers understand.
                "ignored_auth": not_judged,
            },
            "operations": [
                {"include-operation-id": name, "checks": {"negative_data_rejection": not_judged}}
                for name in (*IN_A_BATCH, *LENIENT)
            ]
            + [ELSEWHERE] * (examples == FEW),
        }
    )


def closed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with nothing left open: a member that it does not name is one too many."""
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return document


def of_nobody(operation: dict[str, Any]) -> dict[str, Any]:
    """An operation on a person, for one that there is not."""
    nobody = {"schema": {"type": "string", "enum": ["nobody@example.com"]}, "example": "nobody@example.com"}
    parameters = [{**one, **nobody} if one["name"] == "value" else one for one in operation["parameters"]]
    return {**operation, "parameters": parameters}


def answered(shop: Shop, headers: dict[str, str], examples: int) -> Iterator[events.ScenarioFinished]:
    """Every scenario, after it was played; raises where a request could not be made at all."""
    document = closed(build_document(shop.app))
    erasing, hiding = document["paths"][ERASING], document["paths"].pop(HIDING)
    first = {**document["paths"], ERASING: {**erasing, "delete": of_nobody(erasing["delete"])}}
    for paths in (first, {ERASING: erasing}, {HIDING: hiding}):
        api = schemathesis.openapi.from_dict({**document, "paths": paths}, config=settings(headers, examples))
        api.app = shop.app
        for event in from_schema(api).execute():
            if isinstance(event, events.NonFatalError | events.FatalError):
                raise AssertionError(str(event))
            if isinstance(event, events.ScenarioFinished):
                yield event


def complaints(event: events.ScenarioFinished) -> set[str]:
    """What was wrong with the answers, and a request that shows it."""
    return {
        f"{event.recorder.label}: {check.failure_info.failure.title}: {check.failure_info.failure.message}\n"
        f"{check.failure_info.code_sample}"
        for checks in event.recorder.checks.values()
        for check in checks
        if check.status == Status.FAILURE and check.failure_info is not None
    }


def statuses(event: events.ScenarioFinished) -> set[int]:
    """How it was answered; OPTIONS aside, which only lists the methods."""
    return {
        one.response.status_code
        for one in event.recorder.interactions.values()
        if one.response is not None and one.request.method != "OPTIONS"
    }


@pytest.mark.parametrize("examples", HOW_MANY)
def test_with_every_right_no_request_is_answered_outside_the_description(shop: Shop, examples: int) -> None:
    wrong: set[str] = set()
    seen: dict[str, set[int]] = {}
    for event in answered(shop, shop.headers(shop.key("everything")), examples):
        wrong |= complaints(event)
        seen.setdefault(event.recorder.label, set()).update(statuses(event))
    assert "\n\n".join(sorted(wrong)[:10]) == ""
    # A run that only ever hears 404 has tested nothing: every operation is also heard to do its work,
    # but for those whose examples name something that this shop does not have.
    silent = {label for label, heard in seen.items() if not heard & {200, 201, 204}}
    assert {
        label
        for label in silent
        if not re.search(r"\{(key|public|conflict|merge|segment|webhook|delivery)_id\}", label)
    } <= {
        "POST /api/v1/definitions/{name}/versions/{number}/retire",
        "GET /s/{version_id}.{revision}.js",
        "POST /oauth/token",
        "POST /audience/keyspaces/{keyspace}/profiles/{profile_key}/sections/{section_id}/events",
        "DELETE /audience/keyspaces/{keyspace}/profiles/{profile_key}",
        "POST /v1/group",
        "GET /api/customEvents.get",
        *(f"GET /api/segments.{one}" for one in ("get", "contacts")),
        *(f"POST /api/segments.{one}" for one in ("update", "rebuild", "delete")),
    }


@pytest.mark.parametrize("examples", HOW_MANY)
def test_without_a_key_nothing_but_open_addresses_answers(shop: Shop, examples: int) -> None:
    wrong: set[str] = set()
    for event in answered(shop, {}, examples):
        wrong |= complaints(event)
        if " /api/v1/" in event.recorder.label:
            assert statuses(event) <= {401, 404, 405}, event.recorder.label
    assert "\n\n".join(sorted(wrong)[:10]) == ""
