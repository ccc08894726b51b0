"""Who is in which segment, since when, and who joined and left; the notes of who may have moved."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    CompositeKey,
    IntegerField,
    SmallIntegerField,
    TextField,
)


def up(migrator: Any, db: peewee.Database) -> None:
    db.create_tables([*_what_is_followed(db), *_what_has_happened(db)])


def _what_is_followed(db: peewee.Database) -> list[type[peewee.Model]]:
    class Note(peewee.Model):
        id = BigAutoField()
        section = TextField(null=True)
        profiles = BlobField(null=True)
        due_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "segment_note"

    class Member(peewee.Model):
        segment = BigIntegerField()
        generation = IntegerField()
        profile = BigIntegerField(index=True)
        joined_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "segment_member"
            primary_key = CompositeKey("segment", "generation", "profile")
            # One page less to write for every member; PostgreSQL has no such tables.
            without_rowid = isinstance(db, peewee.SqliteDatabase)

    class Standing(peewee.Model):
        segment = BigIntegerField(primary_key=True)
        generation = IntegerField()
        members = BigIntegerField()
        version = IntegerField()
        tree = TextField()
        step = TextField(null=True)
        cursor = BigIntegerField()
        done = BigIntegerField()
        total = BigIntegerField()
        last_generation = IntegerField()
        next_generation = IntegerField(null=True)
        next_version = IntegerField(null=True)
        next_members = BigIntegerField()
        old = IntegerField(null=True)
        review = SmallIntegerField()
        due_at = BigIntegerField(null=True)
        begun_at = BigIntegerField(null=True)
        ended_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "segment_standing"

    return [Note, Member, Standing]


def _what_has_happened(db: peewee.Database) -> list[type[peewee.Model]]:
    class Passage(peewee.Model):
        id = BigIntegerField(primary_key=True)
        profile = BigIntegerField()
        segment = BigIntegerField()
        operation = SmallIntegerField()
        version = IntegerField()
        occurred_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "segment_passage"
            indexes = ((("profile", "occurred_at", "id"), False),)

    class Day(peewee.Model):
        segment = BigIntegerField()
        day = TextField()
        members = BigIntegerField()
        joined = BigIntegerField()
        left = BigIntegerField()

        class Meta:
            database = db
            table_name = "segment_day"
            primary_key = CompositeKey("segment", "day")

    return [Passage, Day]
