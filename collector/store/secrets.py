"""The secrets of sections, with which sites sign their tokens (`core/tokens.py`).

They are kept readable, because checking a signature takes the secret itself. The newest signs; the one
before it is good for another day, or until the next one is made.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from collector.core.actors import Actor
from collector.core.problems import Problem
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.models import Section
from collector.store.models import SectionSecret as Row
from collector.store.remembered import Remembered

PREFIX = "fps_"
OVERLAP = 24 * 3_600_000_000
"""How long the secret before the newest stays good: a day, in microseconds."""

_BYTES = 32  # as many as the hash has


@dataclass(frozen=True, slots=True)
class Secret:
    """`text` is what both sides use, its characters as UTF-8. Not good from `retired_at` on."""

    number: int
    text: str
    made_at: int
    retired_at: int | None

    def is_good(self, now: int) -> bool:
        return self.retired_at is None or now < self.retired_at


class Secrets:
    """The secrets of the sections of a store. A rotation is obeyed everywhere within two seconds."""

    def __init__(self, database: Database, tick: Callable[[], float], audit: Audit) -> None:
        self._db = database
        self._audit = audit
        self._known = Remembered[str, tuple[Secret, ...]](self._read, tick)

    def good(self, section_id: str, now: int) -> tuple[bytes, ...]:
        """The secrets whose signatures count, the newest first; none if nobody has asked for one yet."""
        known = self._known.get(section_id) or ()
        return tuple(one.text.encode() for one in known if one.is_good(now))

    def show(self, section_id: str, actor: Actor, now: int) -> list[Secret]:
        """The good secrets, the newest first; the first is made now if there is none.

        Raises `Problem("not-found")` for a section that is not there.
        """
        if not self._read(section_id):
            with self._alone(section_id):
                if not self._read(section_id):
                    self._make(section_id, 1, actor, now)
        return self._good_ones(section_id, now)

    def rotate(self, section_id: str, actor: Actor, now: int) -> list[Secret]:
        """Makes the next secret; the one before it stays good for a day, older ones end now.

        Raises `Problem("not-found")` for a section that is not there.
        """
        with self._alone(section_id):
            newest = next(iter(self._read(section_id)), None)
            number = newest.number + 1 if newest else 1
            self._retire(section_id, number, now)
            self._make(section_id, number, actor, now)
        return self._good_ones(section_id, now)

    def _make(self, section_id: str, number: int, actor: Actor, now: int) -> None:
        text = PREFIX + randomness.token_urlsafe(_BYTES)
        self._db.run(Row.insert(section=section_id, number=number, secret=text, made_at=now))
        self._audit.record(section_id, actor, "secret.made", f"secret {number}", now=now)

    def _retire(self, section_id: str, number: int, now: int) -> None:
        its_own = Row.section == section_id
        self._db.run(
            Row.update(retired_at=now).where(
                its_own & (Row.number < number - 1) & (Row.retired_at.is_null() | (Row.retired_at > now))
            )
        )
        self._db.run(Row.update(retired_at=now + OVERLAP).where(its_own & (Row.number == number - 1)))

    @contextmanager
    def _alone(self, section_id: str) -> Iterator[None]:
        """A transaction in which nobody else makes a secret of the section."""
        with self._db.writing():
            query = Section.select(Section.id).where(Section.id == section_id)
            if self._db.row(query if self._db.is_sqlite else query.for_update()) is None:
                raise Problem("not-found", f"There is no section {section_id!r}.")
            yield
        self._known.forget(section_id)

    def _good_ones(self, section_id: str, now: int) -> list[Secret]:
        return [one for one in self._read(section_id) if one.is_good(now)]

    def _read(self, section_id: str) -> tuple[Secret, ...]:
        query = Row.select().where(Row.section == section_id).order_by(Row.number.desc()).limit(2)
        return tuple(_secret(row) for row in self._db.rows(query))


def _secret(row: dict[str, Any]) -> Secret:
    return Secret(row["number"], row["secret"], row["made_at"], row["retired_at"])
