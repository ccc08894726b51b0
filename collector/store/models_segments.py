"""The tables of segments. Times are microseconds since 1970 (UTC)."""

from __future__ import annotations

from peewee import BigIntegerField, IntegerField, Model, TextField


class Segment(Model):
    """A stored condition tree. `version` counts the trees; a deleted one keeps its name for itself."""

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
        table_name = "segment"
        indexes = ((("section", "slug"), True),)
