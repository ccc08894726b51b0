"""Signatures and pauses of deliveries, as Standard Webhooks 1.0 has them (standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
SECOND = 1_000_000

FIRST_PAUSE, LONGEST_PAUSE = 5 * SECOND, 3_600 * SECOND
TRIED_FOR = 24 * 3_600 * SECOND
"""For how long a message is tried, from when it was recorded, in microseconds."""


def signed(message_id: str, seconds: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of a delivery; a signature by each secret. `seconds` since 1970 are those of this try."""
    text = f"{message_id}.{seconds}.".encode() + body
    signatures = [
        "v1," + base64.b64encode(hmac.digest(_key(secret), text, hashlib.sha256)).decode()
        for secret in secrets
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signatures),
    }


def secret_of(random_bytes: bytes) -> str:
    """The secret as both sides keep it."""
    return PREFIX + base64.b64encode(random_bytes).decode()


def pause_after(failures: int, chance: float, retry_after: int | None = None) -> int:
    """How long to wait after so many failures one after the other, in microseconds.

    5 s, 10 s, 20 s … up to an hour; `chance` (0 to 1) spreads each over its second half. A receiver that
    says in `retry_after` (seconds) when to come again is not asked sooner; not later than in a day.
    """
    whole = min(FIRST_PAUSE << min(failures - 1, 20), LONGEST_PAUSE)
    pause = whole // 2 + int(whole / 2 * chance)
    return max(pause, min((retry_after or 0) * SECOND, TRIED_FOR))


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))
