"""What the API's description shows as an example works as it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from openapi_schema_validator import OAS31Validator
from werkzeug.test import TestResponse

from collector.core.permissions import Key
from collector.core.segments.templates import TEMPLATES
from collector.web.openapi.document import build_document
from collector.web.openapi.examples import ALICE, BOB, DEFINITION, ORDER, WEBHOOK
from collector.web.openapi.shown import AN_ID
from tests.cast import ADMIN, NOON, Shop, open_shop

PAGE = {"Origin": "https://shop.example", "User-Agent": "Mozilla/5.0 Firefox/153.0"}


class Section:
    """A section of its own for one example, with what the examples speak of, as far as they make it not."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.shop = shop
        section_id = shop.store.sections.create(name, "reject", ADMIN, NOON).id
        self.key: Key = shop.key(section=section_id)

    def post(self, path: str, document: Any) -> Any:
        answer = self.shop.post(self.key, f"/api/v1/{path}", document)
        assert answer.status_code < 300, answer.get_data(as_text=True)
        return answer.get_json()

    def get(self, path: str) -> Any:
        return self.shop.get(self.key, f"/api/v1/{path}").get_json()

    def stock(self) -> None:
        self.post("definitions", DEFINITION)
        self.post("events", ORDER)
        self.post("events", {**ORDER, "id": "of-bob", "identifiers": {**BOB, "crm_id": "B"}})

    def part(self, name: str, example: Any) -> str:
        """The variable part of an address: the example, or the id of something that is there."""
        match name:
            case "key_id":
                return self.key.id
            case "public_id":
                return str(self.get("definitions/order.completed")["id"])
            case "section_id" | "workspace_id":
                return self.key.section_id
            case "version_id":
                return str(self.get("definitions/order.completed/versions")["versions"][0]["id"])
            case "conflict_id":
                self.post("events", {**ORDER, "id": "of-both", "identifiers": {**ALICE, "crm_id": "B"}})
                return str(self.get("conflicts")["conflicts"][0]["id"])
            case "segment_id":
                if not self.get("segments")["segments"]:
                    self.post("segments", {"name": "VIP", "tree": TEMPLATES[0].tree})
                return "vip"
            case "webhook_id" | "delivery_id":
                return self.webhook(name)
            case "merge_id":
                named = [{"kind": "email", "value": person["email"]} for person in (BOB, ALICE)]
                return str(self.post("profiles/merge", {"from": named[0], "into": named[1]})["id"])
        return quote(str(example), safe="")

    def stock_for(self, operation_id: str) -> None:
        """All that the examples of an operation speak of, but for what it makes."""
        if operation_id == "definitions_create":
            return
        self.stock()
        if operation_id == "segment_io_group":
            self.post("definitions", {"event_name": "group", "category": "signal", "extra_fields": "keep"})
        if operation_id.startswith("notifuse_segments_") and operation_id != "notifuse_segments_create":
            self.part("segment_id", None)

    def named(self, body: bytes) -> bytes:
        """An example with the ids of what is there, where it speaks of such a thing."""
        body = body.replace(b'"workspace_id":"shop"', f'"workspace_id":"{self.key.section_id}"'.encode())
        if b"client_id" in body:
            body = body.replace("fp_…".encode(), self.shop.secrets[self.key.id].encode())
            return body.replace(AN_ID.encode(), self.key.id.encode())
        if AN_ID.encode() in body:
            return body.replace(AN_ID.encode(), self.part("version_id", None).encode())
        return body

    def webhook(self, name: str) -> str:
        there = self.get("webhooks")["webhooks"]
        hook = str((there or [self.post("webhooks", WEBHOOK)])[0]["id"])
        return hook if name == "webhook_id" else str(self.post(f"webhooks/{hook}/test", {})["id"])

    def call(self, path: str, method: str, operation: dict[str, Any], **sent: Any) -> TestResponse:
        """The operation with the examples of its parameters."""
        headers = self.shop.headers(self.key) if operation["security"] else {}
        if path.startswith(("/b/", "/s/")):
            headers = dict(PAGE)
        query: dict[str, str] = {}
        for parameter in operation["parameters"]:
            name, example = parameter["name"], parameter.get("example", parameter["schema"].get("example"))
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", self.part(name, example))
            elif example is not None:
                example = self.part(name, example) if name == "workspace_id" else example
                (query if parameter["in"] == "query" else headers)[name] = example
        return self.shop.client.open(path, method=method, query_string=query, headers=headers, **sent)


@pytest.fixture
def shop(sqlite_database_url: str) -> Iterator[Shop]:
    opened = open_shop(sqlite_database_url)
    yield opened
    opened.store.close()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        yield from ((path, method, operation) for method, operation in item.items())


def require_documented(document: dict[str, Any], operation: dict[str, Any], answer: TestResponse) -> None:
    """That an answer is what the description says of this operation when all is well."""
    status = str(answer.status_code)
    assert answer.status_code < 300, answer.get_data(as_text=True)
    assert status in operation["responses"], status
    for content_type, content in operation["responses"][status].get("content", {}).items():
        assert answer.mimetype == content_type.partition(";")[0]
        if content_type == "application/json":
            described = {**content["schema"], "components": document["components"]}
            OAS31Validator(described).validate(answer.get_json())


def test_every_body_is_accepted(shop: Shop) -> None:
    document, tried = build_document(shop.app), 0
    for path, method, operation in operations(document):
        for content_type, content in operation.get("requestBody", {}).get("content", {}).items():
            for name, example in content["examples"].items():
                tried += 1
                section = Section(shop, f"Section {tried}")
                section.stock_for(operation["operationId"])
                answer = section.call(
                    path,
                    method,
                    operation,
                    data=section.named(msgspec.json.encode(example["value"])),
                    content_type=content_type,
                )
                require_documented(document, operation, answer)
                if path.startswith("/v1/"):
                    assert b"rejected" not in answer.data, (path, name, answer.get_data(as_text=True))
    assert tried > 50


def test_what_the_guide_sends_is_accepted(shop: Shop) -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", guide, re.DOTALL)]
    definition = next(block for block in blocks if "event_name" in block)
    section = Section(shop, "Guide")
    section.post("definitions", definition)
    sent = re.findall(r"curl [^\n]*?/api/v1/([^\s\"]+)\"? .*?-d '(.*?)'", guide, re.DOTALL)
    answers = {address: section.post(address, json.loads(body)) for address, body in sent}
    assert answers.keys() == {"events", "rejections/replay"}
    assert answers["events"]["verdict"] == "stored"


def test_every_address_leads_somewhere(shop: Shop) -> None:
    section = Section(shop, "Readers")
    section.stock()
    section.part("segment_id", None)
    document = build_document(shop.app)
    reading = [one for one in operations(document) if one[1] == "get"]
    assert len(reading) > 10
    for path, method, operation in reading:
        answer = section.call(path, method, operation)
        assert answer.status_code == 200, (path, answer.get_data(as_text=True))
        require_documented(document, operation, answer)
