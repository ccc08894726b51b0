"""Refusals in the shape of the Notifuse API: `{"error": "<sentence>"}`, and its sentences for ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from flask import request

from collector.core.events import Outcome
from collector.core.problems import Problem
from collector.web.access import principal

ADDRESSES = ("/api/customEvents.", "/api/segments.", "/api/timeline.")
"""What the addresses of these doors begin with."""

_WRITE = "Insufficient permissions: write access to contacts required for custom events"
_WRITE_SEGMENTS = "Insufficient permissions: write access to segments required"
_READ_SEGMENTS = "Insufficient permissions: read access to segments required"
_READ = "Insufficient permissions: read access to contacts required"
_RIGHTS = frozenset({"scope-missing", "role-missing", "event-not-allowed", "identifier-not-allowed"})
_WRITING = frozenset({"upsert", "import", "create", "update", "delete", "rebuild"})

_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "key-missing": "Authorization header is required",
        "body-unreadable": "Invalid request body",
        "method-not-allowed": "Method not allowed",
    }
)
_FAILED: Mapping[str, str] = MappingProxyType(
    {
        "/api/customEvents.upsert": "Failed to upsert custom event",
        "/api/customEvents.import": "Failed to import custom events",
        "/api/customEvents.get": "Failed to get custom event",
        "/api/customEvents.list": "Failed to list custom events",
        **{
            f"/api/segments.{verb}": f"Failed to {verb} segment"
            for verb in ("get", "create", "update", "delete", "rebuild", "preview")
        },
        "/api/segments.list": "Failed to list segments",
        "/api/segments.contacts": "Failed to get segment contacts",
        "/api/timeline.list": "Failed to list timeline entries",
    }
)
_BEARER = re.compile(r"bearer +\S", re.IGNORECASE)


def error_json(problem: Problem) -> dict[str, str]:
    """The members of the answer that a problem becomes at one of the `ADDRESSES`."""
    return {"error": _sentence(problem)}


def refusal(outcome: Outcome, sentence: str) -> Problem:
    """The problem of an event that was refused: for rights 403, else 400 with the sentence."""
    is_of_rights = outcome.code in _RIGHTS
    return Problem(outcome.code if is_of_rights else "request-invalid", sentence)


def require_section(workspace_id: str) -> None:
    """Raises `Problem`: 400 where none is named, 404 for one that is not the key's own."""
    if not workspace_id:
        raise Problem("request-invalid", "workspace_id is required")
    if workspace_id != principal().section_id:
        raise Problem("not-found", "Workspace not found")


def _sentence(problem: Problem) -> str:
    if problem.code in _RIGHTS:
        is_of_segments = request.path.startswith("/api/segments.")
        write, read = (_WRITE_SEGMENTS, _READ_SEGMENTS) if is_of_segments else (_WRITE, _READ)
        return write if request.path.rpartition(".")[2] in _WRITING else read
    if problem.code == "key-invalid":
        is_bearer = _BEARER.match(request.headers.get("Authorization", ""))
        return f"Invalid token: {problem.detail}" if is_bearer else "Invalid authorization header format"
    if problem.code == "internal":
        return _FAILED.get(request.path, problem.detail)
    return _SENTENCES.get(problem.code, problem.detail)
