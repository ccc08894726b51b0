"""Processes that the tests start, and how they end."""

from __future__ import annotations

import subprocess


def ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether a process is over, after waiting for that for at most so long."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
