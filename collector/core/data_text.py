"""Data that was accepted, and the canonical JSON text that is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from collector.core.fields import Value, plain

encode: Callable[[object], bytes] = msgspec.json.Encoder().encode
"""The one writer of canonical JSON: no spaces, UTF-8 unescaped, names in the order given."""


class Judged(msgspec.Struct, frozen=True, gc=False):
    """Accepted data: its canonical JSON `text`, and the canonical value of each field through `get`.

    `look_up` finds a value by its name in `values`, `look_up_raw` finds it there as it is kept; None where it
    is absent.
    """

    text: str
    values: Any
    look_up: Callable[[Any, str], Value | None] = dict.get
    look_up_raw: Callable[[Any, str], Any] = dict.get

    def get(self, name: str) -> Value | None:
        """The value of the field `name` (`Decimal`, int, str or bool); None where it is absent."""
        return self.look_up(self.values, name)

    def get_raw(self, name: str) -> Any:
        """The same, where a decimal may be its digits still, as a `msgspec.Raw`: making it costs the most."""
        return self.look_up_raw(self.values, name)


def canonical_text(values: Mapping[str, Value], extra: str = "{}") -> str:
    """The text of `values`, in their order, followed by the members of the JSON object `extra`."""
    text = encode({name: writable(value) for name, value in values.items()}).decode()
    if extra == "{}":
        return text
    return extra if text == "{}" else f"{text[:-1]},{extra[1:]}"


def writable(value: Any) -> Any:
    """The value as `encode` writes it: decimals as numbers in plain notation."""
    return msgspec.Raw(plain(value).encode()) if isinstance(value, Decimal) else value
