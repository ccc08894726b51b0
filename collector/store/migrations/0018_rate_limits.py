"""Limits of keys, and what of them is given out to which minute."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, IntegerField


def up(migrator: Any, db: peewee.Database) -> None:
    class Allowance(peewee.Model):
        key = BigIntegerField(primary_key=True)
        minute = BigIntegerField()
        taken = BigIntegerField()

        class Meta:
            database = db
            table_name = "allowance"

    migrator.migrate(migrator.add_column("api_key", "rate_limit", IntegerField(null=True)))
    db.create_tables([Allowance])
