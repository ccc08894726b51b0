"""The snippet of a version as it was first served: its address promises that it never changes."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, TextField


def up(migrator: Any, db: peewee.Database) -> None:
    migrator.migrate(migrator.add_column("version", "web_tracking", TextField(null=True)))

    class SnippetFile(peewee.Model):
        version = BigIntegerField(primary_key=True)
        text = TextField()
        made_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "snippet_file"

    db.create_tables([SnippetFile])
