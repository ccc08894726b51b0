"""Where snippets are installed: the one-time questions of admins, and which pages sent something last."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from collector.core import ids
from collector.core.definitions import Definition
from collector.store import patience
from collector.store.database import Database
from collector.store.models_editor import PageLoad
from collector.store.models_pages import InstallCheck, Sighting

OPEN_MICROS = 15 * 60 * 1_000_000
"""How long a question stays open."""

MINUTE = 60_000_000
MOST_ORIGINS = 100
"""Pages of so many origins are remembered for a version; anybody can invent more."""


@dataclass(frozen=True, slots=True)
class Check:
    """A question and, once it was answered, when and what the snippet found. Times are microseconds."""

    opened_at: int
    seen_at: int | None
    found: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Seen:
    """Pages of `origin` sent something with the version of this id, at `seen_at` or within a minute after."""

    version_id: str
    origin: str
    seen_at: int


class Installs:
    """Install checks and sightings of one database."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._noted: dict[tuple[str, str], int] = {}
        self._loads: dict[tuple[str, str], int] = {}

    def open(self, definition: Definition, now: int) -> str:
        """Asks whether a page has the snippet; answers the nonce by which the page answers, once."""
        nonce = secrets.token_urlsafe(18)
        number = ids.decode(definition.id)
        with self._db.writing():
            self._db.run(
                InstallCheck.delete().where(
                    (InstallCheck.definition == number) & (InstallCheck.opened_at < now - OPEN_MICROS)
                )
            )
            self._db.run(InstallCheck.insert(nonce=_hashed(nonce), definition=number, opened_at=now))
        return nonce

    def answer(self, definition: Definition, nonce: str, found: dict[str, Any], now: int) -> bool:
        """Keeps what a snippet found. False: nobody asked this, or not lately, or it was answered already."""
        asked = (
            (InstallCheck.nonce == _hashed(nonce))
            & (InstallCheck.definition == ids.decode(definition.id))
            & (InstallCheck.opened_at >= now - OPEN_MICROS)
            & InstallCheck.seen_at.is_null()
        )
        with self._db.writing():
            text = json.dumps(found, ensure_ascii=False)
            return self._db.touch(InstallCheck.update(seen_at=now, found=text).where(asked)) > 0

    def newest(self, definition: Definition) -> Check | None:
        """The newest question about a definition that was answered or is open still, and how it stands."""
        of_it = InstallCheck.select().where(InstallCheck.definition == ids.decode(definition.id))
        row = self._db.row(of_it.order_by(InstallCheck.opened_at.desc()).limit(1))
        if row is None:
            return None
        return Check(row["opened_at"], row["seen_at"], json.loads(row["found"]) if row["found"] else None)

    def note(self, version_id: str, origin: str, now: int) -> None:
        """A page of this origin has sent something. Written once a minute at most."""
        key = (version_id, origin)
        if now - self._noted.get(key, 0) < MINUTE or len(origin) > 255:
            return
        patience.wait()
        if len(self._noted) > 10 * MOST_ORIGINS:
            self._noted.clear()
        self._noted[key] = now
        number = ids.decode(version_id)
        with self._db.writing():
            known = self._db.rows(Sighting.select(Sighting.origin).where(Sighting.version == number))
            if len(known) >= MOST_ORIGINS and {"origin": origin} not in known:
                return
            insert = Sighting.insert(version=number, origin=origin, seen_at=now)
            self._db.run(
                insert.on_conflict(
                    conflict_target=[Sighting.version, Sighting.origin], update={Sighting.seen_at: now}
                )
            )

    def seen(self, version_ids: Sequence[str]) -> list[Seen]:
        """The origins that sent something with one of these versions, the latest first."""
        numbers = [ids.decode(one) for one in version_ids]
        query = Sighting.select().where(Sighting.version.in_(numbers)).order_by(Sighting.seen_at.desc())
        rows = self._db.rows(query)
        return [Seen(ids.encode(row["version"]), row["origin"], row["seen_at"]) for row in rows]

    def note_load(self, section_id: str, origin: str, now: int) -> None:
        """A page of this origin has loaded a snippet of the section. Written every five minutes at most."""
        key = (section_id, origin)
        if not origin or now - self._loads.get(key, 0) < 5 * MINUTE or len(origin) > 255:
            return
        if len(self._loads) > 10 * MOST_ORIGINS:
            self._loads.clear()
        self._loads[key] = now
        with self._db.writing():
            known = self._db.rows(PageLoad.select(PageLoad.origin).where(PageLoad.section == section_id))
            if len(known) >= MOST_ORIGINS and {"origin": origin} not in known:
                return
            insert = PageLoad.insert(section=section_id, origin=origin, seen_at=now)
            self._db.run(
                insert.on_conflict(
                    conflict_target=[PageLoad.section, PageLoad.origin], update={PageLoad.seen_at: now}
                )
            )

    def loaded(self, section_id: str) -> dict[str, int]:
        """Origin → when its pages last loaded a snippet of the section (microseconds)."""
        rows = self._db.rows(PageLoad.select().where(PageLoad.section == section_id))
        return {row["origin"]: row["seen_at"] for row in rows}


def _hashed(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()
