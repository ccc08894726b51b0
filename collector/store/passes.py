"""Passes: what stands for a key for a day, where a protocol wants tokens instead of keys (RFC 6749, 4.4).

A pass is a JSON Web Token (RFC 7519), since clients look into it for its end. It is sealed with the hash of
its key's secret, which is nowhere but in the database, so nothing is stored for it, and it ends with its key.
"""

from __future__ import annotations

from typing import Any

import jwt

SECOND = 1_000_000
BEGINNING = "eyJ"
LONGEST = 1_024

_ALGORITHM = "HS256"


def make_pass(key_id: str, seal: bytes, until: int) -> str:
    """A pass for a key; `until` is in microseconds and told in whole seconds."""
    return jwt.encode(
        {"sub": key_id, "exp": until // SECOND}, seal, algorithm=_ALGORITHM, headers={"kid": key_id}
    )


def key_id_in(text: str) -> str | None:
    """Which key a pass says it is for: nothing is proven by it. None for what is no pass."""
    if not text.startswith(BEGINNING) or len(text) > LONGEST:
        return None
    try:
        named: Any = jwt.get_unverified_header(text).get("kid")
    except jwt.InvalidTokenError:
        return None
    return named if isinstance(named, str) else None


def is_good(text: str, seal: bytes, now: int) -> bool:
    """Whether a pass was sealed with this, and is not over. `now` is ours, so the library asks no clock."""
    try:
        told = jwt.decode(
            text, seal, algorithms=[_ALGORITHM], options={"verify_exp": False, "require": ["exp", "sub"]}
        )
    except jwt.InvalidTokenError:
        return False
    return type(told["exp"]) is int and now < told["exp"] * SECOND
