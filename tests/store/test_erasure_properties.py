"""Random histories of writes, merges, erasures and retries: exact books and no trace, whatever the order.

Each example has a section of its own in one database; each test runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.core.definitions import Definition
from collector.core.events import Trust, Write
from collector.core.problems import Problem
from collector.store.models import Change, Event, Identifier, Profile, Visitor
from collector.store.recount import recount
from collector.store.successors import family
from tests.cast import ADMIN, EVERY_TYPE, NOON, Shop
from tests.generated import examples
from tests.store.writes import MINUTE, commit, rejection, write

FEW = settings(
    derandomize=True,
    deadline=None,
    max_examples=examples(6, 25),
    # A failure is told as it is: making it smaller takes minutes, since every example is a history.
    phases=[Phase.generate],
    # The examples share the shop and keep apart by their sections.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SECTIONS = count(1)
NAMES = [
    ("crm_id", "c1"),
    ("crm_id", "c2"),
    ("email", "a@x.se"),
    ("email", "b@x.se"),
    ("mobile", "+46701234567"),
]
BROWSERS = ["browser-1", "browser-2"]
Name = tuple[str, str]


@dataclass(frozen=True)
class Sent:
    """A write, as somebody sends it now. `ago`: minutes since it happened; None: it does not say."""

    event_id: str
    trust: Trust
    identifiers: tuple[Name, ...]
    visitor: str | None
    ago: int | None
    total: int


@dataclass(frozen=True)
class Again:
    """A retry of the write that was sent as number so-and-so (modulo how many there were), as it was."""

    number: int


@dataclass(frozen=True)
class Refused:
    who: Name


@dataclass(frozen=True)
class Merged:
    first: int
    second: int
    undone: bool


@dataclass(frozen=True)
class Forgotten:
    who: Name


some_names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique_by=lambda name: name[0]).map(
    tuple
)
ids = st.integers(1, 8).map(str)
agos = st.one_of(st.none(), st.integers(0, 4))
by_keys = st.builds(Sent, ids, st.just("key"), some_names, st.none(), agos, st.integers(0, 3))
by_pages = st.builds(
    Sent,
    ids,
    st.sampled_from(["claimed", "signed"]),
    st.one_of(st.just(()), some_names),
    st.one_of(st.none(), st.sampled_from(BROWSERS)),
    agos,
    st.just(0),
).map(lambda one: one if one.identifiers else dataclasses.replace(one, trust="claimed"))
steps = st.lists(
    st.one_of(
        by_keys,
        by_keys,
        by_pages,
        st.builds(Again, st.integers(0, 50)),
        st.builds(Refused, st.sampled_from(NAMES)),
        st.builds(Merged, st.integers(0, 5), st.integers(0, 5), st.booleans()),
        st.builds(Forgotten, st.sampled_from(NAMES)),
    ),
    min_size=4,
    max_size=20,
)


class World:
    """A section, what was sent to it, and whom it had to forget when."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.section = shop.store.sections.create(f"World {next(SECTIONS)}", "reject", ADMIN, NOON).id
        self.definition: Definition = shop.define(EVERY_TYPE, section=self.section)
        self.sent: list[Write] = []
        self.names: dict[Name, int] = {}
        self.browsers: dict[str, int] = {}
        self.keys: dict[tuple[int, str], int] = {}

    def live(self, step: Any) -> None:
        self.shop.clock.forward(60)
        match step:
            case Sent():
                self.send(self.write(step))
            case Again(number) if self.sent:
                earlier = self.sent[number % len(self.sent)]
                is_untold = earlier.occurred_at == earlier.received_at
                now = self.shop.clock.now()
                self.send(
                    replace(earlier, received_at=now, occurred_at=now if is_untold else earlier.occurred_at)
                )
            case Refused((kind, value)):
                payload = json.dumps({"id": "r", "identifiers": {kind: value}})
                commit(self.shop, rejection(section_id=self.section, payload=payload))
            case Merged():
                self.merge(step)
            case Forgotten(name):
                self.forget(name)

    def write(self, one: Sent) -> Write:
        now = self.shop.clock.now()
        return write(
            self.definition,
            one.event_id,
            section_id=self.section,
            trust=one.trust,
            space=0 if one.trust == "key" else 1,
            identifiers=dict(one.identifiers),
            visitor=one.visitor,
            occurred_at=now if one.ago is None else now - one.ago * MINUTE - 1,
            received_at=now,
            data=f'{{"total":{one.total}}}',
        )

    def send(self, one: Write) -> None:
        self.sent.append(one)
        (outcome,) = commit(self.shop, one)
        if self.is_void(one):
            assert outcome.verdict == "ignored"

    def is_void(self, one: Write) -> bool:
        """Whether an erasure has certainly made a write void, by what this world remembers."""
        time = min(one.occurred_at, one.received_at)
        reach = [self.names.get(name, 0) for name in one.identifiers.items()]
        reach += [self.browsers.get(one.visitor or "", 0), self.keys.get((one.space, one.event_id), 0)]
        return time <= max(reach)

    def merge(self, step: Merged) -> None:
        mine = (Profile.section == self.section) & Profile.merged_into.is_null()
        profiles = [row["id"] for row in self.rows(Profile.select().where(mine).order_by(Profile.id))]
        if len(profiles) < 2:
            return
        merged = profiles.pop(step.first % len(profiles))
        into = profiles[step.second % len(profiles)]
        made = self.shop.store.merges.make(self.section, merged, into, ADMIN, NOON)
        if step.undone:
            self.shop.store.merges.undo(self.section, made.id, ADMIN, NOON)

    def forget(self, name: Name) -> None:
        found = self.shop.store.profiles.find(self.section, *name)
        profiles = sorted(family(self.shop.store.database, found.id)) if found else []
        now = self.shop.clock.now()
        names = self.rows(Identifier.select().where(Identifier.profile.in_(profiles)))
        browsers = self.rows(Visitor.select().where(Visitor.profile.in_(profiles)))
        events = self.rows(Event.select().where(Event.profile.in_(profiles)))
        with suppress(Problem):
            self.shop.store.erasures.erase(self.section, name, ADMIN, now)
            self.names |= {(row["kind"], row["value"]): now for row in names} | {name: now}
            self.browsers |= {row["visitor"]: now for row in browsers}
            self.keys |= {(row["space"], row["event_id"]): max(now, row["occurred_at"]) for row in events}
        left = self.rows(Event.select().where(Event.profile.in_(profiles)))
        left += self.rows(Profile.select().where(Profile.id.in_(profiles)))
        assert left == []

    def check(self) -> None:
        events = self.events()
        for row in events:
            time = min(row["occurred_at"], row["received_at"])
            named = [self.names.get(name, 0) for name in json.loads(row["identifiers"]).items()]
            assert time > max([self.browsers.get(row["visitor"], 0), *named]), row
        number = events[0]["definition"] if events else 0
        old = {name for name, at in self.names.items() if not self.came_back(name, at)}
        for row in self.rows(
            Change.select().where((Change.definition == number) & Change.changes.is_null(False))
        ):
            sides = json.loads(row["changes"]).get("identifiers", [])
            assert not old & {name for side in sides for name in side.items()}, row
        owned = self.rows(Identifier.select().where(Identifier.section == self.section))
        assert not old & {(row["kind"], row["value"]) for row in owned}

    def inexact(self) -> list[str]:
        found = recount(self.shop.store.database, self.section)
        return [told.sentence() for one in found for told in one.differences]

    def came_back(self, name: Name, at: int) -> bool:
        return any(
            min(one.occurred_at, one.received_at) > at for one in self.sent if name in one.identifiers.items()
        )

    def events(self) -> list[dict[str, Any]]:
        number = self.write(Sent("", "key", (), None, 0, 0)).definition_id
        return self.rows(Event.select().where(Event.definition == number))

    def rows(self, query: Any) -> list[dict[str, Any]]:
        return self.shop.store.database.rows(query)


@FEW
@given(history=steps)
def test_whatever_happens_the_books_are_exact_and_the_erased_stay_erased(
    shop: Shop, history: Sequence[Any]
) -> None:
    world = World(shop)
    for step in history:
        world.live(step)
        world.check()
    assert world.inexact() == []
