"""Data that was accepted, and the canonical JSON text that is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from collector.core.definitions import GoalRule
from collector.core.fields import Value, plain

encode: Callable[[object], bytes] = msgspec.json.Encoder().encode
"""The one writer of canonical JSON: no spaces, UTF-8 unescaped, names in the order given."""


OfGoal = tuple[Any, Any]
"""The value and the currency that data has for a goal; None where it has none, or no field is for it.

A decimal may be the digits that it has in JSON still, as a `msgspec.Raw`.
"""


class Judged(msgspec.Struct, frozen=True, gc=False):
    """Accepted data: its canonical JSON `text`, and the canonical value of each field through `get`.

    `of_goal` are the values of the two fields that the version's goal is made from. `look_up` finds a value
    by its name in `values`; None where it is absent.
    """

    text: str
    values: Any
    of_goal: OfGoal
    look_up: Callable[[Any, str], Value | None] = dict.get

    def get(self, name: str) -> Value | None:
        """The value of the field `name` (`Decimal`, int, str or bool); None where it is absent."""
        return self.look_up(self.values, name)


def of_goal(rule: GoalRule | None, values: Mapping[str, Value]) -> OfGoal:
    """The values that a goal is made from, among judged ones."""
    if rule is None:
        return None, None
    return values.get(rule.value_field or ""), values.get(rule.currency_field or "")


def canonical_text(values: Mapping[str, Value], extra: str = "{}") -> str:
    """The text of `values`, in their order, followed by the members of the JSON object `extra`."""
    text = encode({name: writable(value) for name, value in values.items()}).decode()
    if extra == "{}":
        return text
    return extra if text == "{}" else f"{text[:-1]},{extra[1:]}"


def writable(value: Any) -> Any:
    """The value as `encode` writes it: decimals as numbers in plain notation."""
    return msgspec.Raw(plain(value).encode()) if isinstance(value, Decimal) else value
