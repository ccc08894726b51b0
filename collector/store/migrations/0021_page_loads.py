"""When pages of an origin last loaded a snippet of a section."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, CompositeKey, TextField


def up(migrator: Any, db: peewee.Database) -> None:
    class PageLoad(peewee.Model):
        section = TextField()
        origin = TextField()
        seen_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "page_load"
            primary_key = CompositeKey("section", "origin")

    db.create_tables([PageLoad])
