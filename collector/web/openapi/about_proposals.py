"""Proposals of definitions, as they are asked for and answered."""

from __future__ import annotations

from marshmallow import fields

from collector.core.fields import FIELD_TYPES
from collector.core.proposals import AskingSchema
from collector.web.openapi.about_definitions import SentDefinition
from collector.web.openapi.operations import Body
from collector.web.openapi.shown import Shown, list_of, one_of, text, whole

ASKED = Body(
    (AskingSchema,),
    {
        "from samples": {
            "event_name": "boat.rented",
            "samples": [{"days": 3, "boat": "Ada"}, {"days": 1, "boat": "Beda", "price": "149.90"}],
        },
        "from a schema": {
            "event_name": "boat.rented",
            "schema": {"type": "object", "properties": {"days": {"type": "integer"}}, "required": ["days"]},
        },
        "from what came": {"event_name": "boat.rented", "seen": True},
    },
)


class SeenField(Shown):
    """A proposed field."""

    name = text("Its name.", "days")
    fits = list_of(
        one_of(tuple(FIELD_TYPES), "A type."), "The types that fit all that was seen, the proposed one first."
    )
    seen = whole("In how many samples it was; null for a schema.", allow_none=True)


class Note(Shown):
    """What could not be taken over."""

    pointer = text("Where it stands.", "/items")
    message = text("Why.")


class Proposal(Shown):
    """A definition to look at, and what it was drawn up from."""

    definition = fields.Nested(SentDefinition, metadata={"description": "As `POST /definitions` takes it."})
    field_list = list_of(SeenField, "What was seen of each of its fields.", data_key="fields")
    notes = list_of(Note, "What became no field, and what a field cannot say.")
    samples = whole("How many samples there were; null for a schema.", allow_none=True)
