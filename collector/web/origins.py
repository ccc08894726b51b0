"""Whose pages may send: the `Origin` of a request against a definition's list (RFC 6454).

The pages of `https://*.shop.example` are those of every host below it, not of the host itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request

from collector.core.definitions import Definition
from collector.core.problems import Problem


def is_listed(origin: str | None, origins: Sequence[str]) -> bool:
    """Whether pages of this origin may send; an empty list means any page, and none at all."""
    if not origins:
        return True
    if origin is None:
        return False
    return any(_fits(origin, listed) for listed in origins)


def require_origin(definition: Definition) -> None:
    """Raises `Problem("origin-not-allowed")`."""
    origin = request.headers.get("Origin")
    if not is_listed(origin, definition.draft.web_tracking.origins):
        raise Problem("origin-not-allowed", "Pages of this origin may not send this event.")


def share_with_origin(answer: Response, definition: Definition | None) -> Response:
    """Lets a listed page read the answer and its Retry-After; never with credentials."""
    answer.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if origin is None or definition is None:
        return answer
    if is_listed(origin, definition.draft.web_tracking.origins):
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Expose-Headers"] = "Retry-After"
    return answer


def _fits(origin: str, listed: str) -> bool:
    scheme, star, domain = listed.partition("://*.")
    if not star:
        return origin == listed
    host = origin.removeprefix(f"{scheme}://")
    below = host.removesuffix(f".{domain}")
    return len(below) < len(host) < len(origin) and below.replace(".", "").replace("-", "").isalnum()
