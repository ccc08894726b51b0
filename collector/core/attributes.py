"""What is known of a profile beside its identifiers: names and values, changed one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from collector.core.problems import Fault, pointer_to
from collector.core.strict_json import faults_in, shown_name

MOST = 100
LONGEST_TEXT = 4_096
DEEPEST = 8
DIGITS = 15
"""So many digits every reader of JSON keeps; a longer number is sent as a text."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


def change_attributes(before: Mapping[str, Any], sent: object) -> dict[str, Any] | list[Fault]:
    """The attributes after a change: null takes one away, what is not named stays. Or what is wrong with it.

    Codes: `type-wrong`, `name-invalid`, `too-long`, `too-many-members`, and those of `faults_in`.
    """
    if not isinstance(sent, dict):
        return [Fault("type-wrong", "", "Attributes are an object: name to value.")]
    faults = faults_in(sent, max_depth=DEEPEST)
    for name, value in sent.items():
        place = pointer_to(shown_name(name))
        if not _NAME.fullmatch(name):
            faults.append(
                Fault("name-invalid", place, "A name is a letter and up to 63 letters, digits and _.")
            )
        faults += [fault.under(place) for fault in _unkeepable(value)]
    after = {name: value for name, value in {**before, **sent}.items() if value is not None}
    if len(after) > MOST:
        faults.append(Fault("too-many-members", "", f"A profile has at most {MOST} attributes."))
    return faults or after


def _unkeepable(value: Any) -> list[Fault]:
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        return [fault.under(pointer_to(step)) for step, one in members for fault in _unkeepable(one)]
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return [Fault("too-long", "", f"A text has at most {LONGEST_TEXT} characters.")]
    if isinstance(value, Decimal) and (not value.is_finite() or len(value.as_tuple().digits) > DIGITS):
        return [Fault("too-long", "", f"A number has at most {DIGITS} digits: send a longer one as a text.")]
    return []
