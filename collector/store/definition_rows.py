"""Definitions and versions as rows, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from collector.core import ids
from collector.core.definitions import Content, Definition, Draft, Version, WebTracking
from collector.core.documents import dump_content, dump_document, load_content


def members_of(draft: Draft) -> dict[str, Any]:
    """The columns of a definition that its author writes."""
    document = dump_document(draft)
    return {
        "title": draft.title,
        "category": draft.category,
        "description": draft.description,
        "owner": draft.owner,
        "tags": json.dumps(list(draft.tags)),
        "allowed_operations": json.dumps(document["allowed_operations"]),
        "web_tracking": json.dumps(document["web_tracking"]),
        "field_texts": _field_texts(draft.content),
        "retention_days": draft.retention_days,
    }


def version_row(
    content: Content, number: int, definition: int | None, ordinal: int, now: int, current_from: int
) -> dict[str, Any]:
    return {
        "id": number,
        "definition": definition,
        "number": ordinal,
        "content": json.dumps(dump_content(content), ensure_ascii=False),
        "created_at": now,
        "current_from": current_from,
    }


def version_of(row: Mapping[str, Any]) -> Version:
    return Version(
        id=ids.encode(row["id"]),
        definition_id=ids.encode(row["definition"]),
        number=row["number"],
        content=load_content(json.loads(row["content"])),
        created_at=row["created_at"],
        current_from=row["current_from"],
        retired_at=row["retired_at"],
        web_tracking=_tracking(row["web_tracking"]) if row["web_tracking"] else None,
    )


def definition_of(row: Mapping[str, Any], versions: tuple[Version, ...]) -> Definition:
    allowed = json.loads(row["allowed_operations"])
    draft = Draft(
        event_name=row["event_name"],
        title=row["title"],
        category=row["category"],
        content=_with_field_texts(versions[-1].content, json.loads(row["field_texts"])),
        allowed_operations={kind: frozenset(operations) for kind, operations in allowed.items()},
        web_tracking=_tracking(row["web_tracking"]),
        description=row["description"],
        owner=row["owner"],
        tags=tuple(json.loads(row["tags"])),
        retention_days=row["retention_days"],
    )
    return Definition(
        id=ids.encode(row["id"]),
        section_id=row["section"],
        draft=draft,
        versions=versions,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        revision=row["revision"],
        hidden_at=row["hidden_at"],
    )


def _field_texts(content: Content) -> str:
    """What may change about fields without a new version: their descriptions, and who must not see them."""
    texts = {one.name: {"description": one.description, "personal": one.personal} for one in content.fields}
    return json.dumps(texts, ensure_ascii=False)


def _with_field_texts(content: Content, texts: Mapping[str, Any]) -> Content:
    fields = tuple(replace(one, **texts.get(one.name, {})) for one in content.fields)
    return replace(content, fields=fields)


def _tracking(text: str) -> WebTracking:
    document = json.loads(text)
    document["origins"] = tuple(document["origins"])
    document["triggers"] = tuple(document["triggers"])
    return WebTracking(**document)
