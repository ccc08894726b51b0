"""Event names that nobody defined, in a section that accepts them."""

from __future__ import annotations

from typing import Any

import pytest

from collector.intake import drafts
from tests.cast import ADMIN, ALICE, EVERY_TYPE, Shop
from tests.web.pages.admin import admin, words


@pytest.fixture
def open_minded(shop: Shop) -> Shop:
    """A shop whose section accepts every name."""
    section = shop.store.sections.find("shop")
    assert section is not None
    shop.store.sections.change(section, section.name, "accept", ADMIN, shop.clock.now())
    return shop


def unknown(event_id: str = "1", name: str = "boat.rented", **members: Any) -> dict[str, Any]:
    return {
        "event": name,
        "id": event_id,
        "identifiers": ALICE,
        "data": {"days": 3, "boat": {"name": "Ada", "oars": [1, 2]}},
        **members,
    }


def test_an_unknown_name_is_refused_where_the_section_does_not_accept_it(shop: Shop) -> None:
    answer = shop.send(shop.key(), unknown())
    assert (answer.status_code, answer.get_json()["code"]) == (422, "event-unknown")
    assert shop.store.definitions.all("shop") == []


def test_an_accepted_name_is_kept_untyped_under_a_draft(open_minded: Shop) -> None:
    till = open_minded.key("till")
    assert open_minded.send(till, unknown("1")).get_json()["verdict"] == "stored"
    assert open_minded.send(till, unknown("2")).get_json()["verdict"] == "stored"
    [draft] = open_minded.store.definitions.all("shop")
    assert (draft.draft.event_name, draft.draft.tags, draft.draft.content.extra_fields) == (
        *("boat.rented", (drafts.TAG,), "keep"),
    )
    stored = open_minded.get(till, "/api/v1/events").get_json()["events"]
    assert [one["data"] for one in stored] == [unknown()["data"]] * 2
    [made] = open_minded.store.audit.page("shop", 1, None, "boat.rented").items
    assert made.actor.who == f"key {till.id} (till)"


def test_a_draft_survives_the_round_through_its_document(open_minded: Shop) -> None:
    till = open_minded.key()
    open_minded.send(till, unknown())
    answer = open_minded.get(till, "/api/v1/definitions/boat.rented")
    again = open_minded.client.put(
        "/api/v1/definitions/boat.rented",
        json=answer.get_json(),
        headers={**open_minded.headers(till), "If-Match": answer.headers["ETag"]},
    )
    assert (again.status_code, len(again.get_json()["versions"])) == (200, 1)


def test_a_draft_is_offered_to_the_admin(open_minded: Shop) -> None:
    open_minded.send(open_minded.key(), unknown())
    ada = admin(open_minded)
    assert "boat.rented draft" in words(ada.read("definitions"))
    assert "This is a draft" in words(ada.read("definitions/boat.rented"))
    ada.read("definitions/boat.rented/edit")


def test_what_is_wrong_makes_no_draft(open_minded: Shop) -> None:
    till = open_minded.key()
    for wrong in (
        unknown(id=""),
        unknown(name="Boat Rented!"),
        unknown(name="identify"),
        unknown(version="x"),
    ):
        assert open_minded.send(till, wrong).status_code == 422
    assert open_minded.store.definitions.all("shop") == []
    kept = open_minded.get(till, "/api/v1/rejections").get_json()["rejections"]
    assert len(kept) == 4


def test_a_dry_run_says_stored_and_makes_nothing(open_minded: Shop) -> None:
    till = open_minded.key()
    open_minded.define(EVERY_TYPE)
    known = {"event": "order.completed", "id": "o", "identifiers": ALICE, "data": {"total": 1}}
    events = {"events": [unknown("1"), known, unknown("2")]}
    answer = open_minded.post(till, "/api/v1/events/validate", events)
    assert [one["verdict"] for one in answer.get_json()["results"]] == ["stored"] * 3
    assert len(open_minded.store.definitions.all("shop")) == 1
    assert open_minded.get(till, "/api/v1/events").get_json()["events"] == []


def test_a_key_for_some_events_makes_no_others(open_minded: Shop) -> None:
    narrow = open_minded.key("narrow", events=frozenset({"order.completed"}))
    assert open_minded.send(narrow, unknown()).status_code in (403, 422)
    assert open_minded.store.definitions.all("shop") == []


def test_a_sender_that_invents_names_is_bounded(open_minded: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MOST", 3)
    till = open_minded.key()
    verdicts = [open_minded.send(till, unknown(name=f"name.{number}")).status_code for number in range(5)]
    assert verdicts == [200, 200, 200, 422, 422]


def test_a_batch_of_one_new_name_makes_one_draft(open_minded: Shop) -> None:
    answer = open_minded.send(open_minded.key(), *(unknown(str(number)) for number in range(20)))
    assert answer.get_json()["stored"] == 20
    assert len(open_minded.store.definitions.all("shop")) == 1
