"""The same event twice, late and out of order: histories of requests, and what is left of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ORDER = {"total": 10}
ALICE, BOB = {"email": "alice@example.com"}, {"email": "bob@example.com"}


def at(minute: int) -> str:
    """A moment of the history."""
    return f"2026-09-21T10:{minute:02d}:00Z"


@dataclass(frozen=True)
class History:
    """What is sent, in its order (members of one event), the verdicts, and the event that is left.

    `left` are members of the stored event; None: it is deleted, or never was.
    """

    name: str
    sent: tuple[dict[str, Any], ...]
    verdicts: tuple[str, ...]
    left: dict[str, Any] | None = field(default_factory=dict)


def write(minute: int, **members: Any) -> dict[str, Any]:
    return {"occurred_at": at(minute), "identifiers": ALICE, "data": ORDER, **members}


def bare(minute: int, **members: Any) -> dict[str, Any]:
    """A write that names neither data nor a goal."""
    return {"occurred_at": at(minute), "identifiers": ALICE, **members}


HISTORIES = (
    History(
        "the very same three times", (write(1),) * 3, ("stored", "duplicate", "duplicate"), {"data": ORDER}
    ),
    History(
        "newer data",
        (write(1), write(2, data={"total": 20})),
        ("stored", "updated"),
        {"data": {"total": 20}, "occurred_at": at(2)},
    ),
    History(
        "older data comes late",
        (write(2, data={"total": 20}), write(1)),
        ("stored", "ignored"),
        {"data": {"total": 20}, "occurred_at": at(2)},
    ),
    History(
        "A, B, and A once more, which is late",
        (write(1), write(2, data={"total": 20}), write(1)),
        ("stored", "updated", "ignored"),
        {"data": {"total": 20}, "occurred_at": at(2)},
    ),
    History(
        "A, B, and A again, which is newer",
        (write(1), write(2, data={"total": 20}), write(3)),
        ("stored", "updated", "updated"),
        {"data": ORDER, "occurred_at": at(3)},
    ),
    History(
        "at the same moment the first one counts",
        (write(1), write(1, data={"total": 20})),
        ("stored", "ignored"),
        {"data": ORDER},
    ),
    History(
        "a later time alone is no change",
        (write(1), write(2)),
        ("stored", "duplicate"),
        {"data": ORDER, "occurred_at": at(2)},
    ),
    History("other digits are a change", (write(1), write(2, data={"total": 10.0})), ("stored", "updated")),
    History(
        "absent data keeps what is there",
        (write(1), bare(2, goal_type="lead")),
        ("stored", "updated"),
        {"data": ORDER, "goal_type": "lead", "occurred_at": at(1)},
    ),
    History("null data is absent", (write(1), bare(2, data=None)), ("stored", "duplicate"), {"data": ORDER}),
    History("absent data needs data to complete", (bare(1),), ("rejected",), None),
    History(
        "null goals keep",
        (write(1, goal_type="purchase", goal_value=5), write(2, goal_type=None, goal_value=None)),
        ("stored", "duplicate"),
        {"goal_type": "purchase", "goal_value": 5},
    ),
    History(
        "a goal in two halves, the second half first",
        (write(2, goal_name="spring"), write(1, goal_type="purchase", goal_value=5)),
        ("stored", "updated"),
        {"goal_type": "purchase", "goal_value": 5, "goal_name": "spring"},
    ),
    History("deleted", (write(1), bare(2, deleted_at=at(2))), ("stored", "updated"), None),
    History(
        "deleted twice",
        (write(1), bare(2, deleted_at=at(2)), bare(2, deleted_at=at(2))),
        ("stored", "updated", "duplicate"),
        None,
    ),
    History("a deletion of nothing", (bare(2, deleted_at=at(2)),), ("stored",), None),
    History(
        "what is deleted before it comes stays deleted",
        (bare(2, deleted_at=at(2)), write(1)),
        ("stored", "updated"),
        None,
    ),
    History(
        "a late retry of the first write restores nothing",
        (write(1), bare(2, deleted_at=at(2)), write(1)),
        ("stored", "updated", "duplicate"),
        None,
    ),
    History(
        "a newer write restores nothing by itself",
        (write(1), bare(2, deleted_at=at(2)), write(3, data={"total": 30})),
        ("stored", "updated", "updated"),
        None,
    ),
    History(
        "restored",
        (write(1), bare(2, deleted_at=at(2)), bare(3, deleted_at=None)),
        ("stored", "updated", "updated"),
        {"data": ORDER},
    ),
    History(
        "a restoration that is older than the deletion",
        (write(1), bare(4, deleted_at=at(4)), bare(3, deleted_at=None)),
        ("stored", "updated", "ignored"),
        None,
    ),
    History(
        "a deletion that is older than the restoration comes late",
        (write(1), bare(3, deleted_at=None), bare(2, deleted_at=at(2))),
        ("stored", "duplicate", "ignored"),
        {"data": ORDER},
    ),
    History(
        "it moves to the person that a newer write names",
        (write(1), write(2, identifiers=BOB)),
        ("stored", "updated"),
        {"identifiers": BOB},
    ),
    History(
        "and not to one that an older write names",
        (write(2), write(1, identifiers=BOB)),
        ("stored", "ignored"),
        {"identifiers": ALICE},
    ),
    History(
        "empty data clears", (write(1, event="free"), write(2, event="free", data={})), ("stored", "updated")
    ),
)

MONEY: tuple[tuple[str, str | None], ...] = (
    # a goal's value as it is written in JSON, and as it comes back; None: refused
    ("0", "0"),
    ("-0", "0"),
    ("0.1", "0.1"),
    ("149.90", "149.9"),
    ("-149.99", "-149.99"),
    ("1e3", "1000"),
    ("1E-6", "0.000001"),
    ("0.0000005", "0"),
    ("0.0000015", "0.000002"),
    ("0.0000025", "0.000002"),
    ("-0.0000015", "-0.000002"),
    ("0.30000000000000004", "0.3"),
    ("9007199254740993", None),
    ("9007199254.740993", "9007199254.740993"),
    ("9999999999.999999", "9999999999.999999"),
    ("9999999999.9999994", "9999999999.999999"),
    ("9999999999.9999995", None),
    ("-9999999999.999999", "-9999999999.999999"),
    ("10000000000", None),
    ("1e10", None),
    ("1e400", None),
    ("1e999999999", None),
    ("1" * 5_000, None),
    ("NaN", None),
    ("Infinity", None),
    ("true", None),
    ('"5"', None),
    ("[5]", None),
)
