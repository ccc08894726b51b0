"""How answers look, as schemas; `web/api/shapes.py` makes them, and tests hold the two together."""

from __future__ import annotations

from marshmallow import fields, validate

from collector.core.events import VERDICTS
from collector.core.fields import FIELD_TYPES, FILLS
from collector.core.goals import GOAL_TYPES
from collector.core.identifiers import KINDS
from collector.core.permissions import OPERATIONS, SCOPES
from collector.core.documents_shape import DefinitionSchema, GoalRuleSchema
from collector.core.problems import STATUS
from collector.web.openapi.operations import Answer
from collector.web.openapi.shown import (
    Fault,
    Identifiers,
    Shown,
    anything,
    data,
    moment,
    one_of,
    public_id,
    text,
)

TRUSTS = ("claimed", "signed", "key")
STATES = ("pending", "current", "earlier", "retired")
ETAG = {"ETag": "The state that this answer shows: send it back as If-Match."}


class Problem(Shown):
    """A refusal (RFC 9457). Go by `code`: it never changes its meaning."""

    sometimes = frozenset({"errors", "verdict", "held_until", "difference", "etag"})

    type = text("Always about:blank; `code` says more.", "about:blank")
    title = text("The code in words.")
    status = fields.Integer(metadata={"description": "The HTTP status."})
    code = one_of(tuple(STATUS), "What kind of refusal it is.")
    detail = text("What happened this time.")
    errors = fields.List(fields.Nested(Fault), metadata={"description": "Everything that is wrong, at once."})
    verdict = one_of(("rejected",), "With a single event: what became of it.")
    held_until = moment("With `held`: when it can be edited again.")
    difference = fields.Dict(metadata={"description": "With `stale`: member to its stored and its sent value."})
    etag = text("With `stale`: the ETag of what is stored.", '"3"')


class Event(Shown):
    """An event as it is stored, as far as whoever asks may read it; else an echo of what was sent."""

    sometimes = frozenset(
        {"trust", "received_at", "updated_at", "visitor", "deleted_at", "profile"}
        | {"goal_type", "goal_value", "goal_name", "goal_currency"}
    )

    event = text("The event's name.", "order.completed")
    id = text("Its id; those that pages sent start with `web:`.", "order-1042")
    version = public_id("The version that it was judged by.")
    occurred_at = moment("When it happened.")
    source = text("Where it came from.", "Till")
    identifiers = fields.Nested(Identifiers)
    data = data()
    goal_type = one_of(GOAL_TYPES, "What it counts for.")
    goal_value = fields.Decimal(metadata={"description": "Exact, at most 6 places.", "example": 149.99})
    goal_name = text("Which goal of this type.", "checkout")
    goal_currency = text("Three letters (ISO 4217).", "SEK")
    trust = one_of(TRUSTS, "Who vouches for the identifiers: the page alone, a signed token, a key.")
    received_at = moment("When its first write came.")
    updated_at = moment("When a write last changed it.")
    visitor = text("The random id of the browser, where one sent it.", "b4c1f2a8-visitor")
    deleted_at = moment("When it was deleted.")
    profile = public_id("Whose it is; for keys with the scope read.")


class Verdict(Shown):
    """What became of one event."""

    verdict = one_of(VERDICTS, "What became of it.")
    event = fields.Nested(Event, allow_none=True, metadata={"description": "The event as it is now."})


class Result(Shown):
    """What became of one event of several."""

    sometimes = frozenset({"code", "errors"})

    verdict = one_of(VERDICTS, "What became of it.")
    id = text("The id that was sent.", "order-1042", allow_none=True)
    code = one_of(tuple(STATUS), "With `rejected`: the code that it would have been answered with alone.")
    errors = fields.List(fields.Nested(Fault), metadata={"description": "With `rejected`: all that is wrong."})


def _count(verdict: str) -> fields.Integer:
    return fields.Integer(validate=validate.Range(min=0), metadata={"description": f"How many are {verdict}."})


class BatchVerdict(Shown):
    """What became of each event of a batch, in order, and how many there are of each verdict."""

    sometimes = frozenset({"filtered", "queued"})

    results = fields.List(fields.Nested(Result))
    stored = _count("stored")
    updated = _count("updated")
    duplicate = _count("duplicate")
    ignored = _count("ignored")
    rejected = _count("rejected")
    filtered = _count("filtered")
    queued = _count("queued")


class Paged(Shown):
    """A stretch of a list."""

    sometimes = frozenset({"next_cursor"})

    next_cursor = text("Only where there is more: send it as `cursor` to go on.")


class Events(Paged):
    """Stored events, newest first."""

    events = fields.List(fields.Nested(Event))


class FieldShown(Shown):
    """One typed value of a version, with the rules that it has."""

    sometimes = frozenset(
        {"required", "description", "choices", "minimum", "maximum", "min_length"}
        | {"max_length", "pattern", "personal", "fill"}
    )

    name = text("Unique without regard to case.", "total")
    type = one_of(tuple(FIELD_TYPES), "What its values are.")
    required = fields.Boolean(metadata={"description": "Whether every event has it."})
    description = text("What it means.")
    choices = fields.List(fields.Raw(), metadata={"description": "The only values that it can have."})
    minimum = anything("The least value, of the field's type.", type=["number", "string"])
    maximum = anything("The greatest value, of the field's type.", type=["number", "string"])
    min_length = fields.Integer(metadata={"description": "The least number of characters."})
    max_length = fields.Integer(metadata={"description": "The greatest number of characters."})
    pattern = text("What the whole text must match, in RE2 syntax.")
    personal = fields.Boolean(metadata={"description": "Whether it is masked where people see it."})
    fill = one_of(FILLS, "What the snippet puts in when the page gives nothing.")


class Version(Shown):
    """One immutable snapshot of a definition."""

    id = public_id("Its id, for good.")
    number = fields.Integer(validate=validate.Range(min=1), metadata={"description": "1, 2, 3 …"})
    state = one_of(STATES, "Where it is in its life.")
    fields_ = fields.List(fields.Nested(FieldShown), data_key="fields")
    extra_fields = text("What happens to values that no field describes.", "reject")
    goal = fields.Nested(GoalRuleSchema, allow_none=True)
    created_at = moment("When it was saved.")
    current_from = moment("From when on it is current.")
    retired_at = moment("Since when it is refused.", allow_none=True)


class CurrentVersion(Shown):
    """The version that counts for events that name none."""

    id = public_id("Its id.")
    number = fields.Integer(metadata={"description": "Its number."})


class Definition(Shown, DefinitionSchema):
    """A definition, where it stands, and its versions."""

    sometimes = frozenset({"goal", "hidden_at"})

    id = public_id("Its id, for good.")
    field_list = fields.List(fields.Nested(FieldShown), data_key="fields")
    created_at = moment("When it was made.")
    updated_at = moment("When it was last changed.")
    current_version = fields.Nested(CurrentVersion, allow_none=True)
    versions = fields.List(fields.Nested(Version))
    hidden_at = moment("When it was hidden.")


class Definitions(Shown):
    """Definitions by name."""

    definitions = fields.List(fields.Nested(Definition))


class Versions(Shown):
    """The versions of a definition, the oldest first."""

    versions = fields.List(fields.Nested(Version))


class Profile(Shown):
    """One person."""

    id = public_id("Its id.")
    identifiers = fields.Dict(
        keys=fields.String(validate=validate.OneOf(KINDS)),
        values=fields.List(fields.String()),
        metadata={"description": "Kind to values.", "example": {"email": ["alice@example.com"]}},
    )
    attributes = fields.Dict(metadata={"description": "What else is known."})
    created_at = moment("When its first event came.")


class Change(Shown):
    """One member of an event before and after."""

    old = anything("Before; null where there was nothing.")
    new = anything("After; null where there is nothing.")


class TimelineEntry(Shown):
    """One thing that happened."""

    id = public_id("Its id.")
    type = text("The event's name.", "order.completed")
    operation = one_of(("insert", "update"), "Whether the event was new.")
    event_id = text("The event's id.", "order-1042")
    version = public_id("The version that the event was judged by.")
    occurred_at = moment("When it happened.")
    source = text("Where it came from.", "Till")
    trust = one_of(TRUSTS, "Who vouches for the identifiers.")
    data = data()
    changes = fields.Dict(
        keys=fields.String(), values=fields.Nested(Change), metadata={"description": "What an update moved."}
    )


class Timeline(Paged):
    """What happened, newest first."""

    timeline = fields.List(fields.Nested(TimelineEntry))


class Rejection(Shown):
    """A payload that was refused. Identifiers, tokens and the values of personal fields are masked."""

    id = public_id("Its id.")
    event = text("The event's name, as it was sent.", "order.completed")
    event_id = text("The id that was sent.", "order-1042", allow_none=True)
    door = text("The way it came.", "api")
    received_at = moment("When it came.")
    code = one_of(tuple(STATUS), "Why it was refused.")
    errors = fields.List(fields.Nested(Fault))
    payload = anything("What was sent.")


class Rejections(Paged):
    """Refused payloads, newest first."""

    rejections = fields.List(fields.Nested(Rejection))


class Grants(Shown):
    """Operations by kind of identifier."""

    email = fields.List(one_of(OPERATIONS, "An operation."))
    mobile = fields.List(one_of(OPERATIONS, "An operation."))
    crm_id = fields.List(one_of(OPERATIONS, "An operation."))


class Key(Shown):
    """A key, without its secret."""

    id = public_id("Its id.")
    name = text("What it is for; the Source of events that name none.", "Till")
    scopes = fields.List(one_of(SCOPES, "A scope."))
    grants = fields.Nested(Grants)
    events = fields.List(
        fields.String(), allow_none=True, metadata={"description": "The events that it is for; null: all."}
    )
    created_at = moment("When it was made.")
    revoked_at = moment("Since when it opens nothing.", allow_none=True)


class KeyWithSecret(Key):
    """A new key. The secret is told this once."""

    key = text("The secret: send it as `Authorization: Bearer …`.", "fp_02spwwpmg4000…")


class Keys(Shown):
    """The keys of the section."""

    keys = fields.List(fields.Nested(Key))


class Door(Shown):
    """Which way a change came."""

    door = text("api, pages or command line.", "api")
    agent = text("The program that asked.", "curl/8.5.0")


class AuditEntry(Shown):
    """One change: who made it, when, from where, before and after."""

    id = public_id("Its id.")
    at = moment("When it was made.")
    who = text("The key, the person or the account.", "key 02spwwpmg4000 (Till)")
    from_ = fields.Nested(Door, data_key="from")
    action = text("What was done.", "definition.changed")
    subject = text("To what.", "order.completed")
    before = anything("Before; null where there was nothing.")
    after = anything("After; null where there is nothing.")


class Audit(Paged):
    """Changes, newest first."""

    audit = fields.List(fields.Nested(AuditEntry))


class BeaconVerdict(Shown):
    """What became of the one event of a beacon."""

    verdict = one_of(VERDICTS, "What became of it.")


class BeaconVerdicts(Shown):
    """What became of each event of a beacon, in order."""

    results = fields.List(fields.Nested(Result))


class Health(Shown):
    """That all is well."""

    status = text("alive or ready.", "alive")


EVENTS = Answer((Verdict, BatchVerdict))
DEFINITION = Answer((Definition,), headers=ETAG)
NEW_DEFINITION = Answer((Definition,), status=201, headers=ETAG)
NEW_KEY = Answer((KeyWithSecret,), status=201)
BEACON = Answer((BeaconVerdict, BeaconVerdicts))
JSON_SCHEMA = Answer(({"type": "object"},), content_type="application/schema+json")
SCRIPT = Answer(({"type": "string"},), content_type="text/javascript")
TYPES = Answer(({"type": "string"},), content_type="application/typescript")
