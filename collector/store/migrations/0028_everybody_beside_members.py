"""How many profiles a section has, kept beside the members of each segment; notes say how it changes."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, TextField


def up(migrator: Any, _: peewee.Database) -> None:
    # Null until the follower has counted them, which is soon after the server has started.
    migrator.migrate(migrator.add_column("segment_standing", "everybody", BigIntegerField(null=True)))
    migrator.migrate(migrator.add_column("segment_note", "gained", TextField(null=True)))
