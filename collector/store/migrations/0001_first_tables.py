"""The first tables. A frozen copy: the models in `collector/store/models.py` go on, this file does not."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, CompositeKey, IntegerField, SmallIntegerField, TextField


def up(migrator: Any, db: peewee.Database) -> None:
    _sections(db)
    _definitions(db)
    _people(db)
    _events(db)
    _counts(db)


def _sections(db: peewee.Database) -> None:
    """Sections, their keys, and the numbers of processes."""

    class Section(peewee.Model):
        id = TextField(primary_key=True)
        name = TextField()
        undefined_events = TextField()
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "section"

    class Node(peewee.Model):
        name = TextField(primary_key=True)
        value = BigIntegerField()

        class Meta:
            database = db
            table_name = "node"

    class ApiKey(peewee.Model):
        id = BigIntegerField(primary_key=True)
        section = TextField()
        name = TextField()
        secret_hash = TextField()
        scopes = TextField()
        grants = TextField()
        events = TextField(null=True)
        created_at = BigIntegerField()
        revoked_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "api_key"

    db.create_tables([Section, Node, ApiKey])


def _definitions(db: peewee.Database) -> None:
    """What is collected."""

    class Definition(peewee.Model):
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

        class Meta:
            database = db
            table_name = "definition"
            indexes = ((("section", "event_name"), True),)

    class Version(peewee.Model):
        id = BigIntegerField(primary_key=True)
        definition = BigIntegerField()
        number = IntegerField()
        content = TextField()
        created_at = BigIntegerField()
        current_from = BigIntegerField()
        retired_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "version"
            indexes = ((("definition", "number"), True),)

    db.create_tables([Definition, Version])


def _people(db: peewee.Database) -> None:
    """Who it is about."""

    class Profile(peewee.Model):
        id = BigIntegerField(primary_key=True)
        section = TextField()
        attributes = TextField()
        created_at = BigIntegerField()
        merged_into = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "profile"

    class Identifier(peewee.Model):
        section = TextField()
        kind = TextField()
        value = TextField()
        profile = BigIntegerField(index=True)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "identifier"
            primary_key = CompositeKey("section", "kind", "value")

    db.create_tables([Profile, Identifier])


def _events(db: peewee.Database) -> None:
    """What was accepted, and every change of it."""

    class Event(peewee.Model):
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
        deleted_at = BigIntegerField(null=True)
        deletion_at = BigIntegerField(null=True)
        occurred_at = BigIntegerField()
        received_at = BigIntegerField()
        updated_at = BigIntegerField()
        raw_times = TextField(null=True)

        class Meta:
            database = db
            table_name = "event"
            indexes = (
                (("definition", "space", "event_id"), True),
                (("definition", "occurred_at", "id"), False),
            )

    class Change(peewee.Model):
        id = BigIntegerField(primary_key=True)
        profile = BigIntegerField(null=True)
        definition = BigIntegerField()
        event = BigIntegerField()
        operation = SmallIntegerField()
        occurred_at = BigIntegerField()
        recorded_at = BigIntegerField()
        changes = TextField(null=True)

        class Meta:
            database = db
            table_name = "change"
            indexes = ((("profile", "occurred_at", "id"), False),)

    db.create_tables([Event, Change])


def _counts(db: peewee.Database) -> None:
    """What was refused, and the count of everything."""

    class Rejection(peewee.Model):
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

        class Meta:
            database = db
            table_name = "rejection"
            indexes = ((("section", "id"), False),)

    class Ledger(peewee.Model):
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
            database = db
            table_name = "ledger"
            primary_key = CompositeKey("section", "definition", "door", "hour", "node")

    db.create_tables([Rejection, Ledger])
