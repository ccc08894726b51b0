"""The ids of a timeline's entries as UUIDs, and the cursors that are made of them.

That API knows entries by a UUID, ours are 63-bit integers: a UUID of version 8 (RFC 9562 §5.8) holds one, so
the same entry always has the same id. Like our own they grow with time.
"""

from __future__ import annotations

import base64
import binascii
import uuid

from collector.core.fields import format_timestamp, parse_timestamp
from collector.core.problems import Problem
from collector.store.events import make_cursor
from collector.store.profiles import Entry
from collector.store.segments.passages import Passage

_VERSION = 8 << 76
_VARIANT = 2 << 62


def entry_uuid(number: int) -> uuid.UUID:
    """The UUID of the entry with this number: its 63 bits in three parts, between version and variant."""
    high, middle, low = number >> 15, number >> 3 & 0xFFF, number & 7
    return uuid.UUID(int=high << 80 | _VERSION | middle << 64 | _VARIANT | low << 59)


def number_in(entry_id: uuid.UUID) -> int:
    """The number that `entry_uuid` put in. Raises `ValueError` for a UUID that is none of ours."""
    bits = entry_id.int
    number = (bits >> 80) << 15 | (bits >> 64 & 0xFFF) << 3 | bits >> 59 & 7
    if entry_uuid(number) != entry_id:
        raise ValueError(f"{entry_id} is no entry of a timeline")
    return number


def cursor_after(entry: Entry | Passage) -> str:
    """base64 of `<RFC 3339>|<id>`: the place after this entry."""
    place = f"{format_timestamp(entry.occurred_at)}|{entry_uuid(entry.id)}"
    return base64.b64encode(place.encode()).decode()


def store_cursor(cursor: str) -> str:
    """The same place as the store writes it. Raises `Problem("request-invalid")` for another cursor."""
    try:
        moment, _, entry_id = base64.b64decode(cursor, validate=True).decode("ascii").partition("|")
        return make_cursor(parse_timestamp(moment), number_in(uuid.UUID(entry_id)))
    except (ValueError, binascii.Error) as error:
        raise Problem("request-invalid", "invalid cursor") from error
