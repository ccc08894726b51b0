"""Which messages of a stream are committed, so that one that comes again changes nothing."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, CompositeKey


def up(migrator: Any, db: peewee.Database) -> None:
    class TakenMessage(peewee.Model):
        stream = BigIntegerField()
        number = BigIntegerField()

        class Meta:
            database = db
            table_name = "taken_message"
            primary_key = CompositeKey("stream", "number")

    db.create_tables([TakenMessage])
