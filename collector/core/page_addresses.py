"""The address of a page, as far as it is kept: without parameters and fragment, which may be of somebody."""

from __future__ import annotations

import re

LONGEST = 500

_PAGE = re.compile(r"(https?://[^/?#\s\x00]+)([^?#\s\x00]*)", re.IGNORECASE)


def page_address(text: str | None) -> str:
    """The origin and the path of a page; the empty text for what is no address of one."""
    found = _PAGE.match(text) if text else None
    return "" if found is None else (found[1].lower() + (found[2] or "/"))[:LONGEST]


def page_origin(text: str | None) -> str:
    """The origin of a page (RFC 6454), as browsers write it; the empty text for what is no address of one."""
    found = _PAGE.match(text) if text else None
    return "" if found is None else found[1].lower()
