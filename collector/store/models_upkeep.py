"""The tables of upkeep: events that are gone, what runs by the clock, the memory of erased people.

Times are microseconds since 1970 (UTC), as in `models.py`.
"""

from __future__ import annotations

from peewee import BigIntegerField, CompositeKey, IntegerField, Model, TextField


class EventsGone(Model):
    """How many events were taken away again, and why (`events_gone.py`); by the node that did it."""

    section = TextField()
    definition = BigIntegerField()
    node = IntegerField()
    erased = BigIntegerField(default=0)
    expired = BigIntegerField(default=0)

    class Meta:
        table_name = "events_gone"
        primary_key = CompositeKey("section", "definition", "node")


class Job(Model):
    """What runs by the clock: when it is due, who is at it and until when that counts, how it went last.

    `report` is what the last good run found, as JSON; `failure` says why the last run failed, if it did.
    """

    name = TextField(primary_key=True)
    due_at = BigIntegerField()
    holder = TextField(null=True)
    held_until = BigIntegerField(default=0)
    begun_at = BigIntegerField(null=True)
    ended_at = BigIntegerField(null=True)
    failed_at = BigIntegerField(null=True)
    failure = TextField(null=True)
    report = TextField(null=True)

    class Meta:
        table_name = "job"


class Erasure(Model):
    """A section in which somebody was erased: the secret of its marks, and the newest of their times."""

    section = TextField(primary_key=True)
    secret = TextField()
    until = BigIntegerField()

    class Meta:
        table_name = "erasure"


class ErasedName(Model):
    """A keyed hash of an identifier, a visitor or an event's key: what is as old as `until` is ignored."""

    section = TextField()
    mark = TextField()
    until = BigIntegerField()

    class Meta:
        table_name = "erased_name"
        primary_key = CompositeKey("section", "mark")


class Allowance(Model):
    """How many requests of a key's limit have been given out to servers in its latest minute (since 1970)."""

    key = BigIntegerField(primary_key=True)
    minute = BigIntegerField()
    taken = BigIntegerField()

    class Meta:
        table_name = "allowance"
