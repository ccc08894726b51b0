"""Changing what is known of a profile."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from collector.core import ids
from collector.core.actors import Actor
from collector.core.problems import Problem
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.models import Profile
from collector.store.segments.notes import Notes

_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Attributes:
    """The attributes of all profiles of a store."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._db = database
        self._audit = audit
        self._notes = Notes(database)

    def change(
        self,
        profile_id: int,
        make: Callable[[Mapping[str, Any]], Mapping[str, Any]],
        actor: Actor,
        now: int,
    ) -> None:
        """Makes of a profile's attributes what `make` makes of those that are stored.

        The audit log has the names of what changed, and no values: it is kept when a person is erased.
        Raises `Problem("not-found")`.
        """
        query = Profile.select().where((Profile.id == profile_id) & Profile.merged_into.is_null())
        with self._db.writing():
            row = self._db.row(query if self._db.is_sqlite else query.for_update())
            if row is None:
                raise Problem("not-found", "There is no such profile.")
            text = _ENCODER.encode(dict(make(json.loads(row["attributes"])))).decode()
            before, after = json.loads(row["attributes"]), json.loads(text)
            changed = sorted(
                name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
            )
            if changed:
                self._db.run(Profile.update(attributes=text).where(Profile.id == profile_id))
                self._notes.leave_always([profile_id], {})
                told, subject = {"attributes": changed}, ids.encode(profile_id)
                self._audit.record(row["section"], actor, "profile.changed", subject, now=now, after=told)
