"""Proposals: the document of a definition, drawn up from what is known of an event. A person decides."""

from collector.core.proposals.asking import Asked, AskingSchema, read_asked
from collector.core.proposals.proposal import Note, Proposal, Seen
from collector.core.proposals.samples import MOST_SAMPLES, from_samples
from collector.core.proposals.schemas import from_schema

__all__ = [
    "MOST_SAMPLES",
    "Asked",
    "AskingSchema",
    "Note",
    "Proposal",
    "Seen",
    "from_samples",
    "from_schema",
    "read_asked",
]
