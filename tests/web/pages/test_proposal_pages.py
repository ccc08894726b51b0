"""Drawing up a definition in the pages, without JavaScript: from what is pasted, and from what came."""

from __future__ import annotations

import json
import re

import pytest

from tests.cast import ADMIN, ALICE, EVERY_TYPE, Shop
from tests.web.pages.admin import Admin, admin, words
from tests.web.pages.forms import form_of


@pytest.fixture
def ready_database_url(sqlite_ready_database_url: str) -> str:
    """One database is enough: what is asked of it is asked by the API too."""
    return sqlite_ready_database_url


def fields_in(html: str) -> dict[str, str]:
    """Name → type of the rows of the editor."""
    values = dict(form_of(html).values)
    numbers = [name.split("-")[1] for name in values if re.fullmatch(r"fields-\d+-name", name)]
    return {values[f"fields-{number}-name"]: values[f"fields-{number}-type"] for number in numbers}


def boat(shop: Shop, event_id: str, **data: object) -> None:
    shop.send(
        shop.key(f"till {event_id}"),
        {"event": "boat.rented", "id": event_id, "identifiers": ALICE, "data": data},
    )


@pytest.fixture
def ada(shop: Shop) -> Admin:
    return admin(shop)


@pytest.mark.parametrize(
    ("pasted", "samples"),
    [
        ('{"days": 3, "boat": "Ada"}\n{"days": 2}', "2 samples"),
        (
            '[{"days": 3}, {"event": "boat.rented", "id": "1", "data": {"boat": "Ada", "days": 1}}]',
            "2 samples",
        ),
        (json.dumps({"properties": {"days": {"type": "integer"}, "boat": {"type": "string"}}}), "a schema"),
    ],
)
def test_what_is_pasted_fills_the_editor_and_nothing_is_saved(
    shop: Shop, ada: Admin, pasted: str, samples: str
) -> None:
    answer = ada.send("draw-up", **{"event_name": "boat.rented", "from": "pasted", "pasted": pasted})
    assert answer.status_code == 200
    assert f"Drawn up from {samples}: nothing is saved yet" in words(answer.text)
    assert fields_in(answer.text) == {"days": "integer", "boat": "text"}
    assert shop.store.definitions.all("shop") == []
    assert 'action="/sections/shop/new-definition"' in answer.text
    assert (
        ada.client.post("/sections/shop/new-definition", data=form_of(answer.text).sent()).status_code == 303
    )
    assert [one.draft.event_name for one in shop.store.definitions.all("shop")] == ["boat.rented"]


def test_what_was_left_out_and_what_would_fit_as_well_is_told(ada: Admin) -> None:
    answer = ada.send(
        "draw-up",
        **{"event_name": "boat.rented", "from": "pasted", "pasted": '{"zip": "01234", "oars": [1]}'},
    )
    told = words(answer.text)
    assert "zip is proposed as text; decimal number would fit too" in told
    assert "/oars A list or an object is no field; it is kept as it comes." in told


@pytest.mark.parametrize(
    ("name", "pasted", "sentence"),
    [
        ("Boat!", "{}", "An event name is 1 to 100 of"),
        ("boat", "{]", "Samples or schema :"),
        ("boat", '{"a": 1}\n{"a": ]', "Line 2:"),
        ("boat", '{"a": "\\u0000"}', "U+0000"),
        ("boat", "[" * 200, "nested deeper"),
        ("boat", '{"$schema": "x"}', "does not say which properties there are"),
        ("boat", "x" * 1_000_001, "more than 1,000,000 characters"),
    ],
)
def test_what_cannot_be_read_is_told_beside_what_was_pasted(
    ada: Admin, name: str, pasted: str, sentence: str
) -> None:
    answer = ada.send("draw-up", **{"event_name": name, "from": "pasted", "pasted": pasted})
    assert answer.status_code == 400
    assert sentence in words(answer.text)
    assert 'name="pasted"' in answer.text


def test_names_that_nobody_defined_are_offered_with_what_came(shop: Shop, ada: Admin) -> None:
    shop.define(EVERY_TYPE)
    boat(shop, "1", days=3)
    boat(shop, "2", days=2, boat="Ada")
    assert "boat.rented 2 kept Draw it up" in words(ada.read("draw-up"))
    answer = ada.send("draw-up", **{"event_name": "boat.rented", "from": "seen"})
    assert fields_in(answer.text) == {"boat": "text", "days": "integer"}
    assert "Draw up a definition of boat.rented" in words(ada.read("rejections"))


def test_a_definition_that_made_itself_gets_the_fields_of_its_events(shop: Shop, ada: Admin) -> None:
    section = shop.store.sections.find("shop")
    assert section is not None
    shop.store.sections.change(section, section.name, "accept", ADMIN, shop.clock.now())
    boat(shop, "1", days=3)
    assert "Draw them up from what came" in ada.read("definitions/boat.rented")
    drawn = ada.send("definitions/boat.rented/draw-up").text
    assert fields_in(drawn) == {"days": "integer"}
    assert 'action="/sections/shop/definitions/boat.rented/edit"' in drawn
    saved = ada.client.post("/sections/shop/definitions/boat.rented/edit", data=form_of(drawn).sent())
    assert saved.status_code == 303
    [definition] = shop.store.definitions.all("shop")
    assert [field.name for field in definition.draft.content.fields] == ["days"]
    assert definition.draft.tags == ()


def test_whoever_may_not_write_definitions_is_not_asked(shop: Shop) -> None:
    viewer = admin(shop, "viewer")
    assert viewer.ask("draw-up").status_code == 403
    assert "Draw one up" not in viewer.read("definitions")
