"""Who is who: conflicts of identifiers, merges of profiles and their undoing."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from collector.core.identifiers import KINDS
from collector.store.conflicts import STATES
from collector.web.openapi.examples import ALICE, BOB
from collector.web.openapi.operations import Answer, Body
from collector.web.openapi.shown import (
    Paged,
    Paging,
    Shown,
    list_of,
    moment,
    one_of,
    public_id,
    text,
    whole,
)

CODES_OF_MERGES = "same-profile profile-merged conflict-merged"
A_CONFLICT = {"conflict_id": "The conflict's id."}
A_MERGE = {"merge_id": "The merge's id."}
_IDENTIFIERS = {"description": "Kind to values.", "example": {"email": ["alice@example.com"]}}


class Person(Shown):
    """One of the two profiles of a conflict."""

    id = public_id("Its id.")
    identifiers = fields.Dict(
        keys=fields.String(validate=validate.OneOf(KINDS)),
        values=fields.List(fields.String()),
        metadata=_IDENTIFIERS,
    )


class NamedEvent(Shown):
    """An event that named both."""

    event = text("Its name.", "order.completed")
    id = text("Its id.", "order-1042")


class Conflict(Shown):
    """Two profiles that events named together: perhaps one person."""

    sometimes = frozenset({"event"})

    id = public_id("Its id.")
    state = one_of(STATES, "What was decided.")
    profiles = list_of(Person, "The two.")
    count = whole("How many events named both.", 1)
    first_seen = moment("When the first of them came.")
    last_seen = moment("When the latest of them came.")
    event = fields.Nested(NamedEvent, metadata={"description": "The latest of them, while it is there."})


class Conflicts(Paged):
    """Conflicts, newest first."""

    conflicts = list_of(Conflict, "Those in the state that was asked for.")


class ConflictsWanted(Paging):
    state = one_of(STATES, "In which state.", load_default="open")


class Merge(Shown):
    """One profile made part of another."""

    id = public_id("Its id.")
    from_ = public_id("The profile that was merged.", data_key="from")
    into = public_id("The profile that it is part of.")
    events = whole("How many events moved.")
    made_at = moment("When it was made.")
    undone_at = moment("When it was undone.", allow_none=True)


class Merges(Paged):
    """Merges, newest first."""

    merges = list_of(Merge, "Also those that were undone.")


class Naming(Schema):
    """A profile, by one of its identifiers."""

    kind = one_of(KINDS, "The kind of identifier.", required=True)
    value = text("The identifier, in any spelling.", ALICE["email"], required=True)


class MergeWanted(Schema):
    """Which profile becomes part of which."""

    from_ = fields.Nested(Naming, required=True, data_key="from")
    into = fields.Nested(Naming, required=True)


class Into(Schema):
    """Which of the two profiles stays; absent: the older one."""

    into = public_id("The id of one of the two.")


def _email(person: dict[str, str]) -> dict[str, str]:
    return {"kind": "email", "value": person["email"]}


MERGE = Body((MergeWanted,), {"Bob is Alice": {"from": _email(BOB), "into": _email(ALICE)}})
INTO = Body((Into,), {"Into the older one": {}}, required=False)
MERGE_MADE = Answer((Merge,), status=201)
