"""Segments; and the index of a definition's events by time gets all that a segment with a timeframe reads."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, IntegerField, TextField

INDEX = """
CREATE INDEX event_by_time ON event (definition, occurred_at, id, profile, goal_type, goal_value, goal_name,
  goal_currency, deleted_at)
"""


def up(migrator: Any, db: peewee.Database) -> None:
    class Segment(peewee.Model):
        id = BigIntegerField(primary_key=True)
        section = TextField()
        slug = TextField()
        name = TextField()
        color = TextField()
        timezone = TextField()
        tree = TextField()
        version = IntegerField()
        created_at = BigIntegerField()
        updated_at = BigIntegerField()
        deleted_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "segment"
            indexes = ((("section", "slug"), True),)

    db.create_tables([Segment])
    migrator.migrate(migrator.drop_index("event", "event_definition_occurred_at_id"))
    db.execute_sql(INDEX)
