"""Tokens of the editor: JSON Web Tokens (RFC 7519) for one section, one origin, one person, one hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jwt

SECOND = 1_000_000
LIFE_SECONDS = 3_600
LONGEST = 2_048

_ALGORITHM = "HS256"
_AUDIENCE = "fieldpost-editor"
_TEXTS = ("sub", "section", "origin")


@dataclass(frozen=True, slots=True)
class Pass:
    """What a token says. `event_name` is what the editor was opened for; times are microseconds."""

    section_id: str
    origin: str
    user_id: int
    event_name: str | None
    expires_at: int


def make_token(one: Pass, seal: bytes) -> str:
    """The token that says this; whole seconds of its end count."""
    claims = {
        "aud": _AUDIENCE,
        "sub": str(one.user_id),
        "section": one.section_id,
        "origin": one.origin,
        "event": one.event_name,
        "exp": one.expires_at // SECOND,
    }
    return jwt.encode(claims, seal, algorithm=_ALGORITHM)


def read_token(text: str, seal: bytes) -> Pass | None:
    """What a token says, if it was sealed with this, over or not; None for whatever else it is."""
    if len(text) > LONGEST or not text.isascii():
        return None
    try:
        # Whether it is over is asked of our own clock.
        told: dict[str, Any] = jwt.decode(
            text,
            seal,
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"verify_exp": False, "require": ["exp", "sub"]},
        )
    except jwt.InvalidTokenError:
        return None
    if not all(isinstance(told.get(name), str) for name in _TEXTS) or type(told["exp"]) is not int:
        return None
    event_name = told.get("event")
    if not told["sub"].isdecimal() or not isinstance(event_name, str | None):
        return None
    return Pass(told["section"], told["origin"], int(told["sub"]), event_name, told["exp"] * SECOND)
