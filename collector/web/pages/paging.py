"""Lists on pages: which stretch of one is shown, and the address of the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

from flask import request

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stretch(Generic[T]):
    """What one page shows of a list; pages are counted from 1."""

    items: Sequence[T]
    number: int
    has_more: bool


def page_number() -> int:
    """The page that the address asks for; the first where it names none."""
    number = request.args.get("page", "1")
    return max(int(number), 1) if number.isascii() and number.isdigit() and len(number) < 7 else 1


def stretch(every: Sequence[T], size: int) -> Stretch[T]:
    """The page of a list that the address asks for; the last one where it asks for more than there are."""
    number = min(page_number(), max(-(-len(every) // size), 1))
    return Stretch(every[(number - 1) * size : number * size], number, len(every) > number * size)


def this_page(**changes: str | int | None) -> str:
    """The address of the page that is shown, with some members of its query changed (None: left out)."""
    query = {**request.args.to_dict(), **changes}
    kept = urlencode({name: value for name, value in query.items() if value is not None})
    return quote(request.path) + (f"?{kept}" if kept else "")
