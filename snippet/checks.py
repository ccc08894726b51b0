"""How a snippet looks at values: the type of a field and its rules, as JavaScript expressions in `v`.

A check never refuses what the collector would accept. It may let through what the collector looks at more
closely: a pattern, the days of a month, the number of digits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from collector.core.fields import Field

UNKNOWN = "undefined"
"""The label of members that are no field: what a look-up in JavaScript gives for them."""

CHOICES_IN_A_LABEL = 8

_COMPARED = {"decimal": "+v", "timestamp": "new Date(v.toUpperCase())"}
"""type → what is compared with a limit; the other types are compared as they are."""


def label_all(fields: tuple[Field, ...], extra_fields: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Field name → label, and label → expression. A label is what a developer reads: `text, length <= 3`.

    Required fields come first. Fields that are looked at alike share a label, so a snippet has the checks
    that its definition uses.
    """
    checks = {UNKNOWN: "1"} if extra_fields else {}
    labels: dict[str, str] = {}
    for field in sorted(fields, key=lambda field: not field.required):
        label, expression = _check(field)
        while checks.setdefault(label, expression) != expression:
            label += " "
        labels[field.name] = label
    return labels, checks


def _check(field: Field) -> tuple[str, str]:
    judged_here = ((label, rule) for label, rule in rules(field) if rule is not None)
    parts = [(field.type, f"({field.kind.javascript})"), *judged_here]
    return ", ".join(label for label, _ in parts), "&&".join(f"({expression})" for _, expression in parts)


def rules(field: Field) -> Iterator[tuple[str, str | None]]:
    """The label and the expression of each rule of values; None where the collector alone judges it.

    Limits are compared so that an unreadable value passes.
    """
    compared = _COMPARED.get(field.type, "v")
    if field.choices:
        # A moment can be written in many ways.
        moment = field.type == "timestamp"
        yield _choices_label(field), None if moment else f"{_literal(field.choices)}.includes({compared})"
    if field.minimum is not None:
        yield f">= {field.minimum}", f"!({compared}<{_limit(field, field.minimum)})"
    if field.maximum is not None:
        yield f"<= {field.maximum}", f"!({compared}>{_limit(field, field.maximum)})"
    if field.min_length is not None:
        yield f"length >= {field.min_length}", f"[...v].length>={field.min_length}"
    if field.max_length is not None:
        yield f"length <= {field.max_length}", f"[...v].length<={field.max_length}"
    if field.pattern is not None:
        yield f"pattern {json.dumps(field.pattern)}", None


def _choices_label(field: Field) -> str:
    if len(field.choices) > CHOICES_IN_A_LABEL:
        return f"one of {len(field.choices)} choices"
    return "one of " + ", ".join(map(str, field.choices))


def _limit(field: Field, value: Any) -> str:
    return f"new Date({_literal(value)})" if field.type == "timestamp" else _literal(value)


def _literal(value: Any) -> str:
    """JSON, with decimals as the nearest double: rounding both sides keeps their order."""
    return json.dumps(value, default=_double)


def _double(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no literal in a snippet")
