"""Whatever comes, in whatever order: what must always be true of profiles, and of a merge that is undone.

Each example has a section of its own in one database; each test runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.core.definitions import Definition
from collector.core.events import Trust, Write
from collector.store.models import Change, Event, Identifier, Profile, Visitor
from collector.store.owners import names_that_count
from tests.cast import ADMIN, EVERY_TYPE, NOON, Shop
from tests.generated import examples
from tests.store.people import tables
from tests.store.writes import MINUTE, commit, write

FEW = settings(
    derandomize=True,
    deadline=None,
    max_examples=examples(8, 30),
    # The examples share the shop and keep apart by their sections.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

VALUES = {
    "crm_id": ["c1", "c2", "c3"],
    "email": ["a@x.se", "b@x.se", "c@x.se"],
    "mobile": ["+46701234567", "+46701234568"],
}
SECTIONS = count(1)


@dataclass(frozen=True)
class Sent:
    """An event as somebody sends it: a key (`key`), a page with a token (`signed`) or without."""

    event_id: str
    trust: Trust
    identifiers: tuple[tuple[str, str], ...]
    visitor: str | None
    minutes: int


identifiers = st.fixed_dictionaries(
    {}, optional={kind: st.sampled_from(those) for kind, those in VALUES.items()}
)
visitors = st.sampled_from([None, "visitor-1", "visitor-2", "visitor-3"])


def sent(event_ids: st.SearchStrategy[str]) -> st.SearchStrategy[Sent]:
    page = st.builds(
        Sent,
        event_id=event_ids,
        trust=st.sampled_from(["claimed", "signed"]),
        identifiers=identifiers.map(lambda one: tuple(one.items())),
        visitor=visitors,
        minutes=st.integers(0, 3),
    )
    key = st.builds(
        Sent,
        event_id=event_ids,
        trust=st.just("key"),
        identifiers=identifiers.filter(bool).map(lambda one: tuple(one.items())),
        visitor=st.none(),
        minutes=st.integers(0, 3),
    )
    # Where nobody is named, there is nothing to sign.
    return st.one_of(page.filter(lambda one: bool(one.identifiers) or one.trust == "claimed"), key)


def groups(prefix: str, most: int) -> st.SearchStrategy[list[list[Sent]]]:
    ids = st.integers(1, 12).map(lambda number: f"{prefix}{number}")
    return st.lists(st.lists(sent(ids), min_size=1, max_size=4), max_size=most)


class World:
    """A section, what was sent to it, and what is in it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.section = shop.store.sections.create(f"World {next(SECTIONS)}", "reject", ADMIN, NOON).id
        self.definition: Definition = shop.define(EVERY_TYPE, section=self.section)

    def send(self, those: Sequence[Sequence[Sent]]) -> None:
        for group in those:
            owners, links = self.owners(), self.links()
            commit(self.shop, *[self._write(one) for one in group])
            self.check(owners, links, group)

    def check(self, owners: dict[Any, int], links: dict[str, int], group: Sequence[Sent]) -> None:
        """What is true after every group, whatever was in it."""
        now = self.owners()
        assert {name: now[name] for name in owners} == owners, "an identifier changed hands"
        if all(one.trust == "claimed" for one in group):
            fresh = [now[name] for name in now if name not in owners]
            assert len(set(fresh) - set(owners.values())) == len(fresh), "a claim tied something"
        assert links.items() <= self.links().items(), "a visitor moved"
        self.check_events(now, self.links())

    def check_events(self, owners: dict[Any, int], links: dict[str, int]) -> None:
        events = {row["id"]: row for row in self.events()}
        for row in events.values():
            names = names_that_count(self.section, json.loads(row["identifiers"]), row["trust"])
            expected = owners[names[0]] if names else links.get(row["visitor"] or "")
            assert row["profile"] == expected, row
        changes = self.rows(Change.select().where(Change.event.in_(list(events))))
        assert all(row["profile"] == events[row["event"]]["profile"] for row in changes)

    def rows(self, query: Any) -> list[dict[str, Any]]:
        return self.shop.store.database.rows(query)

    def events(self) -> list[dict[str, Any]]:
        number = self._write(Sent("", "key", (), None, 0)).definition_id
        return self.rows(Event.select().where(Event.definition == number))

    def owners(self) -> dict[Any, int]:
        found = self.rows(Identifier.select().where(Identifier.section == self.section))
        return {(self.section, row["kind"], row["value"]): row["profile"] for row in found}

    def links(self) -> dict[str, int]:
        found = self.rows(Visitor.select().where(Visitor.section == self.section))
        return {row["visitor"]: row["profile"] for row in found}

    def people(self) -> list[list[str]]:
        """Who is who: the identifiers, visitors and events of each profile, whatever its number."""
        those: defaultdict[int | None, list[str]] = defaultdict(list)
        for (_, kind, value), profile in self.owners().items():
            those[profile].append(f"{kind} {value}")
        for visitor, profile in self.links().items():
            those[profile].append(visitor)
        for row in self.events():
            those[row["profile"]].append(f"event {row['space']} {row['event_id']}")
        return sorted(sorted(one) for one in those.values())

    def merge(self, first: int, second: int) -> int | None:
        """Merges two of the profiles, chosen by these numbers; None if there are not two."""
        mine = (Profile.section == self.section) & Profile.merged_into.is_null()
        profiles = [row["id"] for row in self.rows(Profile.select().where(mine).order_by(Profile.id))]
        if len(profiles) < 2:
            return None
        merged = profiles.pop(first % len(profiles))
        into = profiles[second % len(profiles)]
        return self.shop.store.merges.make(self.section, merged, into, ADMIN, NOON).id

    def undo(self, merge: int | None) -> None:
        if merge is not None:
            self.shop.store.merges.undo(self.section, merge, ADMIN, NOON)

    def _write(self, one: Sent) -> Write:
        is_page = one.trust != "key"
        first = write(self.definition, one.event_id, section_id=self.section, visitor=one.visitor)
        return replace(
            first,
            trust=one.trust,
            space=1 if is_page else 0,
            identifiers=dict(one.identifiers),
            occurred_at=NOON + one.minutes * MINUTE,
        )


@FEW
@given(those=groups("e", 8))
def test_profiles_identifiers_visitors_and_events_always_agree(shop: Shop, those: list[list[Sent]]) -> None:
    World(shop).send(those)


@FEW
@given(those=groups("e", 6), first=st.integers(0, 9), second=st.integers(0, 9))
def test_a_merge_that_is_undone_at_once_never_was(
    shop: Shop, those: list[list[Sent]], first: int, second: int
) -> None:
    world = World(shop)
    world.send(those)
    before = tables(shop)
    world.undo(world.merge(first, second))
    assert tables(shop) == before


@FEW
@given(
    before=groups("before", 5),
    during=groups("during", 3),
    after=groups("after", 2),
    first=st.integers(0, 9),
    second=st.integers(0, 9),
)
def test_a_merge_that_is_undone_later_leaves_the_world_as_it_would_be_without(
    shop: Shop,
    before: list[list[Sent]],
    during: list[list[Sent]],
    after: list[list[Sent]],
    first: int,
    second: int,
) -> None:
    merged, plain = World(shop), World(shop)
    # An id that comes again would be an update, whose order among the others is not remembered.
    once = [
        [dataclasses.replace(one, event_id=f"d{n}-{m}") for m, one in enumerate(group)]
        for n, group in enumerate(during)
    ]
    merged.send(before)
    merge = merged.merge(first, second)
    merged.send(once)
    merged.undo(merge)
    merged.send(after)
    plain.send([*before, *once, *after])
    assert merged.people() == plain.people()
