"""Tokens: how the server of a site vouches for who is in front of a page.

A token is `<exp>.<signature>`. `exp` is the moment when it ends to be valid, in whole seconds since 1970.
The signature is HMAC-SHA256 (RFC 2104) with the section's secret (the characters that are shown, as
UTF-8) over `<exp>.<canonical identifiers>`, in base64url (RFC 4648 §5), with or without `=`.

Canonical identifiers are the JSON of the object `{kind: value}` with its members sorted by name, no
spaces, and nothing escaped that JSON does not ask for (`ö` stays `ö`, `/` stays `/`), as UTF-8. Its values
are either exactly those that the page sends, or their normalised form (`identifiers.normalise`): both
are accepted, so a site that signs what it has in hand needs no rules of ours.

    exp = 1790003600, {"email": "anna@exämple.se"}
    signed text: 1790003600.{"email":"anna@exämple.se"}
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence

SECOND = 1_000_000

_TOKEN = re.compile(r"([0-9]{1,12})\.([A-Za-z0-9_-]{43})=?")
_LONGEST = 57


def canonical(identifiers: Mapping[str, str | None]) -> bytes:
    """The text of identifiers that is signed. Raises `UnicodeEncodeError` for a lone surrogate."""
    return json.dumps(identifiers, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def make_token(secret: bytes, identifiers: Mapping[str, str | None], expires_at: int) -> str:
    """A token for these identifiers, until `expires_at` (microseconds since 1970; whole seconds count)."""
    exp = str(expires_at // SECOND)
    return f"{exp}.{_signature(secret, exp, canonical(identifiers))}"


def is_valid(token: str, identifiers: Mapping[str, str | None], secrets: Sequence[bytes], now: int) -> bool:
    """Whether one of the secrets signed exactly these identifiers, for later than `now` (microseconds).

    Whatever is no token is not valid; nothing is raised. Signatures are compared in constant time.
    """
    found = _TOKEN.fullmatch(token) if len(token) <= _LONGEST else None
    if found is None or int(found[1]) * SECOND <= now:
        return False
    try:
        text = canonical(identifiers)
    except UnicodeEncodeError:
        return False
    # No early end: how long it takes says nothing of which secret it was.
    matches = [hmac.compare_digest(_signature(one, found[1], text), found[2]) for one in secrets]
    return any(matches)


def _signature(secret: bytes, exp: str, identifiers: bytes) -> str:
    digest = hmac.new(secret, exp.encode() + b"." + identifiers, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
