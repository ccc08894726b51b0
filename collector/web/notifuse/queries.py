"""The words of these doors' addresses: unknown ones are passed over, of two equal ones the first counts."""

from __future__ import annotations

import re

from flask import request

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


def read_word(name: str) -> str:
    """The text of a word; empty where it is absent."""
    return request.args.get(name, "")


def read_number(name: str) -> int | None:
    """A whole number, also a negative one; None for everything else."""
    text = read_word(name)
    return int(text) if _INTEGER.fullmatch(text) else None
