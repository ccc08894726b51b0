"""The Custom Events Editor: its seal, drafts, the history of triggers, when each trigger last fired."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, CompositeKey, IntegerField, TextField


def up(migrator: Any, db: peewee.Database) -> None:
    class EditorSeal(peewee.Model):
        name = TextField(primary_key=True)
        secret = TextField()

        class Meta:
            database = db
            table_name = "editor_seal"

    class EditorDraft(peewee.Model):
        section = TextField()
        event_name = TextField()
        number = BigIntegerField()
        document = TextField()
        origin = TextField()
        revision = IntegerField()
        saved_by = TextField()
        saved_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "editor_draft"
            primary_key = CompositeKey("section", "event_name")

    class TriggerChange(peewee.Model):
        id = BigIntegerField(primary_key=True)
        definition = BigIntegerField()
        at = BigIntegerField()
        who = TextField()
        door = TextField()
        before = TextField()
        after = TextField()
        undoes = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "trigger_change"
            indexes = ((("definition", "id"), False),)

    class TriggerFiring(peewee.Model):
        definition = BigIntegerField()
        number = IntegerField()
        first_at = BigIntegerField()
        fired_at = BigIntegerField()
        address = TextField()
        noted = BigIntegerField()
        longest_gap = BigIntegerField()

        class Meta:
            database = db
            table_name = "trigger_firing"
            primary_key = CompositeKey("definition", "number")

    db.create_tables([EditorSeal, EditorDraft, TriggerChange, TriggerFiring])
