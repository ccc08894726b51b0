"""The cause of a rejection: what it has in common with others that one change would let in.

Rejections have one cause if they are of the same event, have the same code, and have the same things wrong at
the same places. Sentences may differ; values do.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from collector.core.problems import Fault

_BYTES = 8


def cause_of(definition: int | None, event_name: str, code: str, faults: Iterable[Fault]) -> int:
    """A number of 63 bits, the same for the same cause, whatever the order of the faults."""
    places = sorted({(fault.code, fault.pointer) for fault in faults})
    parts = [str(definition or 0), event_name, code, *(part for place in places for part in place)]
    # Names and pointers have no U+0000: nothing runs together.
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=_BYTES).digest()) >> 1
