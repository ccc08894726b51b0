"""What an answer says of its key's limit: the fields of the IETF's draft on rate limit headers.

`RateLimit-Policy: "key";q=600;w=60` is 600 requests in 60 seconds, `RateLimit: "key";r=599;t=43` that 599 are
left, and that all of them are there again in 43 seconds (draft-ietf-httpapi-ratelimit-headers).
"""

from __future__ import annotations

from collector.core.problems import Problem
from collector.intake.limits import MINUTE, Spent
from collector.web.answers import Headers


def told(spent: Spent) -> Headers:
    """The headers of an answer."""
    return (
        ("RateLimit-Policy", f'"key";q={spent.limit};w={MINUTE}'),
        ("RateLimit", f'"key";r={spent.left};t={spent.seconds}'),
    )


def require_some_left(spent: Spent) -> None:
    """Raises `Problem("rate-limited")` for a request that was one too many."""
    if spent.is_too_many:
        sentence = f"This key makes {spent.limit} requests a minute, and has made them."
        raise Problem("rate-limited", sentence, retry_after=spent.seconds)
