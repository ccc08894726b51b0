"""The tables about snippets on pages; the others are in `models`. Times are microseconds since 1970 (UTC)."""

from __future__ import annotations

from peewee import BigIntegerField, CompositeKey, IntegerField, Model, TextField


class SnippetRevision(Model):
    """The snippet of a version with the web settings of one revision of its definition."""

    version = BigIntegerField()
    revision = IntegerField()
    text = TextField()
    made_at = BigIntegerField()

    class Meta:
        table_name = "snippet_revision"
        primary_key = CompositeKey("version", "revision")


class InstallCheck(Model):
    """An admin's question whether a page has a snippet; `nonce` is the hash of what opens it, once."""

    nonce = TextField(primary_key=True)
    definition = BigIntegerField(index=True)
    opened_at = BigIntegerField()
    seen_at = BigIntegerField(null=True)
    found = TextField(null=True)

    class Meta:
        table_name = "install_check"


class Sighting(Model):
    """When pages of an origin last sent something with a version, to the minute."""

    version = BigIntegerField()
    origin = TextField()
    seen_at = BigIntegerField()

    class Meta:
        table_name = "snippet_sighting"
        primary_key = CompositeKey("version", "origin")
