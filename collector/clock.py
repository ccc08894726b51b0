"""The real clocks. Everything else is given the time, so that tests need no patching."""

from __future__ import annotations

import time


def now() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


tick = time.monotonic
"""Seconds that only go forward."""
