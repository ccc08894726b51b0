"""The tables of outgoing webhooks. Times are microseconds since 1970 (UTC).

Nothing of a person is in them but numbers, and what a receiver answered.
"""

from __future__ import annotations

from peewee import BigIntegerField, CompositeKey, IntegerField, Model, SmallIntegerField, TextField


class Webhook(Model):
    """A webhook and how it goes. JSON: `types` and `reads`; `events`, `goals`, `segments` (null: every one).

    `failures` one after the other until now, the first of them at `failing_since`; nothing is sent before
    `resume_at`. Whoever delivers is the `holder`, until `held_until`.
    """

    id = BigIntegerField(primary_key=True)
    section = TextField()
    name = TextField()
    url = TextField()
    types = TextField()
    events = TextField(null=True)
    goals = TextField(null=True)
    segments = TextField(null=True)
    reads = TextField()
    state = TextField()
    created_at = BigIntegerField()
    updated_at = BigIntegerField()
    delivered_at = BigIntegerField(null=True)
    failures = IntegerField(default=0)
    failing_since = BigIntegerField(null=True)
    resume_at = BigIntegerField(default=0)
    holder = TextField(null=True)
    held_until = BigIntegerField(default=0)

    class Meta:
        table_name = "webhook"
        indexes = ((("section", "id"), False),)


class WebhookSecret(Model):
    """What deliveries are signed with: kept readable, because signing takes the secret itself."""

    webhook = BigIntegerField()
    number = IntegerField()
    secret = TextField()
    made_at = BigIntegerField()
    retired_at = BigIntegerField(null=True)

    class Meta:
        table_name = "webhook_secret"
        primary_key = CompositeKey("webhook", "number")


class WebhookMessage(Model):
    """Something that a webhook is to tell, or has told: of what, by its numbers; not what it said.

    It is given up at `until`. `about` is what happened to a definition, or of which version a segment was.
    `state`: see `messages.py`.
    """

    id = BigIntegerField(primary_key=True)
    webhook = BigIntegerField()
    type = TextField()
    event = BigIntegerField(null=True)
    profile = BigIntegerField(null=True)
    segment = BigIntegerField(null=True)
    definition = BigIntegerField(null=True)
    about = TextField(null=True)
    recorded_at = BigIntegerField()
    due_at = BigIntegerField()
    until = BigIntegerField()
    tries = IntegerField(default=0)
    state = SmallIntegerField(default=0)
    ended_at = BigIntegerField(null=True)

    class Meta:
        table_name = "webhook_message"
        indexes = ((("webhook", "id"), False),)  # and those that wait, for themselves: migration 0019


class WebhookAttempt(Model):
    """A try to deliver a message: the `status` that came or none, a sentence, milliseconds, the answer."""

    id = BigIntegerField(primary_key=True)
    webhook = BigIntegerField()
    message = BigIntegerField()
    at = BigIntegerField()
    status = IntegerField(null=True)
    sentence = TextField()
    duration = IntegerField()
    answer = TextField()

    class Meta:
        table_name = "webhook_attempt"
        indexes = ((("message", "id"), False),)
