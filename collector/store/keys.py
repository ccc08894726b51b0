"""Keys: the secrets with which integrations call the API. Only a hash of a secret is kept."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from collector.core import ids
from collector.core.actors import Actor
from collector.core.permissions import Key
from collector.core.problems import Problem
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.events import Page
from collector.store.lists import newest_first
from collector.store.models import ApiKey
from collector.store.passes import is_good, key_id_in, make_pass
from collector.store.remembered import Remembered

PREFIX = "fp_"
_ID_LENGTH = 13
EXPOSED_AGAIN = 3_600_000_000  # an hour
NOTED_AGAIN = 60_000_000  # a minute
_SECRET_BYTES = 24  # 192 random bits: a plain SHA-256 of them needs no salt and no slow hash


@dataclass(frozen=True, slots=True)
class _StoredKey:
    key: Key
    secret_hash: bytes
    revoked: bool


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key and its life. `exposed_at`: when it last came from a web page, so that its secret is out.

    `last_used_at` is exact to a minute.
    """

    key: Key
    created_at: int
    revoked_at: int | None = None
    exposed_at: int | None = None
    last_used_at: int | None = None


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What a new key shall be allowed. Grants: identifier kind → operations; `events` None: every event."""

    section_id: str
    name: str
    scopes: frozenset[str]
    grants: Mapping[str, frozenset[str]]
    events: frozenset[str] | None
    rate_limit: int | None = None


class Keys:
    """The keys of a store. A key that was found is believed for two seconds; one that was not, never."""

    def __init__(
        self, database: Database, new_id: Callable[[], int], tick: Callable[[], float], audit: Audit
    ) -> None:
        self._db = database
        self._new_id = new_id
        self._audit = audit
        self._noted: dict[str, int] = {}
        self._found = Remembered[int, _StoredKey](self._read, tick)

    def create(self, request: KeyRequest, actor: Actor, now: int) -> tuple[Key, str]:
        """A new key and its secret, which is told this once."""
        number = self._new_id()
        secret = PREFIX + ids.encode(number) + secrets.token_urlsafe(_SECRET_BYTES)
        key = Key(
            id=ids.encode(number),
            section_id=request.section_id,
            name=request.name,
            scopes=request.scopes,
            grants=request.grants,
            events=request.events,
            rate_limit=request.rate_limit,
        )
        with self._db.writing():
            self._db.run(ApiKey.insert(**_row_of(key, number, _digest(secret).hex(), now)))
            self._audit.record(key.section_id, actor, "key.created", key.id, now=now, after=_told(key))
        return key, secret

    def by_secret(self, secret: str) -> Key | None:
        """The key behind a secret, unless it is unknown or revoked; compared in constant time."""
        number = _number_in(secret)
        return _opened(secret, self._found.get(number) if number is not None else None)

    def pass_for(self, key: Key, until: int) -> str:
        """What stands for a key up to a moment (microseconds). Raises `Problem("key-invalid")`."""
        stored = self._of_id(key.id)
        if stored is None:
            raise Problem("key-invalid", "This key is unknown or revoked.")
        return make_pass(key.id, stored.secret_hash, until)

    def by_pass(self, text: str, now: int) -> Key | None:
        """The key that a pass stands for, unless it is over or the key is revoked."""
        stored = self._of_id(key_id_in(text) or "")
        return stored.key if stored is not None and is_good(text, stored.secret_hash, now) else None

    def _of_id(self, key_id: str) -> _StoredKey | None:
        number = ids.decode(key_id)
        stored = self._found.get(number) if number is not None else None
        return None if stored is None or stored.revoked else stored

    def recalled(self, secret: str) -> Key | None:
        """The key that this secret opened a moment ago, if memory has it; asks no database."""
        number = _number_in(secret)
        return _opened(secret, self._found.recalled(number) if number is not None else None)

    def revoke(self, key_id: str, actor: Actor, now: int, section_id: str | None = None) -> None:
        """Revokes a key, of `section_id` only if one is given; one that is revoked already stays so.

        Raises `Problem("not-found")`.
        """
        number = ids.decode(key_id)
        stored = self._read(number) if number is not None else None
        if number is None or stored is None or section_id not in (None, stored.key.section_id):
            raise Problem("not-found", f"There is no key {key_id!r}.")
        if not stored.revoked:
            with self._db.writing():
                self._db.run(ApiKey.update(revoked_at=now).where(ApiKey.id == number))
                self._audit.record(
                    stored.key.section_id, actor, "key.revoked", key_id, now=now, before=_told(stored.key)
                )
        self._found.forget(number)

    def limit(
        self, key_id: str, rate_limit: int | None, actor: Actor, now: int, section_id: str | None = None
    ) -> ListedKey:
        """Changes the limit of a key, of `section_id` only if one is given; every server heeds it within 2 s.

        Raises `Problem("not-found")`.
        """
        number = ids.decode(key_id)
        stored = self._read(number) if number is not None else None
        if number is None or stored is None or section_id not in (None, stored.key.section_id):
            raise Problem("not-found", f"There is no key {key_id!r}.")
        if stored.key.rate_limit != rate_limit:
            before = {"name": stored.key.name, "rate_limit": stored.key.rate_limit}
            after = {**before, "rate_limit": rate_limit}
            with self._db.writing():
                self._db.run(ApiKey.update(rate_limit=rate_limit).where(ApiKey.id == number))
                self._audit.record(
                    stored.key.section_id, actor, "key.limited", key_id, now=now, before=before, after=after
                )
        self._found.forget(number)
        row = self._db.row(ApiKey.select().where(ApiKey.id == number))
        assert row is not None
        return _listed(row)

    def note_use(self, key: Key, now: int) -> None:
        """Remembers that a key was used; written at most once a minute, whoever uses it how often."""
        if now - self._noted.get(key.id, 0) < NOTED_AGAIN:
            return
        self._noted[key.id] = now
        # Whoever only reads need not be refused because this cannot be written down.
        with contextlib.suppress(Problem), self._db.writing():
            self._db.run(ApiKey.update(last_used_at=now).where(ApiKey.id == ids.decode(key.id)))

    def note_exposed(self, key: Key, now: int) -> None:
        """Remembers that a key came from a web page; at most once an hour, whoever sends it how often."""
        number = ids.decode(key.id)
        is_news = ApiKey.exposed_at.is_null() | (ApiKey.exposed_at < now - EXPOSED_AGAIN)
        with self._db.writing():
            self._db.run(ApiKey.update(exposed_at=now).where((ApiKey.id == number) & is_news))

    def all(self, section_id: str) -> list[ListedKey]:
        """A section's keys, oldest first, revoked ones too."""
        found = self._db.rows(ApiKey.select().where(ApiKey.section == section_id).order_by(ApiKey.id))
        return [_listed(row) for row in found]

    def page(self, section_id: str, limit: int, cursor: str | None) -> Page:
        """A section's keys, newest first. Raises `Problem("request-invalid")` for a cursor of nobody's."""
        query = ApiKey.select().where(ApiKey.section == section_id)
        found, more = newest_first(self._db, query, ApiKey.id, limit, cursor)
        return Page([_listed(row) for row in found], more)

    def name_of(self, section_id: str, number: int) -> str | None:
        """What the section's key with this number is called, revoked or not."""
        row = self._db.row(
            ApiKey.select(ApiKey.name).where(ApiKey.id == number, ApiKey.section == section_id)
        )
        return row["name"] if row else None

    def _read(self, number: int) -> _StoredKey | None:
        row = self._db.row(ApiKey.select().where(ApiKey.id == number))
        if row is None:
            return None
        return _StoredKey(_key_of(row), bytes.fromhex(row["secret_hash"]), row["revoked_at"] is not None)


def _listed(row: Mapping[str, Any]) -> ListedKey:
    return ListedKey(
        _key_of(row), row["created_at"], row["revoked_at"], row["exposed_at"], row["last_used_at"]
    )


def _opened(secret: str, stored: _StoredKey | None) -> Key | None:
    expected = stored.secret_hash if stored else bytes(32)
    if not hmac.compare_digest(_digest(secret), expected) or stored is None or stored.revoked:
        return None
    return stored.key


def _key_of(row: Mapping[str, Any]) -> Key:
    return Key(
        id=ids.encode(row["id"]),
        section_id=row["section"],
        name=row["name"],
        scopes=frozenset(json.loads(row["scopes"])),
        grants={kind: frozenset(operations) for kind, operations in json.loads(row["grants"]).items()},
        events=frozenset(json.loads(row["events"])) if row["events"] is not None else None,
        rate_limit=row["rate_limit"],
    )


def _told(key: Key) -> dict[str, Any]:
    """What the audit log says of a key: all but its secret."""
    return {
        "name": key.name,
        "scopes": sorted(key.scopes),
        "grants": {kind: sorted(operations) for kind, operations in key.grants.items()},
        "events": sorted(key.events) if key.events is not None else None,
        "rate_limit": key.rate_limit,
    }


def _row_of(key: Key, number: int, secret_hash: str, now: int) -> dict[str, object]:
    return {
        "id": number,
        "section": key.section_id,
        "name": key.name,
        "secret_hash": secret_hash,
        "scopes": json.dumps(sorted(key.scopes)),
        "grants": json.dumps({kind: sorted(operations) for kind, operations in key.grants.items()}),
        "events": json.dumps(sorted(key.events)) if key.events is not None else None,
        "rate_limit": key.rate_limit,
        "created_at": now,
    }


@lru_cache(maxsize=1)  # the gate asks, and then the door: of the same secret
def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _number_in(secret: str) -> int | None:
    if not secret.startswith(PREFIX) or len(secret) > 200:
        return None
    return ids.decode(secret[len(PREFIX) : len(PREFIX) + _ID_LENGTH])
