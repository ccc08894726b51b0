"""The API's description says all of the API, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from collector.core.documents import ANSWER_MEMBERS
from collector.core.problems import STATUS
from collector.web.access import ANYBODY, OPERATOR, right_of
from collector.web.openapi.codes import OF_EVERY_ADDRESS
from collector.web.openapi.operations import documented
from collector.web.openapi.shown import Problem
from tests.cast import Shop, open_shop

WITH_A_KEY = (
    *("/api/v1/", "/api/cloudevents", "/audience/", "/v1/"),
    *("/api/customEvents.", "/api/segments.", "/api/timeline."),
)
"""What the addresses begin with that need one."""

NOT_DESCRIBED = {
    "pages": "people's, with a session of their browser",
    "assets": "what the pages load",
    "sessions": "a person signs in and out",
    "site_editor": "the editor's overlay, with a token of its own",
    "installs": "the check of an installation, which the snippet page leads through",
    "metrics": "the operator's: docs/monitoring.md describes it",
    "reader": "the description itself",
    "beacons.preflight": "asked by browsers, never by a program",
}
"""What the names of routes begin with that no integration calls → why."""

METHODS = {"get", "put", "post", "delete", "patch"}
NOT_OF_THE_API = {"sign-in-invalid", "sign-in-needed", "editor-closed", "rate-limited"}
"""Codes that only pages for people answer, and the doors of the editor."""
API_MD = Path(__file__).resolve().parents[2] / "docs" / "api.md"


@pytest.fixture
def shop(sqlite_database_url: str) -> Iterator[Shop]:
    """The description is the same on every database."""
    opened = open_shop(sqlite_database_url)
    yield opened
    opened.store.close()


@pytest.fixture
def document(shop: Shop) -> dict[str, Any]:
    answer = shop.client.get("/api/openapi.json")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    found: dict[str, Any] = answer.get_json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method, operation."""
    for path, item in document["paths"].items():
        yield from ((path, method, operation) for method, operation in item.items() if method in METHODS)


def codes_of(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """The problem codes that an operation's answers may have."""
    names = [
        answer["$ref"].rpartition("/")[2] for answer in operation["responses"].values() if "$ref" in answer
    ]
    contents = [document["components"]["responses"][name]["content"] for name in names]
    shapes = [one["schema"] for content in contents for one in content.values() if "allOf" in one["schema"]]
    return {code for shape in shapes for code in shape["allOf"][1]["properties"]["code"]["enum"]}


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_every_route_that_an_integration_may_call_is_described(shop: Shop, document: dict[str, Any]) -> None:
    """A route that is missing here has no `@documented(…)`: see collector/web/openapi/__init__.py."""
    described = {(path, method.upper()) for path, method, _ in operations(document)}
    of_the_app = {
        (re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in shop.app.url_map.iter_rules()
        if not rule.endpoint.startswith(tuple(NOT_DESCRIBED))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert of_the_app == described


def test_what_is_not_described_is_there_and_takes_no_key(shop: Shop) -> None:
    for beginning in NOT_DESCRIBED:
        views = [view for name, view in shop.app.view_functions.items() if name.startswith(beginning)]
        assert views, f"{beginning}: a reason for nothing"
        if beginning != "pages":
            assert {right_of(view) for view in views} <= {ANYBODY, OPERATOR}, beginning


def test_a_code_that_there_is_not_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="no-such-code"):
        documented(Problem, codes="not-found no-such-code")


def test_what_did_not_change_is_not_sent_again(shop: Shop) -> None:
    first = shop.client.get("/api/openapi.json")
    again = shop.client.get("/api/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")


def test_every_operation_says_what_it_is_who_may_and_what_it_takes(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    known_tags = {tag["name"] for tag in document["tags"] if tag["description"].endswith(".")}
    for path, method, operation in operations(document):
        place = f"{method} {path}"
        assert operation["summary"], place
        assert set(operation["tags"]) <= known_tags, place
        assert re.search(r"Needs a key with the scope `|Anybody may\.", operation["description"]), place
        assert bool(operation["security"]) == ("Anybody may." not in operation["description"]), place
        assert bool(operation["security"]) == path.startswith(WITH_A_KEY), place
        for parameter in operation["parameters"]:
            assert parameter["description"], f"{place}: {parameter['name']}"
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert content["examples"], place


def test_every_member_is_described(document: dict[str, Any]) -> None:
    silent = {
        f"{name}.{member}"
        for name, schema in document["components"]["schemas"].items()
        for member, shape in schema.get("properties", {}).items()
        if "description" not in shape and "$ref" not in shape and "anyOf" not in shape
    }
    assert silent == set()


def test_every_code_that_the_api_answers_is_in_it(document: dict[str, Any]) -> None:
    said = {code for _, _, operation in operations(document) for code in codes_of(document, operation)}
    assert STATUS.keys() - said == OF_EVERY_ADDRESS | NOT_OF_THE_API
    assert document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"] == list(STATUS)
    assert all(code in document["info"]["description"] for code in OF_EVERY_ADDRESS)


def test_what_brings_a_body_or_needs_a_right_says_its_codes(document: dict[str, Any]) -> None:
    writing = document["paths"]["/api/v1/events"]["post"]
    assert codes_of(document, writing) >= {
        *("key-missing", "key-invalid", "key-exposed", "scope-missing", "role-missing"),
        *("body-unreadable", "request-invalid", "body-too-large", "media-type-unsupported"),
        *("payload-invalid", "event-unknown", "event-not-allowed", "identifier-not-allowed"),
        *("definition-hidden", "version-retired", "version-pending", "storage-unavailable"),
    }
    assert writing["security"] == [{"key": []}]
    assert "identifier-not-allowed" in codes_of(document, document["paths"]["/api/v1/rejections"]["get"])


def test_doors_of_other_apis_refuse_as_their_clients_know_it(document: dict[str, Any]) -> None:
    track = document["paths"]["/v1/track"]["post"]
    assert codes_of(document, track) >= {"key-invalid", "payload-invalid", "body-unreadable"}
    assert track["security"] == [{"write_key": []}, {"key": []}]
    assert document["components"]["securitySchemes"]["write_key"]["scheme"] == "basic"
    upsert = document["paths"]["/api/customEvents.upsert"]["post"]
    for operation, shape in ((track, "Refusal"), (upsert, "Sentence")):
        refusals = [answer["$ref"] for answer in operation["responses"].values() if "$ref" in answer]
        assert len(refusals) > 5
        for name in refusals:
            described = document["components"]["responses"][name.rpartition("/")[2]]
            assert list(described["content"]) == ["application/json"]
            assert shape in str(described["content"])


def test_what_an_answer_adds_may_be_sent_back(document: dict[str, Any]) -> None:
    sent, answered = (document["components"]["schemas"][name] for name in ("SentDefinition", "Definition"))
    ignored = {name for name, shape in sent["properties"].items() if shape.get("readOnly")}
    assert ignored == ANSWER_MEMBERS
    assert set(answered["properties"]) <= set(sent["properties"])


def test_the_guide_lists_every_code_with_its_status() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", API_MD.read_text(), re.MULTILINE)
    assert {code: int(status) for code, status in rows} == {code: row[0] for code, row in STATUS.items()}
    assert len(rows) == len(STATUS)
