"""Packing events for segments, block by block."""

from __future__ import annotations

from typing import Any

from collector.jobs.job import Run


def pack(run: Run) -> dict[str, Any]:
    """Packs what came and what changed; how many blocks of each."""
    return dict(run.store.packer.turn(run.goes_on))
