"""Every rule that a field may carry, on every type that may carry it: what fits, what does not, who says so.

Used by the tests of each place where a rule has to hold.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from collector.core.definitions import Content
from collector.core.fields import FIELD_TYPES, Field
from snippet.plan import Plan

PLACES = ("reference", "fast road", "fast road with extra fields", "JSON Schema", "snippet", "types")
SAYS_NOTHING_OF_VALUES = {"name", "type", "description", "personal"}
"""Members of a field by which no value is refused."""


@dataclass(frozen=True)
class Case:
    """`wrong` is refused by every place but those in `lenient`, which let it through to the collector."""

    field: Field
    rule: str
    fitting: Any
    wrong: Any
    lenient: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.rule} of {self.field.type}"

    @property
    def event_name(self) -> str:
        return f"{self.field.type}/{self.rule}"

    def plan(self, address: str) -> Plan:
        version_id = f"{self.field.type}-{self.rule}"
        return Plan(self.event_name, version_id, address, (self.field,), queue=False, visitor="page")

    def content(self, **rest: Any) -> Content:
        return Content((self.field,), **rest)

    def refused_by(self, place: str) -> bool:
        return place not in self.lenient


ABSENT: dict[str, Any] = {}


def case(kind: str, rule: str, value: Any, fitting: Any, wrong: Any, *lenient: str) -> Case:
    """A required field with one more rule, and the two values for it."""
    field = Field("x", kind, required=True, **{rule: value})
    return Case(field, rule, {"x": fitting}, wrong if wrong is ABSENT else {"x": wrong}, frozenset(lenient))


def needed(kind: str) -> Case:
    return Case(Field("x", kind, required=True), "required", {"x": FIELD_TYPES[kind].examples[0]}, ABSENT)


CASES = (
    *map(needed, FIELD_TYPES),
    case("text", "choices", ("SEK", "EUR"), "SEK", "sek"),
    case("boolean", "choices", (True,), True, False),
    case("integer", "choices", (1, 2), 1, 3),
    case("decimal", "choices", (Decimal("1.5"),), 1.5, 2, "types"),
    case("date", "choices", ("2026-01-01",), "2026-01-01", "2026-01-02"),
    case(
        *("timestamp", "choices", ("2026-01-01T00:00:00Z",), "2026-01-01T01:00:00+01:00"),
        *("2026-01-02T00:00:00Z", "JSON Schema", "snippet", "types"),
    ),
    case("integer", "minimum", 3, 3, 2, "types"),
    case("integer", "maximum", 3, 3, 4, "types"),
    case("decimal", "minimum", Decimal("0.1"), 0.1, 0.09, "types"),
    case("decimal", "maximum", Decimal("0.1"), 0.1, 0.11, "types"),
    case("date", "minimum", "2026-01-01", "2026-01-01", "2025-12-31", "JSON Schema", "types"),
    case("date", "maximum", "2026-01-01", "2026-01-01", "2026-01-02", "JSON Schema", "types"),
    case(
        *("timestamp", "minimum", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00"),
        *("2026-01-01T00:59:59+01:00", "JSON Schema", "types"),
    ),
    case(
        *("timestamp", "maximum", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00"),
        *("2026-01-01T01:00:01+01:00", "JSON Schema", "types"),
    ),
    case("text", "min_length", 2, "😀😀", "😀", "types"),
    case("text", "max_length", 2, "😀😀", "😀😀😀", "types"),
    # The syntax of patterns is not the browser's: the collector alone judges them.
    case("text", "pattern", "[A-Z]+", "SEK", "sek", "snippet", "types"),
    # A page may leave out what its snippet fills in; whoever sends without a page may not.
    case("text", "fill", "page.path", "/cart", ABSENT, "snippet", "types"),
)

IN_WORDS = {
    "decimal/choices": "one of 1.5",
    "timestamp/choices": "one of 2026-01-01T00:00:00Z",
    "integer/minimum": ">= 3",
    "integer/maximum": "<= 3",
    "decimal/minimum": ">= 0.1",
    "decimal/maximum": "<= 0.1",
    "date/minimum": ">= 2026-01-01",
    "date/maximum": "<= 2026-01-01",
    "timestamp/minimum": ">= 2026-01-01T00:00:00Z",
    "timestamp/maximum": "<= 2026-01-01T00:00:00Z",
    "text/min_length": "length >= 2",
    "text/max_length": "length <= 2",
    "text/pattern": 'pattern "[A-Z]+"',
    "text/fill": "filled with page.path",
}
"""Event name → what the `.d.ts` tells the developer's editor where a TypeScript type cannot refuse."""


def rules_of_types() -> set[tuple[str, str]]:
    """Every type with every rule that it may carry and by which a value can be refused."""
    common = {member.name for member in fields(Field)} - SAYS_NOTHING_OF_VALUES
    anywhere = common - set().union(*(kind.rules for kind in FIELD_TYPES.values()))
    return {(name, rule) for name, kind in FIELD_TYPES.items() for rule in kind.rules | anywhere}
