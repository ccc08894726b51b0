"""The tables of the Custom Events Editor; the others are in `models`. Times are microseconds, UTC."""

from __future__ import annotations

from peewee import BigIntegerField, CompositeKey, IntegerField, Model, TextField


class EditorSeal(Model):
    """The secret that signs the editor's tokens; there is one row."""

    name = TextField(primary_key=True)
    secret = TextField()

    class Meta:
        table_name = "editor_seal"


class EditorDraft(Model):
    """What somebody draws up and has not published yet.

    `origin` is that of the pages where it was drawn up last, `revision` that of the definition as it was when
    the draft was saved, 0 where there was none.
    """

    section = TextField()
    event_name = TextField()
    number = BigIntegerField()
    document = TextField()
    origin = TextField()
    revision = IntegerField()
    saved_by = TextField()
    saved_at = BigIntegerField()

    class Meta:
        table_name = "editor_draft"
        primary_key = CompositeKey("section", "event_name")


class TriggerChange(Model):
    """A change of a definition's triggers: all of them before and after, as JSON; `undoes` is another one."""

    id = BigIntegerField(primary_key=True)
    definition = BigIntegerField()
    at = BigIntegerField()
    who = TextField()
    door = TextField()
    before = TextField()
    after = TextField()
    undoes = BigIntegerField(null=True)

    class Meta:
        table_name = "trigger_change"
        indexes = ((("definition", "id"), False),)


class PageLoad(Model):
    """When pages of an origin last loaded a snippet or bundle of a section, to some minutes."""

    section = TextField()
    origin = TextField()
    seen_at = BigIntegerField()

    class Meta:
        table_name = "page_load"
        primary_key = CompositeKey("section", "origin")


class TriggerFiring(Model):
    """When a trigger first and last made an event, to the minute, and on which page; see `firings`."""

    definition = BigIntegerField()
    number = IntegerField()
    first_at = BigIntegerField()
    fired_at = BigIntegerField()
    address = TextField()
    noted = BigIntegerField()
    longest_gap = BigIntegerField()

    class Meta:
        table_name = "trigger_firing"
        primary_key = CompositeKey("definition", "number")
