"""What the tests of the store have in common: a definition, and writes of one event of Alice's."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.events import Filtered, Outcome, Rejection, Write
from collector.core.problems import Fault
from tests.cast import ALICE, NOON, Shop

MINUTE = 60_000_000
ALL = frozenset({"crm_id", "email", "mobile"})


def write(definition: Definition, event_id: str = "1", **members: Any) -> Write:
    number, version = ids.decode(definition.id), ids.decode(definition.versions[0].id)
    assert number is not None
    assert version is not None
    first = Write(
        section_id="shop",
        definition_id=number,
        version_id=version,
        event_name="order.completed",
        space=0,
        event_id=event_id,
        door="api",
        occurred_at=NOON,
        received_at=NOON,
        source="till",
        trust="key",
        identifiers=ALICE,
        data='{"total":1}',
        writable=ALL,
    )
    return replace(first, **members)


def commit(shop: Shop, *decisions: Write | Rejection | Filtered) -> list[Outcome]:
    return shop.store.commit.write(decisions, shop.clock.now())


def verdicts(outcomes: list[Outcome]) -> list[str]:
    return [outcome.verdict for outcome in outcomes]


def count(shop: Shop, model: Any) -> int:
    return len(shop.store.database.rows(model.select()))


def rejection(**members: Any) -> Rejection:
    fault = Fault("type-wrong", "/data/total", "This is a number.")
    first = Rejection("shop", "api", NOON, (fault,), '{"id":"1"}', "order.completed")
    return replace(first, **members)
