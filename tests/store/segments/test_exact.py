"""Whatever people did and whatever is asked of them: SQL gives what plain Python gives, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.core import ids, strict_json
from collector.core.segments.reading import read_tree
from collector.core.segments.tree import Node
from collector.store.models import Profile, Version
from collector.store.segments.compiling import Scope
from collector.store.segments.finding import Finder
from collector.store.segments.packs import Packer
from tests.cast import ADMIN, EVERY_TYPE, NOON, Shop
from tests.generated import examples
from tests.store.segments import histories, plainly
from tests.store.segments.histories import DATA, EVENT_NAMES, HIDDEN, Deed, as_json, data_text
from tests.store.writes import commit, write

FEW = settings(
    derandomize=True,
    deadline=None,
    max_examples=examples(6, 25),
    phases=[Phase.explicit, Phase.generate],  # to shrink a life of so many deeds takes minutes
    # The examples share the shop and keep apart by their sections.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SECTIONS = count(1)
SMALL = 3
"""So many events are packed together, where SQLite packs them."""

ZONES = ("UTC", "America/Sao_Paulo", "Europe/Stockholm")


class Life:
    """A section in which some deeds were done, two profiles were merged, and an event was hidden.

    `meanwhile` is called after each of them.
    """

    def __init__(
        self,
        shop: Shop,
        groups: list[list[Deed]],
        merge: str,
        meanwhile: Callable[[Life], None] = lambda life: None,
    ) -> None:
        self.shop = shop
        self.section = shop.store.sections.create(f"Life {next(SECTIONS)}", "reject", ADMIN, NOON).id
        self.versions: dict[tuple[str, int], tuple[int, int]] = {}
        for name in (*EVENT_NAMES, HIDDEN):
            self._define(name)
        for group in groups:
            commit(shop, *[self._write(deed) for deed in group])
            meanwhile(self)
        if merge != "none":
            self._merge(undo=merge == "undone")
            meanwhile(self)
        self._describe()
        meanwhile(self)
        shop.store.definitions.hide(self.last, ADMIN, NOON)
        meanwhile(self)

    def _define(self, name: str) -> None:
        made = self.shop.define({**EVERY_TYPE, "event_name": name}, section=self.section)
        self.last, self.plain = made, write(made, section_id=self.section)
        definition, first = ids.decode(made.id), ids.decode(made.versions[0].id)
        assert definition is not None
        assert first is not None
        second = next(NUMBERS)
        row = self.shop.store.database.row(Version.select().where(Version.id == first))
        assert row is not None
        self.shop.store.database.run(Version.insert(**{**row, "id": second, "number": 2}))
        self.versions |= {(name, 1): (definition, first), (name, 2): (definition, second)}

    def _write(self, deed: Deed) -> Any:
        definition, version = self.versions[deed.event_name, deed.version]
        return deed.as_write(replace(self.plain, definition_id=definition, version_id=version))

    def _merge(self, *, undo: bool) -> None:
        mine = Profile.select().where((Profile.section == self.section) & Profile.merged_into.is_null())
        profiles = sorted(row["id"] for row in self.shop.store.database.rows(mine))
        if len(profiles) > 1:
            merges = self.shop.store.merges
            made = merges.make(self.section, profiles[0], profiles[1], ADMIN, NOON)
            if undo:
                merges.undo(self.section, made.id, ADMIN, NOON)

    def _describe(self) -> None:
        mine = Profile.select().where((Profile.section == self.section) & Profile.merged_into.is_null())
        for place, row in enumerate(self.shop.store.database.rows(mine.order_by(Profile.id))):
            known = json.loads(data_text(DATA[place % len(DATA)]), parse_float=Decimal)
            self.shop.store.attributes.change(row["id"], lambda _, known=known: known, ADMIN, NOON)


NUMBERS = count(10**12)


def pack_new(life: Life) -> None:
    """Where events are packed, as many of them as make blocks."""
    packer = Packer(life.shop.store.database, SMALL)
    while life.shop.store.database.is_sqlite and packer.pack_new():
        pass


def pack_anew(life: Life) -> None:
    packer = Packer(life.shop.store.database, SMALL)
    pack_new(life)
    while life.shop.store.database.is_sqlite and packer.pack_stale(most=0):
        pass


PACK: dict[str, Callable[[Life], None]] = {
    "never": lambda life: None,
    "once": pack_new,
    "anew": pack_anew,
}


@FEW
@given(
    groups=histories.lives,
    merge=st.sampled_from(["none", "made", "undone"]),
    pack=st.sampled_from(["never", "once", "anew"]),
    trees=st.lists(histories.trees, min_size=12, max_size=12),
    zone=st.sampled_from(ZONES),
)
def test_sql_finds_whom_plain_python_finds(
    shop: Shop, groups: list[list[Deed]], merge: str, pack: str, trees: list[Any], zone: str
) -> None:
    life = Life(shop, groups, merge, PACK[pack])
    scope = Scope(life.section, NOON, ZoneInfo(zone))
    section = plainly.look_at(shop, life.section, NOON, scope.zone)
    finder = Finder(shop.store.database)
    for document in trees:
        node = tree_of(document, zone)
        expected = plainly.members(node, section)
        assert finder.members(node, scope, 100) == expected, document
        share = finder.share(node, scope)
        assert (share.count, share.of) == (len(expected), len(section.profiles)), document


def tree_of(document: Any, zone: str = "UTC") -> Node:
    node = read_tree(strict_json.read(as_json(document)), ZoneInfo(zone))
    assert not isinstance(node, list), (node, document)
    return node
