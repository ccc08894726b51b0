"""Rejections by their cause, what it takes to judge one again, and how many are kept no longer.

Those that are there already were kept without what a replay needs: they are shown, and never judged again.
"""

from __future__ import annotations

import json
from typing import Any

import peewee
from peewee import BigIntegerField, CompositeKey, IntegerField, SmallIntegerField, TextField

from collector.core.causes import cause_of
from collector.core.problems import Fault

PAGE = 500


def up(migrator: Any, db: peewee.Database) -> None:
    migrator.migrate(
        migrator.add_column("rejection", "cause", BigIntegerField(default=0)),
        migrator.add_column("rejection", "space", SmallIntegerField(default=0)),
        migrator.add_column("rejection", "trust", TextField(default="claimed")),
        migrator.add_column("rejection", "source", TextField(default="")),
        migrator.add_column("rejection", "sent_at", BigIntegerField(null=True)),
        migrator.add_column("rejection", "partial", SmallIntegerField(default=0)),
        migrator.add_index("rejection", ("section", "definition", "cause", "id")),
    )
    _gone(db)
    _find_causes(db)


def _gone(db: peewee.Database) -> None:
    class RejectionsGone(peewee.Model):
        section = TextField()
        definition = BigIntegerField()
        node = IntegerField()
        dropped = BigIntegerField(default=0)
        released = BigIntegerField(default=0)
        erased = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "rejections_gone"
            primary_key = CompositeKey("section", "definition", "node")

    db.create_tables([RejectionsGone])


def _find_causes(db: peewee.Database) -> None:
    class Rejection(peewee.Model):
        id = BigIntegerField(primary_key=True)
        definition = BigIntegerField(null=True)
        event_name = TextField()
        code = TextField()
        faults = TextField()
        cause = BigIntegerField()
        partial = SmallIntegerField()

        class Meta:
            database = db
            table_name = "rejection"

    last = 0
    while page := list(Rejection.select().where(Rejection.id > last).order_by(Rejection.id).limit(PAGE)):
        for row in page:
            faults = [Fault(**fault) for fault in json.loads(row.faults)]
            row.cause = cause_of(row.definition, row.event_name, row.code, faults)
            row.partial = 1
            row.save(only=[Rejection.cause, Rejection.partial])
        last = page[-1].id
