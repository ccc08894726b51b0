"""What a proposal is asked for with: a name, and one thing to draw it up from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from marshmallow import ValidationError

from collector.core.definitions import Category
from collector.core.documents_shape import EventName
from collector.core.problems import Fault, Problem
from collector.core.proposals.proposal import Proposal
from collector.core.proposals.samples import MOST_SAMPLES, from_samples
from collector.core.proposals.schemas import from_schema
from collector.core.strict_members import Choice, Flag, ListOf, Shape, Unread, faults_of

SOURCES = ("samples", "schema", "seen")


class AskingSchema(Shape):
    event_name = EventName(
        required=True, metadata={"description": "What the event is called.", "example": "boat.rented"}
    )
    category = Choice(
        get_args(Category), metadata={"description": "Absent: guessed, by whether there is an amount."}
    )
    samples = ListOf(
        Unread(),
        most=MOST_SAMPLES,
        metadata={"description": "Payloads, or the data of payloads.", "example": [{"days": 3}]},
    )
    schema = Unread(metadata={"description": "The JSON Schema of its data.", "type": "object"})
    seen = Flag(
        metadata={
            "description": "True: draw it up from what came: its events, or what was refused by its name."
        }
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a proposal that is in order. Without samples and schema, what came is to be looked at."""

    event_name: str
    category: Category | None
    samples: list[Any] | None
    schema: Any

    def proposal(self, seen: list[Any]) -> Proposal:
        """Drawn up from what was sent, or else from `seen`. Raises `Problem("request-invalid")`."""
        if self.samples is not None:
            return from_samples(self.event_name, self.samples, self.category)
        if self.schema is not None:
            return from_schema(self.event_name, self.schema, self.category)
        return from_samples(self.event_name, seen, self.category)

    @property
    def is_about_what_came(self) -> bool:
        return self.samples is None and self.schema is None


def read_asked(document: object) -> Asked:
    """Raises `Problem("request-invalid")` with everything that is wrong at once."""
    if not isinstance(document, dict):
        raise _invalid([Fault("type-wrong", "", "This takes an object with an event_name.")])
    try:
        found = AskingSchema().load(document)
    except ValidationError as error:
        raise _invalid(list(faults_of(error.messages))) from error
    given = [one for one in SOURCES if found.get(one) not in (None, False)]
    if len(given) != 1:
        raise _invalid([Fault("member-missing", "", f"Say one of {', '.join(SOURCES)}.")])
    return Asked(found["event_name"], found.get("category"), found.get("samples"), found.get("schema"))


def _invalid(faults: list[Fault]) -> Problem:
    return Problem("request-invalid", "No proposal can be made of this.", faults=faults)
