"""Passwords of people who want one, and the attempts at them that are counted."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, TextField


def up(migrator: Any, db: peewee.Database) -> None:
    migrator.migrate(migrator.add_column("person", "password_hash", TextField(null=True)))

    class Attempt(peewee.Model):
        id = BigIntegerField(primary_key=True)
        who = TextField(index=True)
        at = BigIntegerField()

        class Meta:
            database = db
            table_name = "sign_in_attempt"

    db.create_tables([Attempt])
