"""Secrets of sections, visitors, conflicts of identifiers, and merges of profiles."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, CompositeKey, IntegerField, SmallIntegerField, TextField

PARTIAL_INDEXES = (
    'CREATE INDEX "event_anonymous" ON "event" ("profile", "visitor")'
    ' WHERE "profile" IS NULL AND "visitor" IS NOT NULL',
    'CREATE INDEX "change_anonymous" ON "change" ("profile", "event") WHERE "profile" IS NULL',
    'CREATE INDEX "profile_merged_into" ON "profile" ("merged_into") WHERE "merged_into" IS NOT NULL',
)
"""Anonymous events are found by their visitor, once it is known who that is; other events pay nothing.

`profile` leads, though it is NULL in every row: SQLite would take the index of timelines otherwise.
"""


def up(migrator: Any, db: peewee.Database) -> None:
    _secrets(db)
    _visitors(db)
    _conflicts(db)
    _merges(db)
    for statement in PARTIAL_INDEXES:
        db.execute_sql(statement)


def _secrets(db: peewee.Database) -> None:
    class SectionSecret(peewee.Model):
        section = TextField()
        number = IntegerField()
        secret = TextField()
        made_at = BigIntegerField()
        retired_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "section_secret"
            primary_key = CompositeKey("section", "number")

    db.create_tables([SectionSecret])


def _visitors(db: peewee.Database) -> None:
    class Visitor(peewee.Model):
        section = TextField()
        visitor = TextField()
        profile = BigIntegerField(index=True)
        event = BigIntegerField()
        linked_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "visitor"
            primary_key = CompositeKey("section", "visitor")

    db.create_tables([Visitor])


def _conflicts(db: peewee.Database) -> None:
    class Conflict(peewee.Model):
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
            database = db
            table_name = "conflict"
            indexes = ((("profile_a", "profile_b"), True), (("section", "id"), False))

    db.create_tables([Conflict])


def _merges(db: peewee.Database) -> None:
    class Merge(peewee.Model):
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
            database = db
            table_name = "profile_merge"
            indexes = ((("section", "id"), False),)

    class MergedEvent(peewee.Model):
        merge = BigIntegerField()
        event = BigIntegerField()

        class Meta:
            database = db
            table_name = "merged_event"
            primary_key = CompositeKey("merge", "event")

    db.create_tables([Merge, MergedEvent])
