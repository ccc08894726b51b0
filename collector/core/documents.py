"""Definition documents: what an admin writes and what the API answers, as JSON; and how content is stored.

`parse_definition(dump_document(draft))` is the draft again, so that what `export` wrote changes nothing
when it is applied. The shape is in `documents_shape`, the rules of web tracking in `documents_web`,
what a store keeps in `stored_content`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from collector.core.definitions import (
    AllowedOperations,
    Content,
    Definition,
    Draft,
    GoalRule,
    Version,
    WebTracking,
)
from collector.core.documents_shape import load
from collector.core.documents_web import origin_faults, trigger_faults, unmarked_faults
from collector.core.fields import Field, format_timestamp, parse_fields
from collector.core.goals import NEED_A_VALUE
from collector.core.identifiers import KINDS
from collector.core.permissions import ALL_OPERATIONS, OPERATIONS
from collector.core.premade import PREMADE_FIELDS
from collector.core.problems import Fault, Problem
from collector.core.stored_content import dump_content, load_content
from collector.core.versions import current, state

__all__ = (
    "ANSWER_MEMBERS",
    "dump_content",
    "dump_definition",
    "dump_document",
    "dump_version",
    "load_content",
    "parse_definition",
)

ANSWER_MEMBERS = frozenset(
    {
        "id",
        "created_at",
        "updated_at",
        "current_version",
        "versions",
        "state",
        "revision",
        "hidden_at",
        "version",
        "statistics",
    }
)
"""What an answer adds to the document; ignored when it is sent back."""


def parse_definition(document: object, stored: Draft | None = None) -> Draft:
    """A definition document, judged. Absent members take their defaults.

    `stored` is the definition that the document replaces: where `allowed_operations`, `web_tracking` or
    `retention_days` are absent, its own stay.

    Raises:
        Problem: `definition-invalid`, with everything that is wrong at once.
    """
    if not isinstance(document, dict):
        raise _invalid([Fault("type-wrong", "", "A definition is an object.")])
    shape, faults = load({name: value for name, value in document.items() if name not in ANSWER_MEMBERS})
    fields, field_faults = _parse_fields(shape)
    faults += field_faults
    faults += _rule_faults(shape, None if field_faults else fields, faults)
    if faults:
        raise _invalid(faults)
    return _draft(shape, fields or (), stored)


def _invalid(faults: list[Fault]) -> Problem:
    detail = "One thing is wrong" if len(faults) == 1 else f"{len(faults)} things are wrong"
    return Problem("definition-invalid", f"{detail} with the definition.", faults=faults)


def _parse_fields(shape: Mapping[str, Any]) -> tuple[tuple[Field, ...] | None, list[Fault]]:
    """The fields that are given, else the pre-made ones; None where a wrong category has no such.

    There must be one at least, unless all others are kept: a draft that an event made has none yet.
    """
    if "fields" in shape and shape["fields"] == [] and shape.get("extra_fields") == "keep":
        return (), []
    if "fields" in shape:
        return parse_fields(shape["fields"], "/fields")
    if "category" not in shape:
        return None, []
    return parse_fields(PREMADE_FIELDS[shape["category"]], "/fields")


def _rule_faults(
    shape: Mapping[str, Any], fields: tuple[Field, ...] | None, so_far: list[Fault]
) -> list[Fault]:
    """What members say about each other. A member whose own shape is wrong already is left out."""

    def sound(member: str) -> bool:
        return not any(fault.pointer.startswith(member) for fault in so_far)

    by_name = None if fields is None else {field.name: field for field in fields}
    faults: list[Fault] = []
    if shape.get("goal") and sound("/goal"):
        faults += _goal_faults(shape["goal"], by_name)
    web = shape.get("web_tracking")
    if web and sound("/web_tracking/origins"):
        faults += origin_faults(web["origins"], "/web_tracking/origins")
    if web and sound("/web_tracking/triggers"):
        others_kept = by_name is None or shape.get("extra_fields") == "keep"
        faults += trigger_faults(web["triggers"], by_name or {}, others_kept, "/web_tracking/triggers")
        if not web.get("attributes", True):
            faults += unmarked_faults(web["triggers"], "/web_tracking/triggers")
    return faults


def _goal_faults(rule: Mapping[str, Any], fields: Mapping[str, Field] | None) -> Iterator[Fault]:
    if rule["type"] in NEED_A_VALUE and rule.get("value_field") is None:
        yield Fault("member-missing", "/goal/value_field", f"A {rule['type']} needs the field of its value.")
    for member, types in (("value_field", ("integer", "decimal")), ("currency_field", ("text",))):
        name = rule.get(member)
        if name is None or fields is None:
            continue
        if name not in fields:
            yield Fault("field-unknown", f"/goal/{member}", "The definition has no such field.")
        elif fields[name].type not in types:
            yield Fault("field-unfit", f"/goal/{member}", f"This field must be of type {' or '.join(types)}.")


def _draft(shape: Mapping[str, Any], fields: tuple[Field, ...], stored: Draft | None) -> Draft:
    goal = shape["goal"]
    return Draft(
        event_name=shape["event_name"],
        title=(shape["title"] or "").strip() or shape["event_name"],
        category=shape["category"],
        content=Content(fields, shape["extra_fields"], None if goal is None else GoalRule(**goal)),
        allowed_operations=_allowed_operations(shape.get("allowed_operations"), stored),
        web_tracking=_web_tracking(shape.get("web_tracking"), stored),
        description=shape["description"],
        owner=shape["owner"],
        tags=tuple(dict.fromkeys(shape["tags"])),
        retention_days=shape.get("retention_days", stored.retention_days if stored else None),
    )


def _allowed_operations(given: Mapping[str, list[str]] | None, stored: Draft | None) -> AllowedOperations:
    if given is not None:
        return {kind: frozenset(given[kind]) for kind in KINDS}
    return ALL_OPERATIONS if stored is None else stored.allowed_operations


def _web_tracking(given: Mapping[str, Any] | None, stored: Draft | None) -> WebTracking:
    if given is None:
        return WebTracking() if stored is None else stored.web_tracking
    lists = {"origins": tuple(dict.fromkeys(given["origins"])), "triggers": tuple(given["triggers"])}
    return WebTracking(**{**given, **lists})


def dump_document(draft: Draft) -> dict[str, Any]:
    """The document alone, complete, as JSON: what `parse_definition` takes for the same draft."""
    document: dict[str, Any] = {
        "event_name": draft.event_name,
        "title": draft.title,
        "category": draft.category,
        "description": draft.description,
        "owner": draft.owner,
        "tags": list(draft.tags),
        "fields": [field.as_json() for field in draft.content.fields],
        "extra_fields": draft.content.extra_fields,
        "allowed_operations": _dump_operations(draft.allowed_operations),
    }
    if draft.content.goal is not None:
        document["goal"] = _dump_goal(draft.content.goal)
    document["web_tracking"] = _dump_web_tracking(draft.web_tracking)
    if draft.retention_days is not None:
        document["retention_days"] = draft.retention_days
    return document


def dump_definition(definition: Definition, now: int) -> dict[str, Any]:
    """A definition as the API answers it at `now` (microseconds): the document and where it stands."""
    in_force = current(definition.versions, now)
    answer = {
        "id": definition.id,
        **dump_document(definition.draft),
        "created_at": format_timestamp(definition.created_at),
        "updated_at": format_timestamp(definition.updated_at),
        "current_version": None if in_force is None else {"id": in_force.id, "number": in_force.number},
        "versions": [dump_version(version, definition.versions, now) for version in definition.versions],
    }
    if definition.hidden_at is not None:
        answer["hidden_at"] = format_timestamp(definition.hidden_at)
    return answer


def dump_version(version: Version, versions: Iterable[Version], now: int) -> dict[str, Any]:
    """One version as the API answers it at `now`, among all the `versions` of its definition."""
    retired_at = version.retired_at
    return {
        "id": version.id,
        "number": version.number,
        "state": state(version, versions, now),
        "fields": [field.as_json() for field in version.content.fields],
        "extra_fields": version.content.extra_fields,
        "goal": None if version.content.goal is None else _dump_goal(version.content.goal),
        "created_at": format_timestamp(version.created_at),
        "current_from": format_timestamp(version.current_from),
        "retired_at": None if retired_at is None else format_timestamp(retired_at),
    }


def _dump_operations(allowed: AllowedOperations) -> dict[str, list[str]]:
    return {kind: [word for word in OPERATIONS if word in allowed.get(kind, ())] for kind in KINDS}


def _dump_goal(rule: GoalRule) -> dict[str, Any]:
    return {name: value for name, value in asdict(rule).items() if value is not None}


def _dump_web_tracking(web: WebTracking) -> dict[str, Any]:
    return {**asdict(web), "origins": list(web.origins), "triggers": [dict(each) for each in web.triggers]}
