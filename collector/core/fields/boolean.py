"""Boolean: true or false, nothing that looks like it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collector.core.fields.field_type import FieldType, Refused

if TYPE_CHECKING:
    from collector.core.fields.field import Field

_TEXTS = {"true": True, "1": True, "false": False, "0": False}


class Boolean(FieldType):
    name = "boolean"
    label = "Yes or no"
    examples = (True, False)
    counterexamples = (1, 0, 1.0, "true", "yes", "", [], {})
    rules = frozenset({"choices"})
    typescript = "boolean"
    javascript = "v===!!v"
    control = "checkbox"

    def accept(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        raise Refused("type-wrong", "This must be true or false.")

    def from_text(self, text: str) -> bool:
        """`true` and `1`, `false` and `0`."""
        try:
            return _TEXTS[text]
        except KeyError:
            raise Refused("type-wrong", "This must be true or false (or 1 or 0).") from None

    def fast_type(self, field: Field) -> Any:
        return bool

    def schema(self, field: Field) -> dict[str, Any]:
        return {"type": "boolean"} | ({"enum": list(field.choices)} if field.choices else {})
