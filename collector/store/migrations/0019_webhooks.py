"""Outgoing webhooks, their secrets, what they have to tell, and how that went."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, CompositeKey, IntegerField, SmallIntegerField, TextField


def up(migrator: Any, db: peewee.Database) -> None:
    db.create_tables([*_hooks(db), *_messages(db)])
    # Those that wait are few beside those that are told: whoever delivers reads them in their order.
    db.execute_sql("CREATE INDEX webhook_message_waiting ON webhook_message (webhook, id) WHERE state = 0")


def _hooks(db: peewee.Database) -> list[type[peewee.Model]]:
    class Webhook(peewee.Model):
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
        failures = IntegerField()
        failing_since = BigIntegerField(null=True)
        resume_at = BigIntegerField()
        holder = TextField(null=True)
        held_until = BigIntegerField()

        class Meta:
            database = db
            table_name = "webhook"
            indexes = ((("section", "id"), False),)

    class WebhookSecret(peewee.Model):
        webhook = BigIntegerField()
        number = IntegerField()
        secret = TextField()
        made_at = BigIntegerField()
        retired_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "webhook_secret"
            primary_key = CompositeKey("webhook", "number")

    return [Webhook, WebhookSecret]


def _messages(db: peewee.Database) -> list[type[peewee.Model]]:
    class WebhookMessage(peewee.Model):
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
        tries = IntegerField()
        state = SmallIntegerField()
        ended_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "webhook_message"
            indexes = ((("webhook", "id"), False),)

    class WebhookAttempt(peewee.Model):
        id = BigIntegerField(primary_key=True)
        webhook = BigIntegerField()
        message = BigIntegerField()
        at = BigIntegerField()
        status = IntegerField(null=True)
        sentence = TextField()
        duration = IntegerField()
        answer = TextField()

        class Meta:
            database = db
            table_name = "webhook_attempt"
            indexes = ((("message", "id"), False),)

    return [WebhookMessage, WebhookAttempt]
