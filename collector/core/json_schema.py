"""JSON Schema 2020-12 of an event's data, for people and programs that send it."""

from __future__ import annotations

from typing import Any

from collector.core.data_extra import MAX_EXTRA_MEMBERS
from collector.core.definitions import Content
from collector.core.fields import Field


def json_schema(event_name: str, title: str, content: Content, version_id: str) -> dict[str, Any]:
    """The schema of `data` of one version, made of what any JSON writer writes.

    It refuses nothing that the collector accepts. What it cannot say (RE2 patterns, bounds of days and
    moments, bounds of decimals in texts) is in `$comment`, and judged by the collector.
    """
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:fieldpost:version:{version_id}",
        "title": title or event_name,
        "description": f"The data of the event {event_name}",
        "type": "object",
        "properties": {field.name: _property(field) for field in content.fields},
        "required": [field.name for field in content.fields if field.required],
    }
    if content.extra_fields == "reject":
        return schema | {"additionalProperties": False}
    return schema | {
        "additionalProperties": True,
        "maxProperties": len(content.fields) + MAX_EXTRA_MEMBERS,
    }


def _property(field: Field) -> dict[str, Any]:
    schema = field.kind.schema(field)
    if not field.required:  # null is absence
        schema = {"anyOf": [schema, {"type": "null"}]}
    return schema | ({"description": field.description} if field.description else {})
