"""Snippet files of later web settings; who looks after installed snippets: install checks and sightings."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, CompositeKey, IntegerField, TextField


def up(migrator: Any, db: peewee.Database) -> None:
    class SnippetRevision(peewee.Model):
        version = BigIntegerField()
        revision = IntegerField()
        text = TextField()
        made_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "snippet_revision"
            primary_key = CompositeKey("version", "revision")

    class InstallCheck(peewee.Model):
        nonce = TextField(primary_key=True)
        definition = BigIntegerField(index=True)
        opened_at = BigIntegerField()
        seen_at = BigIntegerField(null=True)
        found = TextField(null=True)

        class Meta:
            database = db
            table_name = "install_check"

    class Sighting(peewee.Model):
        version = BigIntegerField()
        origin = TextField()
        seen_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "snippet_sighting"
            primary_key = CompositeKey("version", "origin")

    db.create_tables([SnippetRevision, InstallCheck, Sighting])
