"""Strict JSON (RFC 8259): what cannot be read, and what can be read but is not kept.

Numbers with a point or an exponent come as `decimal.Decimal`, never as float; of equal names in an object
the last wins. A number that no type could hold comes as `Decimal("Infinity")`, which `faults_in` refuses.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from itertools import accumulate
from typing import Any, NoReturn

import msgspec

from collector.core.fields import UNSTORABLE, read_number
from collector.core.problems import Fault, pointer_to

MAX_DEPTH = 32
"""Objects and lists within each other, the outermost counted."""

READABLE_DEPTH = 100
"""Beyond this nothing is decoded: no decoder is asked to recurse further."""

MAX_FAULTS = 50

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_MAX_EXPONENT = 308  # what a double, and so most readers of JSON, can hold
_MAX_INTEGER_DIGITS = 40  # one more than any type accepts; Python's int() is slow, then refuses, beyond 4,300
_MAX_NAME_SHOWN = 255

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_ALL_ELSE = bytes(set(range(256)) - set(b"[]{}"))
_STEP = {ord("["): 1, ord("]"): -1}


class Unreadable(Exception):
    """Not one JSON value in UTF-8 (`json-invalid`), or nested beyond reading (`too-deep`)."""

    def __init__(self, code: str, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.pointer = pointer


def read(raw: bytes) -> object:
    """The one JSON value in `raw`. Raises `Unreadable`; what may be kept of it is for `faults_in` to say."""
    if raw.count(b"[") + raw.count(b"{") > READABLE_DEPTH and _depth_exceeds(raw, READABLE_DEPTH):
        raise Unreadable("too-deep", f"Nothing is read that is nested deeper than {READABLE_DEPTH}.")
    try:
        return _DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _read_with_reasons(raw)


def read_lines(raw: bytes) -> list[object]:
    """The values of a JSON list, the one value in `raw`, or one from each of its lines (JSON Lines).

    Raises `Unreadable`, which names the line where it is one of several.
    """
    try:
        document = read(raw)
    except Unreadable:
        lines = [(number, line) for number, line in enumerate(raw.splitlines(), start=1) if line.strip()]
        if len(lines) < 2:
            raise
        return [_read_line(number, line) for number, line in lines]
    return document if isinstance(document, list) else [document]


def _read_line(number: int, line: bytes) -> object:
    try:
        return read(line)
    except Unreadable as error:
        raise Unreadable(error.code, f"Line {number}: {error.message}", error.pointer) from error


def decoded(raw: bytes) -> str:
    """The text of a body. Raises `Unreadable` where it is not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        message = f"JSON is UTF-8; this is something else from byte {error.start + 1} on."
        raise Unreadable("json-invalid", message) from error


def faults_in(value: object, pointer: str = "", max_depth: int = MAX_DEPTH) -> list[Fault]:
    """What must not be kept of a value that `read` gave, at most `MAX_FAULTS` of it.

    Codes: `text-invalid` (U+0000 or a lone surrogate in a text or a name; in the pointer it is U+FFFD),
    `too-deep` (the outermost list or object is depth 1), `out-of-range` (an integer beyond signed 64 bit,
    another number beyond the exponents of a double).
    """
    found: list[Fault] = []
    _look(value, [], max_depth, found)
    return [fault.under(pointer) for fault in found[:MAX_FAULTS]]


def shown_name(name: str) -> str:
    """A member's name as a message or a pointer can carry it: cut, and without what UTF-8 cannot write."""
    cut = name if len(name) <= _MAX_NAME_SHOWN else name[:_MAX_NAME_SHOWN] + "…"
    return UNSTORABLE.sub("\ufffd", cut)


def _look(value: object, steps: list[str | int], depth_left: int, found: list[Fault]) -> None:
    if isinstance(value, str):
        if UNSTORABLE.search(value):
            found.append(_fault("text-invalid", steps, "A text must not contain U+0000 or a lone surrogate."))
    elif isinstance(value, dict | list):
        if depth_left == 0:
            found.append(_fault("too-deep", steps, "This is nested too deep."))
        else:
            _look_inside(value, steps, depth_left - 1, found)
    elif isinstance(value, int | Decimal) and not _in_range(value):
        found.append(_fault("out-of-range", steps, "This number is too large or too small to be kept."))


def _look_inside(
    value: dict[str, Any] | list[Any], steps: list[str | int], depth_left: int, found: list[Fault]
) -> None:
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for step, member in members:
        if len(found) >= MAX_FAULTS:
            return
        steps.append(step)
        if isinstance(step, str) and UNSTORABLE.search(step):
            found.append(_fault("text-invalid", steps, "A name must not contain U+0000 or a lone surrogate."))
        else:
            _look(member, steps, depth_left, found)
        steps.pop()


def _fault(code: str, steps: list[str | int], message: str) -> Fault:
    return Fault(
        code, pointer_to(*(shown_name(step) if isinstance(step, str) else step for step in steps)), message
    )


def _in_range(value: int | Decimal) -> bool:
    if isinstance(value, int):
        return _SMALLEST <= value <= _LARGEST
    return value.is_finite() and abs(value.adjusted()) <= _MAX_EXPONENT


def _depth_exceeds(raw: bytes, limit: int) -> bool:
    """Whether brackets outside of texts are nested deeper than `limit`, found without recursion.

    Taking out every `[]` takes out the innermost level: a JSON text of no more levels is used up after
    `limit` rounds. Only where something is left, in deep texts and in broken ones, every step is counted.
    """
    brackets = _STRING.sub(b"", raw).translate(_BRACKETS, _ALL_ELSE)
    left = brackets
    for _ in range(limit):
        if not left:
            return False
        left = left.replace(b"[]", b"")
    return bool(left) and any(depth > limit for depth in accumulate(map(_STEP.__getitem__, brackets)))


def _read_with_reasons(raw: bytes) -> object:
    """The slower reader, which says what is wrong and where, and which can read lone surrogates."""
    text = _text_of(raw)
    nonsense: list[_Nonsense] = []

    def constant(name: str) -> _Nonsense:
        nonsense.append(_Nonsense(name))
        return nonsense[-1]

    decoder = json.JSONDecoder(parse_float=read_number, parse_int=_integer, parse_constant=constant)
    try:
        value = decoder.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Unreadable("json-invalid", f"This is not JSON: {error.msg} ({where}).") from error
    if nonsense:
        _refuse_nonsense(value, nonsense[0])
    return value


def _text_of(raw: bytes) -> str:
    text = decoded(raw)
    if text.startswith("\ufeff"):
        raise Unreadable("json-invalid", "JSON has no byte order mark.")
    if not text.strip(" \t\r\n"):
        raise Unreadable("json-invalid", "There is nothing here.")
    return text


class _Nonsense:
    """NaN, Infinity or -Infinity: JavaScript and Python write them, JSON does not have them."""

    def __init__(self, name: str) -> None:
        self.name = name


def _refuse_nonsense(value: object, first: _Nonsense) -> NoReturn:
    place = _place_of(value, [])
    pointer = "" if place is None else pointer_to(*place)
    raise Unreadable("json-invalid", f"JSON has no {first.name}.", pointer)


def _place_of(value: object, steps: list[str | int]) -> list[str | int] | None:
    if isinstance(value, _Nonsense):
        return steps
    members: Any = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    for step, member in members:
        shown = shown_name(step) if isinstance(step, str) else step
        if (place := _place_of(member, [*steps, shown])) is not None:
            return place
    return None


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _MAX_INTEGER_DIGITS else Decimal("Infinity")


_DECODER = msgspec.json.Decoder(float_hook=read_number)
