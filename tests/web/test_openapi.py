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
from collector.web.openapi.codes import OF_EVERY_ADDRESS
from collector.web.openapi.operations import documented
from collector.web.openapi.shown import Problem
from tests.cast import Shop, open_shop

OTHER_DOORS = ("/api/cloudevents", "/audience/")
"""Doors of other APIs that refuse as ours does."""

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
    shapes = [
        document["components"]["responses"][name]["content"]["application/problem+json"]["schema"]
        for name in names
    ]
    return {code for shape in shapes for code in shape["allOf"][1]["properties"]["code"]["enum"]}


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_every_route_of_the_api_is_documented(shop: Shop, document: dict[str, Any]) -> None:
    """A route that is missing here has no `@documented(…)`: see collector/web/openapi/__init__.py."""
    described = {(path, method.upper()) for path, method, _ in operations(document)}
    of_the_app = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in shop.app.url_map.iter_rules()
        if rule.rule.startswith(("/api/v1/", *OTHER_DOORS, "/oauth/"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert of_the_app - described == set()
    assert {place for place in described if place[0].startswith("/api/v1/")} - of_the_app == set()


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
        assert bool(operation["security"]) == path.startswith(("/api/v1/", *OTHER_DOORS)), place
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


def test_what_an_answer_adds_may_be_sent_back(document: dict[str, Any]) -> None:
    sent, answered = (document["components"]["schemas"][name] for name in ("SentDefinition", "Definition"))
    ignored = {name for name, shape in sent["properties"].items() if shape.get("readOnly")}
    assert ignored == ANSWER_MEMBERS
    assert set(answered["properties"]) <= set(sent["properties"])


def test_the_guide_lists_every_code_with_its_status() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", API_MD.read_text(), re.MULTILINE)
    assert {code: int(status) for code, status in rows} == {code: row[0] for code, row in STATUS.items()}
    assert len(rows) == len(STATUS)
