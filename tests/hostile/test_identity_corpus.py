"""The corpus of identities against the doors, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from collector.core.tokens import make_token
from collector.hostile.identity_corpus import NOBODY, ONE_PERSON, SEVERAL_PEOPLE, TOKENS, Vouched
from collector.store.ledger import sums
from collector.store.models import Event, Identifier, Profile
from tests.cast import ADMIN, EVERY_TYPE, NOON, ORDER, Shop

ANY_ORIGIN = {"enabled": True}


@pytest.fixture
def market(shop: Shop) -> Iterator[Shop]:
    """The shop, with an event for believers (`order.completed`) and one for doubters (`strict`)."""
    shop.define({**EVERY_TYPE, "web_tracking": ANY_ORIGIN})
    tracking = {**ANY_ORIGIN, "identity": "signed"}
    shop.define({**EVERY_TYPE, "event_name": "strict", "web_tracking": tracking})
    yield shop
    # Whatever came: each was counted once.
    counted = sums(shop.store.database, "shop")
    assert counted.pop("received") == sum(counted.values())


def count(shop: Shop, model: Any) -> int:
    return len(shop.store.database.rows(model.select()))


def send(shop: Shop, number: int, identifiers: Any) -> Any:
    event = {"event": "order.completed", "id": str(number), "identifiers": identifiers, "data": ORDER}
    return shop.send(shop.key(), event)


def beacon(shop: Shop, event_name: str, **members: Any) -> Any:
    definition = shop.store.definitions.find("shop", event_name)
    assert definition is not None
    return shop.beacon(definition.id, {"id": "1", "data": ORDER, "visitor": "visitor-1", **members})


@pytest.mark.parametrize("spellings", ONE_PERSON, ids=lambda those: ascii(those[0]))
def test_every_spelling_is_the_same_person_at_every_door(
    market: Shop, spellings: tuple[dict[str, str], ...]
) -> None:
    for number, identifiers in enumerate(spellings):
        assert send(market, number, identifiers).status_code == 200
        assert beacon(market, "order.completed", id=str(number), identifiers=identifiers).status_code == 200
    assert (count(market, Profile), count(market, Identifier)) == (1, 1)
    ((kind, value),) = spellings[-1].items()
    timeline = market.get(market.key(), f"/api/v1/profiles/{kind}/{value.strip()}/timeline", limit="500")
    assert len(timeline.get_json()["timeline"]) == 2 * len(spellings)


def test_what_only_looks_alike_is_several_people(market: Shop) -> None:
    for number, identifiers in enumerate(SEVERAL_PEOPLE):
        assert send(market, number, identifiers).status_code == 200
    assert count(market, Profile) == len(SEVERAL_PEOPLE)


@pytest.mark.parametrize(("identifiers", "pointer", "code"), NOBODY, ids=lambda part: ascii(part)[:40])
def test_nobody_is_nobody_at_every_door(
    market: Shop, identifiers: Any, pointer: str, code: str | None
) -> None:
    for answer in (send(market, 1, identifiers), beacon(market, "order.completed", identifiers=identifiers)):
        assert answer.status_code == 422
        faults = {fault["pointer"]: fault["code"] for fault in answer.get_json()["errors"]}
        assert pointer in faults
        assert code in (None, faults[pointer])
    assert (count(market, Profile), count(market, Event)) == (0, 0)
    # Where only signatures are believed, a page's word is as if it had not been said.
    assert beacon(market, "strict", identifiers=identifiers).status_code == (422 if code is None else 200)
    assert count(market, Profile) == 0


@pytest.mark.parametrize("case", TOKENS, ids=lambda case: case.name)
def test_a_token_vouches_or_the_word_is_a_claim(market: Shop, case: Vouched) -> None:
    members: dict[str, Any] = {"identifiers": case.identifiers}
    if case.signs is not None:
        secret = market.store.secrets.show("shop", ADMIN, NOON)[0].text.encode()
        token = make_token(secret, case.signs, NOON + case.seconds * 1_000_000)
        members["token"] = case.prefix + token + case.suffix
    assert beacon(market, "order.completed", **members).get_json() == {"verdict": "stored"}
    assert beacon(market, "strict", **members).get_json() == {"verdict": "stored"}
    believed, strict = market.store.database.rows(Event.select().order_by(Event.id))
    trust = "signed" if case.is_signed else "claimed"
    assert (believed["trust"], strict["trust"]) == (trust, trust)
    assert bool(json.loads(strict["identifiers"])) == case.is_signed
    given = {kind for kind, value in case.identifiers.items() if value is not None}
    assert set(json.loads(believed["identifiers"])) == given
    assert strict["profile"] == (believed["profile"] if case.is_signed else None)
