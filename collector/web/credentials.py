"""Where a request has its key: `Authorization: Bearer fp_…` (RFC 6750), or as the user name of `Basic`
(RFC 7617).

Nobody is asked for a password: a 401 speaks of Bearer alone, so that no browser ever opens its dialogue.
"""

from __future__ import annotations

import base64
import binascii

LONGEST_BASIC = 1_024


def secret_in(header: str) -> str | None:
    """The key in an Authorization header, whether it is one or not; None where the header is another."""
    scheme, _, rest = header.partition(" ")
    match scheme.lower():
        case "bearer":
            return rest.strip() or None
        case "basic":
            return _user_name(rest.strip())
    return None


def _user_name(text: str) -> str | None:
    """The clients of some APIs send a key so, with an empty password."""
    if len(text) > LONGEST_BASIC:
        return None
    try:
        return base64.b64decode(text, validate=True).decode().partition(":")[0] or None
    except (binascii.Error, ValueError):
        return None
