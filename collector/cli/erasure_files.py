"""The file of erasures: what an installation remembers of them, for another copy of its database.

Nobody's name is in it, but with it one can ask whether a certain identifier was erased.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Literal

import msgspec

from collector.cli.refusals import Refusal
from collector.core.fields import format_timestamp
from collector.store.erasure_memory import Remembered


class _Section(msgspec.Struct, forbid_unknown_fields=True):
    """`marks`: keyed hash → until when it is void, in microseconds since 1970."""

    section: str
    secret: str
    until: int
    marks: dict[str, int]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    sections: list[_Section]
    format: Literal["fieldpost-erasures-1"] = "fieldpost-erasures-1"
    exported_at: str = ""


def read_erasures(file: IO[bytes]) -> list[Remembered]:
    """Raises `Refusal` for anything that `packed` has not made."""
    try:
        document = msgspec.json.decode(file.read(), type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(f"This is no file of erasures: {error}") from error
    return [Remembered(one.section, one.secret, one.until, one.marks) for one in document.sections]


def packed(erasures: Iterable[Remembered], now: int) -> bytes:
    """The file; `now` in microseconds."""
    sections = [_Section(one.section_id, one.secret, one.until, dict(one.marks_until)) for one in erasures]
    return msgspec.json.encode(_File(sections, exported_at=format_timestamp(now)))


def united(*lists: Iterable[Remembered]) -> list[Remembered]:
    """Everything that any of them remembers, the later time of each mark."""
    found: dict[tuple[str, str], Remembered] = {}
    for one in (one for each in lists for one in each):
        place = (one.section_id, one.secret)
        known = found.get(place, Remembered(*place, 0, {}))
        marks = dict(known.marks_until)
        for mark, until in one.marks_until.items():
            marks[mark] = max(until, marks.get(mark, 0))
        found[place] = Remembered(*place, max(one.until, known.until), marks)
    return [found[place] for place in sorted(found)]
