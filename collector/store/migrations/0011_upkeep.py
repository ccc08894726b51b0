"""Events that are gone, what runs by the clock, and the memory of erased people."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, CompositeKey, IntegerField, TextField


def up(migrator: Any, db: peewee.Database) -> None:
    _gone(db)
    _jobs(db)
    _erasures(db)


def _gone(db: peewee.Database) -> None:
    class EventsGone(peewee.Model):
        section = TextField()
        definition = BigIntegerField()
        node = IntegerField()
        erased = BigIntegerField(default=0)
        expired = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "events_gone"
            primary_key = CompositeKey("section", "definition", "node")

    db.create_tables([EventsGone])


def _jobs(db: peewee.Database) -> None:
    class Job(peewee.Model):
        name = TextField(primary_key=True)
        due_at = BigIntegerField()
        holder = TextField(null=True)
        held_until = BigIntegerField(default=0)
        begun_at = BigIntegerField(null=True)
        ended_at = BigIntegerField(null=True)
        failed_at = BigIntegerField(null=True)
        failure = TextField(null=True)
        report = TextField(null=True)

        class Meta:
            database = db
            table_name = "job"

    db.create_tables([Job])


def _erasures(db: peewee.Database) -> None:
    class Erasure(peewee.Model):
        section = TextField(primary_key=True)
        secret = TextField()
        until = BigIntegerField()

        class Meta:
            database = db
            table_name = "erasure"

    class ErasedName(peewee.Model):
        section = TextField()
        mark = TextField()
        until = BigIntegerField()

        class Meta:
            database = db
            table_name = "erased_name"
            primary_key = CompositeKey("section", "mark")

    db.create_tables([Erasure, ErasedName])
