"""Members of the data that the version does not know: how many there may be, and what is kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.core.data_text import encode, writable
from collector.core.definitions import ExtraFields
from collector.core.problems import Fault
from collector.core.strict_json import MAX_DEPTH, faults_in

MAX_EXTRA_MEMBERS = 100
MAX_EXTRA_BYTES = 32 * 1024
MAX_EXTRA_DEPTH = 8
MAX_NAME = 255
"""Characters in the name of any member of the data."""


def faults_of_shape(data: object, names: frozenset[str]) -> list[Fault]:
    """What is wrong with the data as a whole, found before any work for a single field: at most one fault.

    Codes: `data-invalid`, `too-many-members`, `too-long`.
    """
    if not isinstance(data, dict):
        return [Fault("data-invalid", "", "The data must be an object.")]
    if len(data) > MAX_EXTRA_MEMBERS and len(data.keys() - names) > MAX_EXTRA_MEMBERS:
        message = f"There are more than {MAX_EXTRA_MEMBERS} members that are no fields of this event."
        return [Fault("too-many-members", "", message)]
    if any(len(name) > MAX_NAME for name in data):
        return [Fault("too-long", "", f"The name of a member has at most {MAX_NAME} characters.")]
    return []


def judge_extra(extra: Mapping[str, Any], rule: ExtraFields) -> str | list[Fault]:
    """The JSON object of what is kept of `extra`, names sorted at every level; or what is wrong with it.

    Codes: those of `faults_in`, and `too-long` for more than 32 KiB.
    """
    if rule != "keep":
        return faults_in(extra, max_depth=MAX_DEPTH) or "{}"
    if not extra:
        return "{}"
    if _certainly_too_long(extra):
        return [_too_long()]
    if faults := faults_in(extra, max_depth=1 + MAX_EXTRA_DEPTH):
        return faults
    text = encode(_sorted(extra))
    return text.decode() if len(text) <= MAX_EXTRA_BYTES else [_too_long()]


def _certainly_too_long(extra: Mapping[str, Any]) -> bool:
    """Whether it is too long however its numbers are written out: a quick look before the real one."""
    try:
        return len(encode(extra)) > 3 * MAX_EXTRA_BYTES
    except UnicodeEncodeError:  # a lone surrogate, which gets its fault where it is
        return False


def _too_long() -> Fault:
    return Fault(
        "too-long", "", f"The members that are no fields take more than {MAX_EXTRA_BYTES // 1024} KiB."
    )


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_sorted(member) for member in value]
    return writable(value)
