"""The builder damages no tree: what is only looked at is saved as it was sent, whatever it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from werkzeug.datastructures import MultiDict

from collector.core import strict_json
from collector.core.segments.drafts import Draft, read_draft
from collector.core.segments.reading import read_tree
from collector.web.pages.segment_form import read_form, tree_of
from tests.cast import ADMIN, Shop, open_shop
from tests.core.segments.trees import branch, contact, goal, timeline
from tests.generated import examples
from tests.store.segments.histories import as_json, trees
from tests.web.pages.admin import Admin, admin
from tests.web.pages.forms import form_of
from tests.web.test_segments_api import SHOP

FEW = settings(
    derandomize=True,
    deadline=None,
    max_examples=examples(12, 40),
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LUND = {"field_name": "city", "field_type": "string", "operator": "equals", "string_values": ["Lund"]}
STRANGE = [
    goal(value=1000.50, goal_name="", filters=None, negate=False, pick=None),
    goal(goal_name="two\nlines"),
    timeline(kind="custom_event.order.completed", template_id="t1"),
    timeline(count_operator="at_least", count_value=0),
    contact(LUND, {**LUND, "string_values": [" a\r\nb", '"quoted"'], "operator": "in_array"}),
    contact({**LUND, "field_type": "json", "json_path": ["0", "street-name"], "operator": "is_set"}),
    branch("or", branch("and", branch("or", goal())), timeline()),
    branch("and", goal()),
]


@given(tree=trees)
@FEW
def test_a_tree_that_is_only_looked_at_is_saved_as_it_is_whatever_it_is(
    sqlite_shop: tuple[Shop, Admin], tree: Any
) -> None:
    is_kept_by_the_builder(*sqlite_shop, strict_json.read(as_json(tree)))


@pytest.mark.parametrize("tree", STRANGE, ids=range(len(STRANGE)))
def test_a_tree_from_elsewhere_is_shown_and_not_damaged(sqlite_shop: tuple[Shop, Admin], tree: Any) -> None:
    is_kept_by_the_builder(*sqlite_shop, strict_json.read(json.dumps(tree).encode()))


@pytest.fixture
def sqlite_shop(sqlite_ready_database_url: str) -> Iterator[tuple[Shop, Admin]]:
    shop = open_shop(sqlite_ready_database_url)
    shop.define(SHOP)
    yield shop, admin(shop)
    shop.store.close()


NUMBER = iter(range(10**6))


def is_kept_by_the_builder(shop: Shop, ada: Admin, tree: Any) -> None:
    number = next(NUMBER)
    raw = json.dumps({"name": f"s{number}"})[:-1].encode() + b', "tree": ' + json_of(tree) + b"}"
    draft = read_draft(strict_json.read(raw))
    assert isinstance(draft, Draft), draft
    shop.store.segments.create("shop", draft, ADMIN, shop.clock.now())
    form = form_of(ada.read(f"segments/s{number}/edit"))
    assert ada.send(f"segments/s{number}/edit", **form.sent(name="Renamed", do="save")).status_code == 303
    after = shop.store.segments.find("shop", f"s{number}")
    assert (after.draft.name, after.version) == ("Renamed", 1)
    assert after.draft.document == tree
    # The inputs alone mean the same: what was stored is not what makes the builder right.
    alone = {name: value for name, value in form.sent().items() if not name.endswith("-was")}
    assert read_tree(tree_of(read_form(MultiDict(alone)))) == draft.node


def json_of(document: Any) -> bytes:
    return msgspec.json.Encoder(decimal_format="number").encode(document)
