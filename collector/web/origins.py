"""Whose pages may send: the `Origin` of a request against a definition's list (RFC 6454).

The pages of `https://*.shop.example` are those of every host below it, not of the host itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from collector.core.definitions import Definition
from collector.core.problems import Problem
from collector.web.answers import Headers

VARY: Headers = (("Vary", "Origin"),)


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


def sharing(origin: str | None, definition: Definition | None) -> Headers:
    """The headers that let a listed page read the answer and its Retry-After; never with credentials."""
    if origin is None or definition is None:
        return VARY
    if not is_listed(origin, definition.draft.web_tracking.origins):
        return VARY
    return (
        *VARY,
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", "Retry-After"),
    )


def _fits(origin: str, listed: str) -> bool:
    scheme, star, domain = listed.partition("://*.")
    if not star:
        return origin == listed
    host = origin.removeprefix(f"{scheme}://")
    below = host.removesuffix(f".{domain}")
    return len(below) < len(host) < len(origin) and below.replace(".", "").replace("-", "").isalnum()
