"""Erasing a person: from every table, in one transaction, and remembered so that nothing brings them back.

What is the person's own is deleted: profiles with what was merged into them, identifiers, browsers, events
with their changes, totals, conflicts, merges, memberships of segments. So are refused payloads that name the
person. From what is somebody else's, the person's identifiers and browsers are taken out and the rest is
left; so from segments that ask for them. The ledger counts
payloads and names nobody: it stays, and what left the tables is counted beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from collector.core import ids
from collector.core.actors import Actor
from collector.core.mentions import Name
from collector.core.problems import Problem
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.erasure_memory import ErasureMemory, EventKey
from collector.store.events_gone import GoneWriter
from collector.store.keeping import Keeper
from collector.store.models import (
    Change,
    Conflict,
    Event,
    Identifier,
    Merge,
    MergedEvent,
    Profile,
    Total,
    Visitor,
)
from collector.store.segments.erasing import SegmentErasure
from collector.store.segments.notes import Notes
from collector.store.totals import Totals, of_profiles
from collector.store.turns import Turns
from collector.store.webhooks.erasing import WebhookErasure
from collector.store.webhooks.outbox import Outbox
from collector.store.whole_person import Mentions, WholePerson, mentions, own_events, whole_person, without

_ROUNDS = 5
_SLACK = 600_000_000
"""Ten minutes: rows that another server's clock dates so long back are looked through again."""

_PART = 500
_TIMES = ("occurred_at", "data_at", "goal_at", "identifiers_at", "deletion_at")


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased. `profile` is its id, None if only refused payloads named the person.

    `mentions` are events of other people from which an identifier or a browser was taken out.
    """

    profile: int | None
    erased_at: int
    events: int
    rejections: int
    mentions: int


@dataclass(frozen=True, slots=True)
class Strays:
    """What is somebody's who was erased, and is tied to nobody or to another one: numbers of rows.

    Of `seen_by`, events of others, only the browser is taken out.
    """

    events: list[int] = field(default_factory=list)
    rejections: list[int] = field(default_factory=list)
    seen_by: list[int] = field(default_factory=list)


class Erasures:
    """Erases people of a store."""

    def __init__(
        self,
        database: Database,
        take_ids: Callable[[int], list[int]],
        node: int,
        keeper: Keeper,
        audit: Audit,
        outbox: Outbox,
    ) -> None:
        self._db = database
        self._take_ids = take_ids
        self._keeper = keeper
        self._memory = ErasureMemory(database)
        self._audit = audit
        self._turns = Turns(database)
        self._gone = GoneWriter(database, node)
        self._segments = SegmentErasure(database, take_ids, audit, outbox)
        self._webhooks = WebhookErasure(database)
        self._totals = Totals(database)
        self._notes = Notes(database)

    def erase(
        self, section_id: str, who: int | Name, actor: Actor, now: int, *, only: Name | None = None
    ) -> Erased:
        """Erases whoever has a profile (by its number) or a normalised identifier; all of it or nothing.

        With `only`, nobody is erased who goes by any other name as well. Raises `Problem`: `not-found` where
        nothing is held, `profile-merged` for somebody with other names, `storage-unavailable`.
        """
        for _ in range(_ROUNDS):
            since = ids.first_of(now - _SLACK)
            person = whole_person(self._db, section_id, who)
            if only is not None and person.names != {only}:
                raise Problem("profile-merged", "This has become part of a person with other names.")
            found = mentions(self._db, person)
            self._require_something(person, found)
            with self._db.writing():
                self._turns.alone(section_id)
                if whole_person(self._db, section_id, who) == person:
                    newer = mentions(self._db, person, since)
                    erased = self._erase(person, _both(found, newer), actor, now)
                    break
        else:
            raise Problem("storage-unavailable", "This profile keeps changing. Try again.", retry_after=1)
        with suppress(Problem):  # the person is erased; the log is emptied at night if it cannot be now
            self._db.leave_nothing_behind()
        return erased

    def erase_strays(self, section_id: str, strays: Strays, actor: Actor, now: int) -> int:
        """Erases what is left of people who are gone, all of it or nothing; how many events there were."""
        if not (strays.events or strays.rejections or strays.seen_by):
            return 0
        with self._db.unhurried(), self._db.writing():
            self._turns.alone(section_id)
            self._keeper.let_go(strays.rejections, "erased")
            for part in _parts(strays.seen_by):
                self._db.run(Event.update(visitor=None).where(Event.id.in_(part)))
            if strays.events:
                nobody = self._gather(section_id, strays.events, now)
                person = whole_person(self._db, section_id, nobody)
                self._erase(person, mentions(self._db, person), actor, now)
        with suppress(Problem):
            self._db.leave_nothing_behind()
        return len(strays.events)

    def _gather(self, section_id: str, events: Sequence[int], now: int) -> int:
        """Gives events to a new profile, so that they can be erased as somebody's own; which one that is."""
        (nobody,) = self._take_ids(1)
        owners = {row["profile"] for row in self._rows(Event, events)} - {None}
        self._db.run(Profile.insert(id=nobody, section=section_id, attributes="{}", created_at=now))
        for part in _parts(events):
            self._db.run(Event.update(profile=nobody).where(Event.id.in_(part)))
            self._db.run(Change.update(profile=nobody).where(Change.event.in_(part)))
        self._totals.recount([nobody, *sorted(owners)])
        self._notes.leave_always(owners, {section_id: 1})
        return nobody

    def _erase(self, person: WholePerson, found: Mentions, actor: Actor, now: int) -> Erased:
        events = self._erase_events(person, now)
        rejections = self._keeper.let_go(found.rejections, "erased")
        mentioned = self._erase_mentions(person, found)
        self._erase_merges(person)
        self._erase_profiles(person)
        self._erase_from_segments(person, actor, now)
        profile = person.profiles[0] if person.profiles else None
        told = {"events": events, "rejections": rejections, "mentions": mentioned}
        subject = ids.encode(profile if profile is not None else self._take_ids(1)[0])
        self._audit.record(person.section_id, actor, "profile.erased", subject, now=now, before=told)
        return Erased(profile, now, events, rejections, mentioned)

    def _require_something(self, person: WholePerson, found: Mentions) -> None:
        is_held = person.profiles or found.rejections or found.events or found.changes
        if not is_held and not self._segments.names(person.section_id, person.described):
            raise Problem("not-found", "Nothing is held of anybody with this identifier.")

    def _erase_events(self, person: WholePerson, now: int) -> int:
        columns = [Event.id, Event.definition, Event.space, Event.event_id]
        times = [getattr(Event, name) for name in _TIMES]
        rows = self._db.rows(Event.select(*columns, *times).where(own_events(self._db, person)))
        keys: dict[EventKey, int] = {
            (row["definition"], row["space"], row["event_id"]): max(row[name] or 0 for name in _TIMES)
            for row in rows
        }
        self._memory.remember(person.section_id, person.names, person.visitors, keys, now)
        counts: dict[tuple[str, int], int] = {}
        for row in rows:
            place = (person.section_id, row["definition"])
            counts[place] = counts.get(place, 0) + 1
        self._gone.count("erased", counts)
        self._delete(Event, [row["id"] for row in rows])
        self._webhooks.forget(person, {row["id"] for row in rows})
        self._db.run(Change.delete().where(Change.profile.in_(list(person.profiles))))
        return len(rows)

    def _erase_mentions(self, person: WholePerson, found: Mentions) -> int:
        """Takes the person out of what is somebody else's; in how many events there was something."""
        for row in self._rows(Event, found.events):
            left = without(json.loads(row["identifiers"]), person.names)
            text = json.dumps(left, ensure_ascii=False, separators=(",", ":"))
            visitor = row["visitor"] if row["visitor"] not in person.visitors else None
            self._db.run(Event.update(identifiers=text, visitor=visitor).where(Event.id == row["id"]))
        for row in self._rows(Change, found.changes):
            changes = json.loads(row["changes"])
            if "identifiers" in changes:
                changes["identifiers"] = [
                    without(side or {}, person.names) for side in changes["identifiers"]
                ]
            text = json.dumps(changes, ensure_ascii=False)
            self._db.run(Change.update(changes=text).where(Change.id == row["id"]))
        return len(found.events)

    def _erase_merges(self, person: WholePerson) -> None:
        """What merges remember: those of the person are forgotten, others forget the person's names."""
        profiles = list(person.profiles)
        its_own = Merge.merged.in_(profiles) | Merge.into.in_(profiles)
        self._db.run(MergedEvent.delete().where(MergedEvent.merge.in_(Merge.select(Merge.id).where(its_own))))
        self._db.run(Merge.delete().where(its_own))
        for row in self._db.rows(Merge.select().where(Merge.section == person.section_id)):
            left = {
                "identifiers": _names_left(row["identifiers"], person.names),
                "identifiers_of_into": _names_left(row["identifiers_of_into"], person.names),
                "visitors": json.dumps(
                    [one for one in json.loads(row["visitors"]) if one not in person.visitors]
                ),
            }
            if any(row[column] != text for column, text in left.items()):
                self._db.run(Merge.update(**left).where(Merge.id == row["id"]))

    def _erase_profiles(self, person: WholePerson) -> None:
        profiles = list(person.profiles)
        self._db.run(
            Conflict.delete().where(Conflict.profile_a.in_(profiles) | Conflict.profile_b.in_(profiles))
        )
        self._db.run(Total.delete().where(of_profiles(profiles)))
        self._db.run(Visitor.delete().where(Visitor.profile.in_(profiles)))
        self._db.run(Identifier.delete().where(Identifier.profile.in_(profiles)))
        self._db.run(Profile.delete().where(Profile.id.in_(profiles) & Profile.merged_into.is_null(False)))
        counted = self._db.touch(Profile.delete().where(Profile.id.in_(profiles)))
        if counted:
            self._notes.leave_always((), {person.section_id: -counted})

    def _erase_from_segments(self, person: WholePerson, actor: Actor, now: int) -> None:
        self._segments.forget(person.profiles, now)
        self._segments.clear(person.section_id, person.described, actor, now)
        self._segments.clear_audit(person.section_id, person.described)

    def _rows(self, model: Any, numbers: Collection[int]) -> Iterator[dict[str, Any]]:
        for part in _parts(sorted(numbers)):
            yield from self._db.rows(model.select().where(model.id.in_(part)))

    def _delete(self, model: Any, numbers: Sequence[int]) -> int:
        return sum(self._db.touch(model.delete().where(model.id.in_(part))) for part in _parts(numbers))


def _both(one: Mentions, other: Mentions) -> Mentions:
    return Mentions(one.events | other.events, one.changes | other.changes, one.rejections | other.rejections)


def _names_left(text: str, names: Collection[Name]) -> str:
    return json.dumps([one for one in json.loads(text) if tuple(one) not in names], ensure_ascii=False)


def _parts(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[start : start + _PART] for start in range(0, len(numbers), _PART))
