"""Totals of every profile, and the register of a given goal where an event's columns do not say all of it."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, CompositeKey, TextField

FILL = """
INSERT INTO total
SELECT profile, definition, COALESCE(goal_type, ''), COALESCE(goal_name, ''), COALESCE(goal_currency, ''),
  COUNT(*), COUNT(goal_value),
  COALESCE(SUM(goal_value / 1000000), 0), COALESCE(SUM(goal_value - goal_value / 1000000 * 1000000), 0),
  MIN(goal_value), MAX(goal_value), MIN(occurred_at), MAX(occurred_at)
FROM event WHERE profile IS NOT NULL AND deleted_at IS NULL
GROUP BY profile, definition, COALESCE(goal_type, ''), COALESCE(goal_name, ''), COALESCE(goal_currency, '')
"""


def up(migrator: Any, db: peewee.Database) -> None:
    class Total(peewee.Model):
        profile = BigIntegerField()
        definition = BigIntegerField()
        goal_type = TextField()
        goal_name = TextField()
        goal_currency = TextField()
        events = BigIntegerField()
        valued = BigIntegerField()
        whole = BigIntegerField()
        fraction = BigIntegerField()
        least = BigIntegerField(null=True)
        greatest = BigIntegerField(null=True)
        first_at = BigIntegerField()
        last_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "total"
            primary_key = CompositeKey("profile", "definition", "goal_type", "goal_name", "goal_currency")
            # One page less to write for every event; PostgreSQL has no such tables.
            without_rowid = isinstance(db, peewee.SqliteDatabase)

    db.create_tables([Total])
    migrator.migrate(migrator.add_column("event", "given_goal", TextField(null=True)))
    db.execute_sql(FILL)
