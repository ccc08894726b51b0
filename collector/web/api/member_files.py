"""Profiles as files: CSV for spreadsheets, JSON Lines for programs; made line by line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from collector.core import ids
from collector.core.identifiers import KINDS
from collector.store.profiles import Profile
from collector.web.api.shapes import profile_json

COLUMNS = ("id", *KINDS, "attributes")
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutralised(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would compute it, telephone numbers too.

    One that has apostrophes of its own there gets another: a reader that takes one away has the text.
    """
    return f"'{text}" if text.lstrip("'").startswith(_BEGINS_A_FORMULA) else text


def as_csv(profiles: Iterable[Profile]) -> Iterator[str]:
    """RFC 4180, the names of the columns first; several identifiers of a kind with `; ` between them."""
    yield _line(COLUMNS)
    for profile in profiles:
        names = ["; ".join(profile.identifiers.get(kind, ())) for kind in KINDS]
        attributes = json.dumps(profile.attributes, ensure_ascii=False) if profile.attributes else ""
        yield _line([ids.encode(profile.id), *names, attributes])


def as_json_lines(profiles: Iterable[Profile]) -> Iterator[str]:
    """A profile a line, as the API shows it."""
    for profile in profiles:
        yield json.dumps(profile_json(profile, frozenset(KINDS)), ensure_ascii=False) + "\n"


def _line(cells: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([neutralised(cell) for cell in cells])
    return written.getvalue()
