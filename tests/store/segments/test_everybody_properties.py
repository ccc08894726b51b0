"""Whatever happens, in whatever order: the kept number of a section's profiles is the counted one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.core.events import Write
from collector.core.problems import Problem
from collector.core.segments.drafts import read_draft
from collector.store.models import Profile
from collector.store.segments.finding import Share
from collector.store.segments.following import Follower
from collector.store.segments.kept import Segment
from collector.store.segments.notes import Notes
from tests.cast import ADMIN, EVERY_TYPE, NOON, Shop
from tests.generated import examples
from tests.store.segments.test_everybody import dies, introduce, standing, there, wrong
from tests.store.segments.test_following import ORDERED
from tests.store.writes import commit, write

SECTIONS = count(1)
NAMES = [*(("crm_id", f"c{n}") for n in range(6)), *(("email", f"{n}@x.se") for n in range(4))]
BEGIN = [("makes", 0), ("buys", [{kind: value} for kind, value in NAMES[:4]]), ("follows", 4)]
who = st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique_by=lambda name: name[0]).map(dict)
happenings = st.lists(
    st.one_of(
        st.tuples(st.just("buys"), st.lists(who, min_size=1, max_size=4)),
        st.tuples(st.just("buys"), st.lists(who, min_size=1, max_size=4)),
        st.tuples(st.just("is_introduced"), st.lists(who, min_size=1, max_size=2)),
        st.tuples(st.sampled_from(["merges", "merges", "undoes", "is_erased"]), st.integers(0, 5)),
        st.tuples(st.sampled_from(["merges", "undoes"]), st.integers(0, 5)),
        st.tuples(st.sampled_from(["makes", "deletes", "rebuilds"]), st.integers(0, 5)),
        st.tuples(st.sampled_from(["follows", "dies"]), st.integers(1, 4)),
        st.tuples(st.just("follows"), st.integers(1, 4)),
    ),
    min_size=12,
    max_size=30,
)


class Story:
    """A section of its own in which one thing happens after another."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.store = shop, shop.store
        self.section = self.store.sections.create(f"Story {next(SECTIONS)}", "reject", ADMIN, NOON).id
        made = shop.define(EVERY_TYPE, section=self.section)
        self.plain = write(made, section_id=self.section)
        self.segments: list[Segment] = []
        self.merged: list[int] = []
        self.numbers = count(1)
        self.follower: Follower = shop.store.new_follower(slice_size=2)

    def buys(self, people: list[dict[str, str]]) -> None:
        commit(self.shop, *map(self._write, people))

    def is_introduced(self, people: list[dict[str, str]]) -> None:
        introduce(self.shop, *map(self._write, people))

    def merges(self, number: int) -> None:
        mine = list(self._profiles())
        if len(mine) > 1:
            one, other = mine[number % len(mine)], mine[number % len(mine) - 1]
            self.merged.append(self.store.merges.make(self.section, one, other, ADMIN, NOON).id)

    def undoes(self, _: int) -> None:
        if self.merged:
            with suppress(Problem):  # of an erased person
                self.store.merges.undo(self.section, self.merged.pop(), ADMIN, NOON)

    def is_erased(self, number: int) -> None:
        mine = list(self._profiles())
        if mine:
            self.shop.clock.forward(1)
            who, now = mine[number % len(mine)], self.shop.clock.now()
            self.store.erasures.erase(self.section, who, ADMIN, now)

    def makes(self, _: int) -> None:
        draft = read_draft({"name": f"S{len(self.segments)}", "tree": ORDERED})
        assert not isinstance(draft, list)
        made = self.store.segments.create(self.section, draft, ADMIN, self.shop.clock.now())
        self.segments.append(made)

    def deletes(self, number: int) -> None:
        self._with_one(number, self.store.segments.delete)

    def rebuilds(self, number: int) -> None:
        self._with_one(number, self.store.segments.rebuild)

    def follows(self, turns: int) -> None:
        for _ in range(turns):
            self.follower.turn(self.shop.clock.now)

    def dies(self, _: int) -> None:
        """At the end of a transaction, of whatever it was at."""
        self.follower = self.store.new_follower(slice_size=2)
        dying = self.store.new_follower(slice_size=2)
        with pytest.MonkeyPatch.context() as patch, suppress(KeyboardInterrupt):
            patch.setattr(dying._notes, "take", dies)
            patch.setattr(dying._builder, "_update", dies)
            dying.turn(self.shop.clock.now)

    def is_exact(self) -> bool:
        """What is kept, and what the notes add to it, is what there is."""
        known = there(self.shop, self.section)
        ahead = Notes(self.store.database).ahead(self.section)
        kept = self.store.segments.standings.all([one.number for one in self._live()]).values()
        return all(one.everybody + ahead == known for one in kept if one.everybody is not None)

    def shares(self) -> list[Share]:
        return [self.store.segments.share(one, self.shop.clock.now()) for one in self._live()]

    def _write(self, people: dict[str, str]) -> Write:
        at = self.shop.clock.now()
        return replace(self.plain, event_id=str(next(self.numbers)), identifiers=people, occurred_at=at)

    def _profiles(self) -> Iterator[int]:
        mine = (Profile.section == self.section) & Profile.merged_into.is_null()
        return (
            row["id"] for row in self.store.database.rows(Profile.select().where(mine).order_by(Profile.id))
        )

    def _live(self) -> list[Segment]:
        return [one for one in self.segments if self._found(one).deleted_at is None]

    def _found(self, segment: Segment) -> Segment:
        found = self.store.segments.known(self.section, segment.draft.id)
        assert found is not None
        return found

    def _with_one(self, number: int, do: Callable[..., object]) -> None:
        live = self._live()
        if live:
            do(self.section, live[number % len(live)].draft.id, ADMIN, self.shop.clock.now())


@settings(
    derandomize=True,
    deadline=None,
    max_examples=examples(6, 100),
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=happenings)
def test_the_kept_number_is_the_counted_one_after_whatever_happened(
    shop: Shop, story: list[tuple[str, Any]]
) -> None:
    told = Story(shop)
    for what, with_what in [*BEGIN, *story, ("makes", 0)]:
        getattr(told, what)(with_what)
        assert told.is_exact(), what
    while told.follower.turn(shop.clock.now):
        assert told.is_exact()
    known = there(shop, told.section)
    assert [one.of for one in told.shares()] == [known] * len(told.shares())
    assert all(standing(shop, one)["everybody"] == known for one in told._live())
    assert wrong(shop) == []
