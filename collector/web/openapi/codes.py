"""Which problem codes a route can answer: those that it names, and those that its kind brings along."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from collector.core.problems import STATUS
from collector.core.rights import RIGHTS
from collector.web.access import ANYBODY, SAFE_METHODS
from collector.web.openapi.operations import OURS, Documentation, Manners

OF_EVERY_ROUTE = frozenset({"internal", "overloaded", "storage-unavailable"})
OF_EVERY_ADDRESS = frozenset({"method-not-allowed"})
"""No operation answers these: they are said of the whole API."""

_OF_KEYS = frozenset({"key-missing", "key-invalid", "key-exposed"})
_OF_PEOPLE = frozenset({"role-missing", "section-unclear", "not-found"})
_OF_BODIES = frozenset({"body-unreadable", "request-invalid", "body-too-large", "media-type-unsupported"})
_RETRY = frozenset({408, 425, 429, 500, 503})
_HELD = 409


def codes_of(said: Documentation, right: str, method: str, names_something: bool) -> frozenset[str]:
    """All codes of a route. `names_something`: whether its address has a variable part."""
    codes = OF_EVERY_ROUTE | said.codes
    if right != ANYBODY:
        codes |= _OF_KEYS | _OF_PEOPLE | {"scope-missing"}
        if method not in SAFE_METHODS:
            codes |= {"not-same-origin"}
        if RIGHTS[right].of_everybody:
            codes |= {"identifier-not-allowed"}
        if RIGHTS[right].of_the_section:
            codes |= {"event-not-allowed"}
    if said.body is not None:
        codes |= _OF_BODIES
    if said.query is not None:
        codes |= {"request-invalid"}
    if names_something:
        codes |= {"not-found"}
    return codes


def by_status(codes: Iterable[str]) -> dict[int, list[str]]:
    """The codes under their statuses, both in order."""
    found: dict[int, list[str]] = {}
    for code in sorted(codes, key=lambda code: (STATUS[code][0], code)):
        found.setdefault(STATUS[code][0], []).append(code)
    return found


def name_of_response(status: int, codes: list[str], manners: Manners) -> str:
    """The component that describes this answer; routes with the same codes share one."""
    return ".".join([*filter(None, [manners.name]), str(status), *codes])


def response(status: int, codes: list[str], manners: Manners) -> dict[str, Any]:
    """The Response Object of one status: which codes it may have, and what they mean."""
    content: dict[str, Any] = {"schema": manners.problem}
    if manners.has_code:
        told: dict[str, Any] = {"code": {"enum": codes}}
        if manners is OURS:
            told["status"] = {"const": status}
            content["examples"] = {code: {"value": _example(code)} for code in codes}
        content["schema"] = {"allOf": [manners.problem, {"type": "object", "properties": told}]}
    described: dict[str, Any] = {
        "description": "\n".join(f"* `{code}`: {STATUS[code][1]}" for code in codes),
        "content": {manners.content_type: content},
    }
    if headers := _headers(status):
        described["headers"] = headers
    return described


def _example(code: str) -> dict[str, Any]:
    """A problem as it is answered; what comes beside these members depends on the request."""
    status, title = STATUS[code]
    return {"type": "about:blank", "title": title, "status": status, "code": code, "detail": f"{title}."}


def _headers(status: int) -> dict[str, Any]:
    if status == 401:
        return {"WWW-Authenticate": _header("How to say who is asking: Bearer.")}
    if status in _RETRY:
        return {"Retry-After": _header("After how many seconds it is worth another try.")}
    if status == _HELD:
        return {"Retry-After": _header("With `held`: the seconds until it can be edited again.")}
    return {}


def _header(sentence: str) -> dict[str, Any]:
    return {"description": sentence, "schema": {"type": "string"}}
