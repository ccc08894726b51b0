"""The tables of segments. Times are microseconds since 1970 (UTC)."""

from __future__ import annotations

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    CompositeKey,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)


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


class Note(Model):
    """That these profiles (64-bit numbers, one after the other) changed, or all of a section did.

    With `due_at`, they change at that time. `gained` (JSON: section → number) is by how many profiles
    sections grew with it; a section that lost some has a negative number.
    """

    id = BigAutoField()
    section = TextField(null=True)
    profiles = BlobField(null=True)
    due_at = BigIntegerField(null=True)
    gained = TextField(null=True)

    class Meta:
        table_name = "segment_note"


class Member(Model):
    """A profile in a segment. Which `generation` is shown, `Standing` says."""

    segment = BigIntegerField()
    generation = IntegerField()
    profile = BigIntegerField(index=True)
    joined_at = BigIntegerField()

    class Meta:
        table_name = "segment_member"
        primary_key = CompositeKey("segment", "generation", "profile")


class Standing(Model):
    """How far a segment's members are followed.

    `generation` is shown (0: none yet), with so many `members`; it is that of `version`, and was found with
    the tree of which `tree` is the hash. `step` is what goes on (`build`, `tell`, `review`, `sweep`): it has
    come to the profile `cursor`, and is through with `done` profiles of `total`. `next_…` is what is being
    built, `old` what was shown before and is not told to the end. `review`: all profiles have to be looked at
    again. `due_at`: when time alone may have moved somebody. `everybody`: how many profiles the section has
    as far as notes are followed; null until they were counted.
    """

    segment = BigIntegerField(primary_key=True)
    generation = IntegerField(default=0)
    members = BigIntegerField(default=0)
    version = IntegerField(default=0)
    tree = TextField(default="")
    step = TextField(null=True)
    cursor = BigIntegerField(default=0)
    done = BigIntegerField(default=0)
    total = BigIntegerField(default=0)
    last_generation = IntegerField(default=0)
    next_generation = IntegerField(null=True)
    next_version = IntegerField(null=True)
    next_members = BigIntegerField(default=0)
    old = IntegerField(null=True)
    review = SmallIntegerField(default=0)
    due_at = BigIntegerField(null=True)
    begun_at = BigIntegerField(null=True)
    ended_at = BigIntegerField(null=True)
    everybody = BigIntegerField(null=True)

    class Meta:
        table_name = "segment_standing"


class Passage(Model):
    """A profile joined a segment (`operation` 0) or left it (1)."""

    id = BigIntegerField(primary_key=True)
    profile = BigIntegerField()
    segment = BigIntegerField()
    operation = SmallIntegerField()
    version = IntegerField()
    occurred_at = BigIntegerField()

    class Meta:
        table_name = "segment_passage"
        indexes = ((("profile", "occurred_at", "id"), False),)


class Day(Model):
    """A day of a segment, in its time zone, on which somebody joined or left; `members` at its end."""

    segment = BigIntegerField()
    day = TextField()
    members = BigIntegerField()
    joined = BigIntegerField()
    left = BigIntegerField()

    class Meta:
        table_name = "segment_day"
        primary_key = CompositeKey("segment", "day")


class Watch(Model):
    """One row, where events are packed: up to which event (its id) changes are noted in `Touched`."""

    id = IntegerField(primary_key=True)
    event = BigIntegerField()

    class Meta:
        table_name = "segment_watch"


class Block(Model):
    """Events that are packed (`segments/packs.py`): those from one id to another, both included."""

    id = IntegerField(primary_key=True)
    first = BigIntegerField()
    last = BigIntegerField()

    class Meta:
        table_name = "segment_block"


class Piece(Model):
    """A block's events of one definition, and when they and their entries on timelines begin and end."""

    definition = BigIntegerField()
    block = IntegerField()
    events = IntegerField()
    first_at = BigIntegerField()
    last_at = BigIntegerField()

    class Meta:
        table_name = "segment_piece"
        primary_key = CompositeKey("definition", "block")


class Part(Model):
    """Some columns of a piece."""

    definition = BigIntegerField()
    block = IntegerField()
    name = TextField()
    content = BlobField()

    class Meta:
        table_name = "segment_part"
        indexes = ((("definition", "block", "name"), True),)


class Touched(Model):
    """An event that is not as it is packed; it is read from its row until it is packed anew."""

    event = BigIntegerField(primary_key=True)
    times = IntegerField()

    class Meta:
        table_name = "segment_touched"
