"""A shop's past, made up: what 200,000 people did in two years. The same numbers make the same past.

Few people do most of it, two in five ever buy, some orders are paid back, changed or deleted later, and some
events come days late. An event is what the judge would have made of it: a `Write`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from msgspec.structs import replace

from collector.core import ids
from collector.core.definitions import Definition, GoalType
from collector.core.documents import parse_definition
from collector.core.events import Write
from collector.core.goals import SCALE, Goal
from collector.core.identifiers import KINDS
from collector.store.opening import Store
from tests.cast import ADMIN, NOON

DAY = 86_400_000_000
SPAN = 730 * DAY
SECTION = "shop"
CHUNK = 10_000
CAMPAIGNS = ("autumn", "spring", "summer sale", "åter i lager", "newsletter", "none")
CATEGORIES = ("shoes", "coats", "hats", "bags", "socks", "gloves", "belts", "scarves")
ALL = frozenset(KINDS)
_MIX, _MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1


@dataclass(frozen=True)
class Kind:
    """A kind of event: how many of a thousand are such, what data it has, what goal, and who does it."""

    name: str
    per_mille: int
    fields: tuple[tuple[str, str], ...]
    data: Callable[[int, int], str]
    goal: GoalType | None = None
    value: Callable[[int], int] | None = None
    of_buyers: bool = False


def _cents(luck: int) -> int:
    """An amount in hundredths: most are small, few are large."""
    return 500 + luck % 9_000 + (luck % 97 == 0) * (luck % 400_000)


def _amount(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _page(luck: int, _: int) -> str:
    return (
        f'{{"url":"https://shop.example/{CATEGORIES[luck % 8]}/{luck % 4_999}","seconds":{luck % 301},'
        f'"campaign":"{CAMPAIGNS[luck % 13 % 6]}"}}'
    )


def _product(luck: int, _: int) -> str:
    cents = _amount(_cents(luck))
    return f'{{"sku":"sku-{luck % 1_999}","price":{cents},"category":"{CATEGORIES[luck % 7]}"}}'


def _search(luck: int, _: int) -> str:
    return f'{{"words":"{CATEGORIES[luck % 5]} {luck % 613}","results":{luck % 211}}}'


def _cart(luck: int, _: int) -> str:
    return f'{{"total":{_amount(_cents(luck))},"lines":{1 + luck % 9}}}'


def _order(luck: int, at: int) -> str:
    gift = "true" if luck % 10 == 0 else "false"
    return (
        f'{{"total":{_amount(_cents(luck))},"currency":"{_currency(luck)}","lines":{1 + luck % 9},'
        f'"gift":{gift},'
        f'"deliver_on":"2026-{1 + luck % 12:02d}-{1 + luck % 28:02d}","campaign":"{CAMPAIGNS[luck % 6]}"}}'
    )


def _refund(luck: int, _: int) -> str:
    return f'{{"amount":{_amount(-_cents(luck))},"currency":"{_currency(luck)}"}}'


def _lead(luck: int, _: int) -> str:
    return f'{{"form":"form-{luck % 5}","message_length":{luck % 900}}}'


def _plan(luck: int, _: int) -> str:
    return f'{{"plan":"plan-{luck % 3}","fee":{_amount(9900 + luck % 3 * 5000)}}}'


def _currency(luck: int) -> str:
    return "SEK" if luck % 20 else "EUR"


_ORDER = (
    *(("total", "decimal"), ("currency", "text"), ("lines", "integer"), ("gift", "boolean")),
    *(("deliver_on", "date"), ("campaign", "text")),
)
KINDS_OF_EVENTS = (
    Kind("page.viewed", 450, (("url", "text"), ("seconds", "integer"), ("campaign", "text")), _page),
    Kind("product.viewed", 220, (("sku", "text"), ("price", "decimal"), ("category", "text")), _product),
    Kind("search.made", 100, (("words", "text"), ("results", "integer")), _search),
    Kind("cart.updated", 90, (("total", "decimal"), ("lines", "integer")), _cart),
    Kind("order.completed", 90, _ORDER, _order, "purchase", _cents, True),
    Kind(
        "order.refunded",
        8,
        (("amount", "decimal"), ("currency", "text")),
        _refund,
        "purchase",
        lambda luck: -_cents(luck),
        True,
    ),
    Kind("lead/sent", 30, (("form", "text"), ("message_length", "integer")), _lead, "lead"),
    Kind(
        "plan.started",
        12,
        (("plan", "text"), ("fee", "decimal")),
        _plan,
        "subscription",
        lambda luck: 9900 + luck % 3 * 5000,
        True,
    ),
)


def define(store: Store) -> list[Definition]:
    """The definitions of these events, in their order."""
    return [_define(store, kind) for kind in KINDS_OF_EVENTS]


def _define(store: Store, kind: Kind) -> Definition:
    document: dict[str, Any] = {
        "event_name": kind.name,
        "title": kind.name,
        "category": "transaction",
        "fields": [{"name": name, "type": type_} for name, type_ in kind.fields],
    }
    if kind.goal is not None:
        names = [name for name, type_ in kind.fields if type_ == "decimal"]
        document["goal"] = {"type": kind.goal, **({"value_field": names[0]} if names else {})}
        if ("currency", "text") in kind.fields:
            document["goal"]["currency_field"] = "currency"
    return store.definitions.create(SECTION, parse_definition(document), ADMIN, NOON - SPAN)


def pasts(definitions: Sequence[Definition], events: int, people: int) -> Iterator[list[list[Write]]]:
    """Chunk by chunk, the writes of each event: mostly one, of some orders a later change or a deletion."""
    chance = random.Random(20260921)
    weights = [min(chance.paretovariate(1.2), 400.0) for _ in range(people)]
    everybody, buyers = list(accumulate(weights)), list(accumulate(weights[: people * 2 // 5]))
    shares = list(accumulate(kind.per_mille for kind in KINDS_OF_EVENTS))
    blanks = [_blank(one) for one in definitions]
    for start in range(0, events, CHUNK):
        count = min(CHUNK, events - start)
        which = chance.choices(range(len(blanks)), cum_weights=shares, k=count)
        anybody = chance.choices(range(people), cum_weights=everybody, k=count)
        somebody = chance.choices(range(len(buyers)), cum_weights=buyers, k=count)
        yield [
            _writes(
                start + n,
                NOON - SPAN + (start + n) * SPAN // events,
                KINDS_OF_EVENTS[kind],
                blanks[kind],
                somebody[n] if KINDS_OF_EVENTS[kind].of_buyers else anybody[n],
            )
            for n, kind in enumerate(which)
        ]


def _blank(definition: Definition) -> Write:
    number, version = ids.decode(definition.id), ids.decode(definition.versions[0].id)
    assert number is not None
    assert version is not None
    return Write(
        section_id=SECTION,
        definition_id=number,
        version_id=version,
        event_name=definition.draft.event_name,
        space=0,
        event_id="",
        door="api",
        occurred_at=0,
        received_at=0,
        source="till",
        trust="key",
        identifiers={},
        data=None,
        writable=ALL,
    )


def _writes(number: int, received: int, kind: Kind, blank: Write, person: int) -> list[Write]:
    luck = (number + 1) * _MIX & _MASK
    luck = (luck ^ luck >> 29) * _MIX >> 13 & 0xFFFFFFFF
    occurred = received - (luck % 3 * DAY + luck % 86_400_000 * 1000 if luck % 33 == 0 else 0)
    first = Write(
        blank.section_id,
        blank.definition_id,
        blank.version_id,
        blank.event_name,
        blank.space,
        f"{luck:08x}{number:x}",
        blank.door,
        occurred,
        received,
        blank.source,
        "signed" if luck % 11 == 0 else "key",
        {"email": f"p{person}@example.com"},
        kind.data(luck, occurred),
        _goal(kind, luck),
        writable=ALL,
    )
    if kind.name == "order.completed" and luck % 40 < 2:
        return [first, _afterwards(first, kind, luck)]
    return [first]


def _goal(kind: Kind, luck: int) -> Goal | None:
    if kind.goal is None:
        return None
    value = kind.value(luck) * (SCALE // 100) if kind.value is not None else None
    return Goal(kind.goal, value, None, _currency(luck) if "order" in kind.name else None)


def _afterwards(first: Write, kind: Kind, luck: int) -> Write:
    """Of one order in forty another total an hour later, of another one its deletion."""
    at = first.received_at + 3_600_000_000
    if luck % 40 == 0:
        other = luck ^ 0x5555
        return replace(
            first, occurred_at=at, received_at=at, data=kind.data(other, at), goal=_goal(kind, other)
        )
    return replace(first, occurred_at=at, received_at=at, data=None, goal=None, deletion=at)
