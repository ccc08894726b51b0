"""What is proposed, and how a proposal is put together from single members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from collector.core.definitions import Category
from collector.core.fields import FIELD_NAME, MAX_FIELDS, Field, parse_fields


@dataclass(frozen=True, slots=True)
class Note:
    """What a proposal could not take over, at an RFC 6901 `pointer` into what it was made from."""

    pointer: str
    message: str

    def as_json(self) -> dict[str, str]:
        return {"pointer": self.pointer, "message": self.message}


@dataclass(frozen=True, slots=True)
class Seen:
    """A proposed field: the types that fit all that was seen, the proposed one first, and how often it came.

    `count` is None where there was nothing to count.
    """

    name: str
    fits: tuple[str, ...]
    count: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "fits": list(self.fits), "seen": self.count}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A definition's document that `parse_definition` takes, what was seen of each field, and what was left.

    `samples` is how many were looked at; None where there were none to look at.
    """

    document: dict[str, Any]
    fields: tuple[Seen, ...]
    notes: tuple[Note, ...]
    samples: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "definition": self.document,
            "fields": [one.as_json() for one in self.fields],
            "notes": [one.as_json() for one in self.notes],
            "samples": self.samples,
        }


@dataclass(slots=True)
class Gathering:
    """The fields of a proposal as they are found, one by one; what is none is noted and kept as it comes."""

    notes: list[Note] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    leaves_out: bool = False

    def note(self, pointer: str, message: str) -> None:
        self.notes.append(Note(pointer, message))

    def leave_out(self, pointer: str, message: str) -> None:
        """A member that becomes no field: the definition has to keep what it does not list."""
        self.leaves_out = True
        self.note(pointer, message)

    def is_free(self, name: str, pointer: str) -> bool:
        """Whether a member of this name can become a field; noted where it cannot."""
        if name.lower() == "source":
            self.note(pointer, "Every event has a source of its own; this member is no field.")
        elif not FIELD_NAME.fullmatch(name):
            self.leave_out(pointer, "A field's name is a letter and at most 63 letters, digits and _.")
        elif any(name.lower() == other.name.lower() for other in self.fields):
            self.leave_out(pointer, "Another field has this name but for upper and lower case.")
        elif len(self.fields) >= MAX_FIELDS:
            self.leave_out(pointer, f"A definition has at most {MAX_FIELDS} fields.")
        else:
            return True
        return False

    def take(self, member: dict[str, Any], pointer: str, seen: Seen) -> None:
        """Adds a field, without those of its rules that its type does not have."""
        while True:
            found, faults = parse_fields([member], "")
            if not faults:
                break
            rule = faults[0].pointer.split("/")[2]
            if rule in ("name", "type") or rule not in member:
                self.leave_out(pointer, faults[0].message)
                return
            self.note(pointer, f"{rule} was left out: {faults[0].message}")
            member = {name: value for name, value in member.items() if name != rule}
        self.fields.append(found[0])
        self.seen.append(seen)

    def proposal(
        self, event_name: str, category: Category, extra_fields: str, samples: int | None = None
    ) -> Proposal:
        document = {
            "event_name": event_name,
            "category": category,
            "fields": [one.as_json() for one in self.fields],
            "extra_fields": extra_fields,
        }
        return Proposal(document, tuple(self.seen), tuple(self.notes), samples)


AMOUNTS = frozenset({"amount", "total", "price", "value", "revenue", "sum", "order_total", "grand_total"})


def category_of(fields: Sequence[Field]) -> Category:
    """A guess: what has an amount of money is a transaction, everything else a signal."""
    amounts = (one for one in fields if one.type in ("decimal", "integer") and one.name.lower() in AMOUNTS)
    return "transaction" if next(amounts, None) is not None else "signal"
