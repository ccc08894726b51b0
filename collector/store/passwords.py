"""Passwords: hashed with scrypt, judged in constant time, and not to be guessed in a hurry."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache

import peewee
from werkzeug.security import check_password_hash, generate_password_hash

from collector.core.identifiers import normalise
from collector.core.problems import Fault, Problem
from collector.store.database import Database
from collector.store.models import Attempt, User

SHORTEST = 12
LONGEST = 200
ATTEMPTS = 10
WINDOW_SECONDS = 15 * 60
_SECOND = 1_000_000
PATIENCE_SECONDS = 5.0


@cache
def _nobody() -> str:
    """Compared against where nobody has that address, so that an answer takes as long as for somebody."""
    return generate_password_hash("nobody")


class Passwords:
    """The passwords of a store's people.

    One is compared at a time: each takes 32 MiB and a tenth of a second, and anybody may ask. Whoever waits
    for longer than `patience` seconds is sent away.
    """

    def __init__(
        self, database: Database, new_id: Callable[[], int], patience: float = PATIENCE_SECONDS
    ) -> None:
        self._db = database
        self._new_id = new_id
        self._turn = threading.Lock()
        self._patience = patience

    def set(self, user: int, password: str) -> None:
        """Raises `Problem("request-invalid")` for one that is too short or too long."""
        if not SHORTEST <= len(password) <= LONGEST:
            sentence = f"A password has {SHORTEST} to {LONGEST} characters."
            fault = Fault("too-short", "/password", sentence)
            raise Problem("request-invalid", sentence, faults=[fault])
        digest = generate_password_hash(password)
        with self._db.writing():
            self._db.run(User.update(password_hash=digest).where(User.id == user))

    def is_set(self, user: int) -> bool:
        """Whether somebody can come back without a link."""
        row = self._db.row(User.select(User.password_hash).where(User.id == user))
        return row is not None and row["password_hash"] is not None

    def check(self, email: str, password: str, now: int) -> int | None:
        """The person whose address and password these are, else None.

        Raises `Problem`: `rate-limited` after ten failures for one address within fifteen minutes,
        `overloaded` while too many try.
        """
        normal = normalise("email", email, "/email")
        who = normal if isinstance(normal, str) else ""
        if not self._turn.acquire(timeout=self._patience):
            raise Problem("overloaded", "Too many are signing in right now. Try again.", retry_after=2)
        try:
            return self._check(who, password, now)
        finally:
            self._turn.release()

    def _check(self, who: str, password: str, now: int) -> int | None:
        self._require_patience(who, now)
        row = self._db.row(User.select().where(User.email == who))
        digest = (row["password_hash"] if row else None) or _nobody()
        if check_password_hash(digest, password[:LONGEST]) and row is not None and row["password_hash"]:
            return int(row["id"])
        with self._db.writing():
            self._db.run(Attempt.delete().where(Attempt.at < now - WINDOW_SECONDS * _SECOND))
            self._db.run(Attempt.insert(id=self._new_id(), who=who, at=now))
        return None

    def _require_patience(self, who: str, now: int) -> None:
        since = now - WINDOW_SECONDS * _SECOND
        query = Attempt.select(
            peewee.fn.COUNT(Attempt.id).alias("n"), peewee.fn.MIN(Attempt.at).alias("first")
        )
        row = self._db.row(query.where((Attempt.who == who) & (Attempt.at > since)))
        if row is not None and row["n"] >= ATTEMPTS:
            wait = max((row["first"] + WINDOW_SECONDS * _SECOND - now) // _SECOND, 1)
            raise Problem("rate-limited", "Too many attempts. Wait some minutes.", retry_after=int(wait))
