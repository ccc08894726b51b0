"""The audit log; people, their roles and sessions; texts of fields that change without a new version."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, CompositeKey, TextField


def up(migrator: Any, db: peewee.Database) -> None:
    migrator.migrate(migrator.add_column("definition", "field_texts", TextField(default="{}")))
    _audit(db)
    _people(db)


def _audit(db: peewee.Database) -> None:
    class Audit(peewee.Model):
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
            database = db
            table_name = "audit"
            indexes = ((("section", "id"), False),)

    db.create_tables([Audit])


def _people(db: peewee.Database) -> None:
    class User(peewee.Model):
        id = BigIntegerField(primary_key=True)
        email = TextField(unique=True)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "person"

    class Member(peewee.Model):
        user = BigIntegerField()
        section = TextField()
        role = TextField()
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "member"
            primary_key = CompositeKey("user", "section")

    class Ticket(peewee.Model):
        secret_hash = TextField(primary_key=True)
        user = BigIntegerField()
        purpose = TextField()
        expires_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "ticket"

    db.create_tables([User, Member, Ticket])
