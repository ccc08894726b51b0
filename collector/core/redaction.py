"""Secrets that come in payloads, taken out before a refused payload is kept.

What is refused is kept for people to look at and to be judged again, so nothing that opens a door may stay
in it: our own keys and signed tokens, JSON Web Tokens (RFC 7519), bearer credentials (RFC 6750) and private
keys (RFC 7468). What stands round them stays, so that the payload can still be judged.
"""

from __future__ import annotations

import re

REMOVED = "•••"

_SECRETS = tuple(
    (hint, re.compile(pattern))
    for hint, pattern in (
        ("fp_", r"(fp_)[0-9A-Za-z_-]{20,}"),
        ("eyJ", r"()\beyJ[A-Za-z0-9_-]{6,}+\.[A-Za-z0-9_-]{6,}+(?:\.[A-Za-z0-9_-]*+)*+"),
        ("earer", r"(\b[Bb]earer {1,9})[A-Za-z0-9._~+/-]{16,}=*"),
        (
            "-----BEGIN",
            r"()-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-\"]*+(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?",
        ),
        (".", r"()(?<![0-9])[0-9]{9,12}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])=?"),
    )
)
"""What must be in a text for a pattern to fit, and the pattern; its group is what is left of the secret."""
# Letters, digits and the like that were written as \u00XX for no need: they could hide a secret from above.
_NEEDLESS = re.compile(r"(?<!\\)((?:\\\\)*)\\u00(2[0-13-9a-fA-F]|[3-7][0-9a-fA-F])")
_UNTOUCHED = ("5c", "7f")


def without_secrets(text: str) -> str:
    """A text, or the text of a JSON document, with every secret in it replaced; the JSON stays JSON."""
    if "\\u00" in text:
        text = _NEEDLESS.sub(_as_written, text)
    for hint, pattern in _SECRETS:
        if hint in text:
            text = pattern.sub(_removed, text)
    return text


def _as_written(found: re.Match[str]) -> str:
    return found[0] if found[2].lower() in _UNTOUCHED else found[1] + chr(int(found[2], 16))


def _removed(found: re.Match[str]) -> str:
    return found[1] + REMOVED
