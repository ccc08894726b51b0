"""What is remembered of erased people: keyed hashes, by which a late retry is known and ignored.

The hashes are of identifiers, of visitors and of the keys of events, with a secret of the section. A write
that names one of them and is as old as the erasure changes nothing. Neither does one with the key of an
erased event that says no time of its own: nobody can tell it from a retry. What is newer is a new beginning.

A section where nobody was erased has no row here: its commits ask for one row and find none.
"""

from __future__ import annotations

import hmac
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import peewee
from peewee import fn

from collector.core.events import Write
from collector.core.mentions import Name
from collector.store.database import Database
from collector.store.event_keys import is_event
from collector.store.lookups import Lookup, Values
from collector.store.models import Event
from collector.store.models_upkeep import ErasedName, Erasure

EventKey = tuple[int, int, str]
"""definition, space, event id"""

_SECRET_BYTES = 32
_MARK_BYTES = 16
_AT_ONCE = 1_024


class _Section(NamedTuple):
    """The secret of a section's marks, and the newest time that one of them reaches to."""

    secret: bytes
    until: int


class Marks:
    """The marks of a section, for asking who has one: until when what names them is void, 0 if never."""

    def __init__(self, secret: bytes, until: Mapping[str, int]) -> None:
        self._secret = secret
        self._until = until

    def of_name(self, kind: str, value: str) -> int:
        return self._until.get(_mark(self._secret, "identifier", kind, value), 0)

    def of_visitor(self, visitor: str) -> int:
        return self._until.get(_mark(self._secret, "visitor", visitor), 0)

    def of_event(self, key: EventKey) -> int:
        return self._until.get(_event_mark(self._secret, key), 0)


@dataclass(frozen=True, slots=True)
class Remembered:
    """All that a section remembers of its erasures. `marks_until`: mark → microseconds since 1970."""

    section_id: str
    secret: str
    until: int
    marks_until: Mapping[str, int]

    @property
    def marks(self) -> Marks:
        return Marks(self.secret.encode(), self.marks_until)


def remembered(database: Database) -> list[Remembered]:
    """Of every section in which somebody was erased, as of one moment."""
    with database.snapshot():
        return [
            Remembered(
                row["section"],
                row["secret"],
                row["until"],
                dict(database.tuples(_all_marks(row["section"]))),
            )
            for row in database.rows(Erasure.select().order_by(Erasure.section))
        ]


class ErasureMemory:
    """Asks and adds, inside a transaction of the caller's that has its turn in the section."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._sections = Lookup(database, _sections)
        self._marks = Lookup(database, _marks)
        self._add = database.statement(_adding(database.is_sqlite))

    def ignored(self, writes: Sequence[Write]) -> set[int]:
        """The places (in `writes`) of those that an erasure has made void."""
        sections = self._known({write.section_id for write in writes})
        if not sections:
            return set()
        places: dict[str, list[int]] = defaultdict(list)
        for place, write in enumerate(writes):
            if write.section_id in sections:
                places[write.section_id].append(place)
        found: set[int] = set()
        for section_id, those in sorted(places.items()):
            mine = {place: writes[place] for place in those}
            found |= self._ignored_in(section_id, sections[section_id], mine)
        return found

    def remember(
        self,
        section_id: str,
        names: Iterable[Name],
        visitors: Iterable[str],
        events: Mapping[EventKey, int],
        now: int,
    ) -> None:
        """Remembers a person as of `now`, and each event up to its own newest time, if that is later."""
        known = self._known({section_id}).get(section_id)
        secret = known.secret if known else secrets.token_hex(_SECRET_BYTES).encode()
        marks = {_mark(secret, "identifier", *name): now for name in names}
        marks |= {_mark(secret, "visitor", visitor): now for visitor in visitors}
        marks |= {_event_mark(secret, event): max(now, newest) for event, newest in events.items()}
        until = max([now, *marks.values(), *([known.until] if known else [])])
        row = Erasure.insert(section=section_id, secret=secret.decode(), until=until)
        self._db.run(row.on_conflict(conflict_target=[Erasure.section], update={Erasure.until: until}))
        self._db.many(self._add, [(section_id, mark, moment) for mark, moment in sorted(marks.items())])

    def take_over(self, other: Remembered) -> bool:
        """Remembers what another database of this section did, in a transaction of its own.

        False if marks are made with another secret here: then nothing happens, since they cannot be compared.
        """
        with self._db.writing():
            known = self._known({other.section_id}).get(other.section_id)
            if known is not None and known.secret != other.secret.encode():
                return False
            until = max(other.until, known.until if known else 0)
            row = Erasure.insert(section=other.section_id, secret=other.secret, until=until)
            self._db.run(row.on_conflict(conflict_target=[Erasure.section], update={Erasure.until: until}))
            made = [(other.section_id, mark, moment) for mark, moment in sorted(other.marks_until.items())]
            for start in range(0, len(made), _AT_ONCE):
                self._db.many(self._add, made[start : start + _AT_ONCE])
        return True

    def _known(self, sections: set[str]) -> dict[str, _Section]:
        rows = self._sections.rows([], sorted(sections)) if sections else []
        return {section: _Section(secret.encode(), until) for section, secret, until in rows}

    def _ignored_in(self, section_id: str, section: _Section, writes: Mapping[int, Write]) -> set[int]:
        marks = {place: _marks_of(write, section) for place, write in writes.items()}
        until = self._until(section_id, {mark for those in marks.values() for mark in those})
        if not until:
            return set()
        begun: set[EventKey] = set()
        found: set[int] = set()
        for place, write in sorted(writes.items()):
            key = write.event_key
            is_old = any(_time(write) <= until[mark] for mark in marks[place] if mark in until)
            if not is_old and not _says_when(write) and _event_mark(section.secret, key) in until:
                is_old = key not in begun and not self._is_stored(key)
            if is_old:
                found.add(place)
            else:
                begun.add(key)
        return found

    def _until(self, section_id: str, marks: set[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        wanted = sorted(marks)
        for start in range(0, len(wanted), _AT_ONCE):
            found |= dict(self._marks.rows([section_id], wanted[start : start + _AT_ONCE]))
        return found

    def _is_stored(self, key: EventKey) -> bool:
        """Whether the event has begun anew: then what comes for it is no retry of the old one."""
        return self._db.row(Event.select(Event.id).where(is_event(self._db, *key))) is not None


def _time(write: Write) -> int:
    return min(write.occurred_at, write.received_at)


def _says_when(write: Write) -> bool:
    """A write without a time of its own has that of its receipt."""
    return write.occurred_at != write.received_at


def _marks_of(write: Write, section: _Section) -> list[str]:
    """What could be remembered of what a write names; nothing if it is newer than every erasure."""
    secret, is_old = section.secret, _time(write) <= section.until
    marks = [_event_mark(secret, write.event_key)] if is_old or not _says_when(write) else []
    if is_old:
        marks += [_mark(secret, "identifier", *name) for name in write.identifiers.items()]
        if write.visitor is not None:
            marks.append(_mark(secret, "visitor", write.visitor))
    return marks


def _event_mark(secret: bytes, key: EventKey) -> str:
    return _mark(secret, "event", *map(str, key))


def _mark(secret: bytes, *words: str) -> str:
    digest = hmac.digest(secret, "\0".join(words).encode("utf-8", "surrogatepass"), "sha256")
    return digest[:_MARK_BYTES].hex()


def _sections(sections: Values) -> Any:
    query = Erasure.select(Erasure.section, Erasure.secret, Erasure.until)
    return query.where(Erasure.section.in_(list(sections)))


def _marks(marks: Values) -> Any:
    query = ErasedName.select(ErasedName.mark, ErasedName.until)
    return query.where((ErasedName.section == "") & ErasedName.mark.in_(list(marks)))


def _all_marks(section_id: str) -> Any:
    return ErasedName.select(ErasedName.mark, ErasedName.until).where(ErasedName.section == section_id)


def _adding(is_sqlite: bool) -> Any:
    later = (fn.MAX if is_sqlite else fn.GREATEST)(ErasedName.until, peewee.EXCLUDED.until)
    return ErasedName.insert(section="", mark="", until=0).on_conflict(
        conflict_target=[ErasedName.section, ErasedName.mark], update={ErasedName.until: later}
    )
