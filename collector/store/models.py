"""The tables. Times are microseconds since 1970 (UTC), ids 63-bit integers that grow with time.

JSON is kept as text on both databases: digits, big integers and the order of members come back as they were.
"""

from __future__ import annotations

from peewee import BigIntegerField, CompositeKey, IntegerField, Model, SmallIntegerField, TextField


class Section(Model):
    id = TextField(primary_key=True)
    name = TextField()
    undefined_events = TextField()
    created_at = BigIntegerField()

    class Meta:
        table_name = "section"


class Node(Model):
    """The last node number given to a process (`core.ids`)."""

    name = TextField(primary_key=True)
    value = BigIntegerField()

    class Meta:
        table_name = "node"


class Definition(Model):
    id = BigIntegerField(primary_key=True)
    section = TextField()
    event_name = TextField()
    title = TextField()
    category = TextField()
    description = TextField()
    owner = TextField()
    tags = TextField()
    allowed_operations = TextField()
    web_tracking = TextField()
    revision = IntegerField()
    created_at = BigIntegerField()
    updated_at = BigIntegerField()
    hidden_at = BigIntegerField(null=True)
    field_texts = TextField(default="{}")
    retention_days = IntegerField(null=True)

    class Meta:
        table_name = "definition"
        indexes = ((("section", "event_name"), True),)


class Version(Model):
    id = BigIntegerField(primary_key=True)
    definition = BigIntegerField()
    number = IntegerField()
    content = TextField()
    created_at = BigIntegerField()
    current_from = BigIntegerField()
    retired_at = BigIntegerField(null=True)
    web_tracking = TextField(null=True)

    class Meta:
        table_name = "version"
        indexes = ((("definition", "number"), True),)


class ApiKey(Model):
    id = BigIntegerField(primary_key=True)
    section = TextField()
    name = TextField()
    secret_hash = TextField()
    scopes = TextField()
    grants = TextField()
    events = TextField(null=True)
    created_at = BigIntegerField()
    revoked_at = BigIntegerField(null=True)
    exposed_at = BigIntegerField(null=True)
    last_used_at = BigIntegerField(null=True)
    rate_limit = IntegerField(null=True)

    class Meta:
        table_name = "api_key"


class Profile(Model):
    id = BigIntegerField(primary_key=True)
    section = TextField()
    attributes = TextField()
    created_at = BigIntegerField()
    merged_into = BigIntegerField(null=True)

    class Meta:
        table_name = "profile"
        indexes = ((("section", "id", "merged_into"), False),)


class Identifier(Model):
    section = TextField()
    kind = TextField()
    value = TextField()
    profile = BigIntegerField(index=True)
    created_at = BigIntegerField()

    class Meta:
        table_name = "identifier"
        primary_key = CompositeKey("section", "kind", "value")


class Event(Model):
    id = BigIntegerField(primary_key=True)
    definition = BigIntegerField()
    version = BigIntegerField()
    space = SmallIntegerField()
    event_id = TextField()
    profile = BigIntegerField(null=True)
    visitor = TextField(null=True)
    source = TextField()
    trust = TextField()
    door = TextField()
    key = BigIntegerField(null=True)
    identifiers = TextField()
    identifiers_at = BigIntegerField(null=True)
    data = TextField()
    data_at = BigIntegerField(null=True)
    goal_type = TextField(null=True)
    goal_name = TextField(null=True)
    goal_value = BigIntegerField(null=True)
    goal_currency = TextField(null=True)
    goal_at = BigIntegerField(null=True)
    given_goal = TextField(null=True)
    deleted_at = BigIntegerField(null=True)
    deletion_at = BigIntegerField(null=True)
    occurred_at = BigIntegerField()
    received_at = BigIntegerField()
    updated_at = BigIntegerField()
    raw_times = TextField(null=True)
    consent = TextField(null=True)

    class Meta:
        table_name = "event"
        indexes = (
            (("definition", "space", "event_id"), True),
            (("definition", "occurred_at", "id"), False),  # and what segments read: migration 0013
        )


class Change(Model):
    """The append-only log of applied changes, from which timelines are read."""

    id = BigIntegerField(primary_key=True)
    profile = BigIntegerField(null=True)
    definition = BigIntegerField()
    event = BigIntegerField()
    operation = SmallIntegerField()
    occurred_at = BigIntegerField()
    recorded_at = BigIntegerField()
    changes = TextField(null=True)

    class Meta:
        table_name = "change"
        indexes = ((("profile", "occurred_at", "id"), False),)


class Total(Model):
    """What a profile's live events of one definition and one kind of goal add up to (`totals.py`).

    An event without a goal counts under the empty goal type; no name and no currency are empty too.
    The sum of the values, in millionths, is `whole` × 1,000,000 + `fraction`.
    """

    profile = BigIntegerField()
    definition = BigIntegerField()
    goal_type = TextField()
    goal_name = TextField()
    goal_currency = TextField()
    events = BigIntegerField()
    valued = BigIntegerField()
    whole = BigIntegerField()
    fraction = BigIntegerField()
    least = BigIntegerField(null=True)
    greatest = BigIntegerField(null=True)
    first_at = BigIntegerField()
    last_at = BigIntegerField()

    class Meta:
        table_name = "total"
        primary_key = CompositeKey("goal_type", "profile", "definition", "goal_name", "goal_currency")


class Rejection(Model):
    """A refused payload. `cause` is `core.causes.cause_of`; `partial`: it can never be judged again."""

    id = BigIntegerField(primary_key=True)
    section = TextField()
    definition = BigIntegerField(null=True)
    version = BigIntegerField(null=True)
    event_name = TextField()
    event_id = TextField(null=True)
    door = TextField()
    key = BigIntegerField(null=True)
    received_at = BigIntegerField()
    code = TextField()
    faults = TextField()
    payload = TextField()
    cause = BigIntegerField(default=0)
    space = SmallIntegerField(default=0)
    trust = TextField(default="claimed")
    source = TextField(default="")
    sent_at = BigIntegerField(null=True)
    partial = SmallIntegerField(default=0)

    class Meta:
        table_name = "rejection"
        indexes = (
            (("section", "id"), False),
            (("definition", "id"), False),
            (("section", "definition", "cause", "id"), False),
        )


class Ledger(Model):
    """Received = the sum of the verdicts, per section, definition (0: none), door, hour and node."""

    section = TextField()
    definition = BigIntegerField()
    door = TextField()
    hour = IntegerField()
    node = IntegerField()
    received = BigIntegerField(default=0)
    stored = BigIntegerField(default=0)
    updated = BigIntegerField(default=0)
    duplicate = BigIntegerField(default=0)
    ignored = BigIntegerField(default=0)
    rejected = BigIntegerField(default=0)
    filtered = BigIntegerField(default=0)
    queued = BigIntegerField(default=0)

    class Meta:
        table_name = "ledger"
        primary_key = CompositeKey("section", "definition", "door", "hour", "node")


class Audit(Model):
    """The append-only log of what people and integrations changed."""

    id = BigIntegerField(primary_key=True)
    section = TextField()
    at = BigIntegerField()
    who = TextField()
    door = TextField()
    agent = TextField()
    action = TextField()
    subject = TextField()
    before = TextField(null=True)
    after = TextField(null=True)

    class Meta:
        table_name = "audit"
        indexes = ((("section", "id"), False),)


class User(Model):
    id = BigIntegerField(primary_key=True)
    email = TextField(unique=True)
    created_at = BigIntegerField()
    password_hash = TextField(null=True)

    class Meta:
        table_name = "person"


class Member(Model):
    """A person's role in a section; the section `*` stands for every one."""

    user = BigIntegerField()
    section = TextField()
    role = TextField()
    created_at = BigIntegerField()

    class Meta:
        table_name = "member"
        primary_key = CompositeKey("user", "section")


class Ticket(Model):
    """A one-time sign-in link or a session: only a hash of its secret is kept."""

    secret_hash = TextField(primary_key=True)
    user = BigIntegerField()
    purpose = TextField()
    expires_at = BigIntegerField()

    class Meta:
        table_name = "ticket"


class SectionSecret(Model):
    """What sites sign their tokens with. It is readable, as checking a signature takes the secret itself."""

    section = TextField()
    number = IntegerField()
    secret = TextField()
    made_at = BigIntegerField()
    retired_at = BigIntegerField(null=True)

    class Meta:
        table_name = "section_secret"
        primary_key = CompositeKey("section", "number")


class Visitor(Model):
    """Whose browser it is, and the event that told. An event has an index for visitors without a profile."""

    section = TextField()
    visitor = TextField()
    profile = BigIntegerField(index=True)
    event = BigIntegerField()
    linked_at = BigIntegerField()

    class Meta:
        table_name = "visitor"
        primary_key = CompositeKey("section", "visitor")


class Conflict(Model):
    """Two profiles that one event named; `event` is the latest that did. `merge` is the one that ended it."""

    id = BigIntegerField(primary_key=True)
    section = TextField()
    profile_a = BigIntegerField()
    profile_b = BigIntegerField()
    first_seen = BigIntegerField()
    last_seen = BigIntegerField()
    count = BigIntegerField()
    event = BigIntegerField()
    dismissed = SmallIntegerField(default=0)
    merge = BigIntegerField(null=True)

    class Meta:
        table_name = "conflict"
        indexes = ((("profile_a", "profile_b"), True), (("section", "id"), False))


class Merge(Model):
    """One profile put into another, and what is needed to undo it.

    JSON: the identifiers of both before (`[kind, value]`), the visitors of the one that was merged, and the
    names of the attributes that the other took over. Its events are in `MergedEvent`.
    """

    id = BigIntegerField(primary_key=True)
    section = TextField()
    merged = BigIntegerField(index=True)
    into = BigIntegerField(index=True)
    made_at = BigIntegerField()
    undone_at = BigIntegerField(null=True)
    events = BigIntegerField()
    identifiers = TextField()
    identifiers_of_into = TextField()
    visitors = TextField()
    attributes = TextField()

    class Meta:
        table_name = "profile_merge"
        indexes = ((("section", "id"), False),)


class MergedEvent(Model):
    merge = BigIntegerField()
    event = BigIntegerField()

    class Meta:
        table_name = "merged_event"
        primary_key = CompositeKey("merge", "event")


class Attempt(Model):
    """A failed attempt at a password; so many within some minutes, and nobody may try for a while."""

    id = BigIntegerField(primary_key=True)
    who = TextField(index=True)
    at = BigIntegerField()

    class Meta:
        table_name = "sign_in_attempt"


class SnippetFile(Model):
    """The snippet of a version, as it was first served."""

    version = BigIntegerField(primary_key=True)
    text = TextField()
    made_at = BigIntegerField()

    class Meta:
        table_name = "snippet_file"
