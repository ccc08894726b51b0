"""What webhooks tell of whom: by types, filters and rights, and only of what is committed and still there."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from collector.core.documents import parse_definition
from collector.core.segments.drafts import Draft, read_draft
from collector.intake.bulk import Importer
from collector.intake.bulk_rows import Row
from collector.store.definitions import Edit
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, ORDER, Shop, order
from tests.core.segments.trees import timeline
from tests.delivery.hooks import deliver, fates, log_of, make_hook
from tests.servers.receiver import Receiver, receiver

ORDERED = timeline(count_operator="at_least", count_value=1)


def follow(shop: Shop) -> None:
    follower = shop.store.new_follower()
    while follower.turn(shop.clock.now):
        pass


def told(one: Receiver) -> list[dict[str, Any]]:
    return [received.told for received in one.received]


def test_an_event_is_told_when_it_is_stored_updated_and_deleted(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    till = shop.key()
    with receiver() as one:
        make_hook(shop, one.url)
        shop.send(till, order())
        deliver(shop)
        shop.clock.forward(1)
        shop.send(till, order(data={**ORDER, "total": 150}))
        deliver(shop)
        shop.clock.forward(1)
        shop.send(till, order(deleted_at="2026-09-21T18:00:00Z"))
        deliver(shop)
    assert one.types() == ["event.stored", "event.updated", "event.deleted"]
    stored, updated, deleted = told(one)
    event = stored["data"]["event"]
    assert (event["event"], event["id"], event["identifiers"]) == ("order.completed", "1", ALICE)
    assert event["data"]["total"] == 149.99
    assert stored["data"]["section"] == "shop"
    assert updated["data"]["event"]["data"]["total"] == 150
    assert deleted["data"]["event"] == {
        "event": "order.completed",
        "id": "1",
        "identifiers": ALICE,
        "deleted_at": "2026-09-21T18:00:00Z",
    }


def test_the_library_of_standard_webhooks_takes_a_delivery_as_it_comes(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    with receiver() as one:
        hook = make_hook(shop, one.url)
        former = shop.secrets[hook.id]
        newer = shop.store.webhooks.rotate("shop", hook.id, ADMIN, shop.clock.now())
        shop.send(shop.key(), order())
        deliver(shop)
    [request] = one.received
    for secret in (former, newer):
        checking = Webhook(secret)
        # The library compares with the clock of this machine; the shop's stands at another day.
        checking._Webhook__verify_timestamp = lambda header: _moment(header)  # type: ignore[attr-defined]
        assert checking.verify(request.body, request.headers)["type"] == "event.stored"
    assert request.id.startswith("msg_")


def _moment(header: str) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(int(header), datetime.UTC)


def test_what_says_nothing_new_is_not_told(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    till = shop.key()
    with receiver() as one:
        make_hook(shop, one.url)
        shop.send(till, order("1"), order("1"), order("2", data={"total": "no"}))
        shop.clock.forward(1)
        shop.send(till, order("1"))
        shop.send(till, order("1", data={**ORDER, "total": 1}, occurred_at="2026-01-01T00:00:00Z"))
        deliver(shop)
    assert one.types() == ["event.stored"]


def test_several_writes_of_an_event_in_one_commit_are_told_once(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    with receiver() as one:
        make_hook(shop, one.url)
        later = order("1", data={**ORDER, "total": 2}, occurred_at="2026-09-21T14:20:00Z")
        earlier = order("1", occurred_at="2026-09-21T14:10:00Z")
        assert shop.send(shop.key(), earlier, later).get_json()["updated"] == 1
        deliver(shop)
    assert one.types() == ["event.stored"]
    assert told(one)[0]["data"]["event"]["data"]["total"] == 2


def test_what_is_only_tried_out_is_not_told(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    with receiver() as one:
        hook = make_hook(shop, one.url)
        shop.post(shop.key(), "/api/v1/events/validate", order())
        deliver(shop)
    assert log_of(shop, hook) == []


def test_of_a_whole_import_by_another_door_nothing_is_told_if_a_part_of_it_is_refused(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    with receiver() as one:
        hook = make_hook(shop, one.url)
        event = {"email": ALICE["email"], "event_name": "order.completed", "external_id": "1"}
        several = [{**event, "properties": data} for data in (ORDER, {"total": "no"})]
        body = {"workspace_id": "shop", "events": several}
        assert shop.post(shop.key(), "/api/customEvents.import", body).status_code >= 400
        deliver(shop)
    assert log_of(shop, hook) == []


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, {"1", "2", "3"}),
        ({"events": ["order.completed"]}, {"1", "2"}),
        ({"events": ["nobody.did"]}, set()),
        ({"goals": ["purchase"]}, {"1"}),
        ({"goals": ["lead", "purchase"]}, {"1", "2"}),
        ({"events": ["page.viewed"], "goals": ["purchase"]}, set()),
        ({"types": ["event.deleted"]}, set()),
    ],
)
def test_filters_by_event_and_goal(shop: Shop, members: dict[str, Any], expected: set[str]) -> None:
    shop.define(EVERY_TYPE)
    shop.define({**EVERY_TYPE, "event_name": "page.viewed"})
    with receiver() as one:
        make_hook(shop, one.url, **members)
        shop.send(
            shop.key(),
            order("1", goal_type="purchase", goal_value=1),
            order("2", goal_type="lead"),
            order("3", event="page.viewed"),
        )
        deliver(shop)
    assert {received["data"]["event"]["id"] for received in told(one)} == expected


def test_a_goal_that_an_event_has_no_longer_is_told_to_those_who_count_it(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    till = shop.key()
    with receiver() as one:
        make_hook(shop, one.url, goals=["lead"])
        shop.send(till, order(goal_type="lead"))
        shop.clock.forward(1)
        shop.send(till, order(goal_type="signup"))
        deliver(shop)
    assert one.types() == ["event.stored", "event.updated"]


def test_it_is_told_by_identifiers_that_it_may_read_and_of_nobody_else(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    till = shop.key()
    with receiver() as one:
        hook = make_hook(shop, one.url, grants={"mobile": ["read"]})
        shop.send(
            till,
            order("1"),
            order("2", identifiers={"mobile": "+46701234567"}),
            order("3", identifiers={"mobile": "+46701234567", **BOB}),
        )
        deliver(shop)
    events = [received["data"]["event"] for received in told(one)]
    assert [(event["id"], list(event["identifiers"])) for event in events] == [
        ("2", ["mobile"]),
        ("3", ["mobile"]),
    ]
    assert BOB["email"].encode() not in b"".join(request.body for request in one.received)
    assert len(log_of(shop, hook)) == 2


def test_what_a_definition_allows_counts_at_the_moment_of_sending(shop: Shop) -> None:
    definition = shop.define(EVERY_TYPE)
    with receiver() as one:
        hook = make_hook(shop, one.url)
        shop.send(shop.key(), order())
        narrower = {**EVERY_TYPE, "allowed_operations": {"email": [], "mobile": [], "crm_id": []}}
        edit = Edit(parse_definition(narrower), None)
        shop.store.definitions.save(definition, edit, 0, ADMIN, shop.clock.now())
        deliver(shop)
    assert one.received == []
    [delivery] = log_of(shop, hook)
    assert delivery.fate == "withheld"
    assert delivery.attempts[0].sentence == "The event carries no identifier that this webhook may read."


def test_what_was_hidden_deleted_or_erased_meanwhile_is_not_sent(shop: Shop) -> None:
    hidden = shop.define({**EVERY_TYPE, "event_name": "page.viewed"})
    shop.define(EVERY_TYPE)
    till = shop.key()
    with receiver() as one:
        hook = make_hook(shop, one.url)
        seen = order("1", event="page.viewed", identifiers=BOB)
        shop.send(till, seen, order("2", identifiers=BOB), order("3"))
        shop.store.definitions.hide(hidden, ADMIN, shop.clock.now())
        shop.clock.forward(1)
        shop.send(till, order("2", identifiers=BOB, deleted_at="2026-09-21T18:00:00Z"))
        shop.store.erasures.erase("shop", ("email", ALICE["email"]), ADMIN, shop.clock.now())
        deliver(shop)
    assert [(one_told["type"], one_told["data"]["event"]["id"]) for one_told in told(one)] == [
        ("event.deleted", "2")
    ]
    assert fates(shop, hook) == ["withheld", "withheld", "delivered"]


def test_joining_and_leaving_a_segment_is_told_with_the_person(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    till = shop.key()
    with receiver() as one:
        make_hook(shop, one.url, types=["segment.joined", "segment.left"], segments=["buyers"])
        for name in ("Buyers", "Others"):
            draft = read_draft({"name": name, "tree": ORDERED})
            assert isinstance(draft, Draft)
            shop.store.segments.create("shop", draft, ADMIN, shop.clock.now())
        follow(shop)
        shop.send(till, order())
        follow(shop)
        shop.clock.forward(1)
        shop.send(till, order(deleted_at="2026-09-21T18:00:00Z"))
        follow(shop)
        deliver(shop)
    assert one.types() == ["segment.joined", "segment.left"]
    data = told(one)[0]["data"]
    assert data["segment"] == {"id": "buyers", "name": "Buyers", "version": 1}
    assert data["profile"]["identifiers"] == {"email": [ALICE["email"]]}


def test_changes_of_definitions_are_told(shop: Shop) -> None:
    with receiver() as one:
        make_hook(shop, one.url, types=["definition.changed"])
        definition = shop.define(EVERY_TYPE)
        deliver(shop)
        edit = Edit(parse_definition({**EVERY_TYPE, "title": "Order placed"}), None)
        shop.store.definitions.save(definition, edit, 0, ADMIN, shop.clock.now())
        deliver(shop)
        shop.store.definitions.hide(definition, ADMIN, shop.clock.now())
        deliver(shop)
    assert [one_told["data"]["change"] for one_told in told(one)] == [
        "definition.created",
        "definition.changed",
        "definition.hidden",
    ]
    assert told(one)[1]["data"]["definition"]["title"] == "Order placed"
    assert "definition" not in told(one)[2]["data"]


def test_a_webhook_of_another_section_hears_nothing(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    shop.store.sections.create("Other", "reject", ADMIN, shop.clock.now())
    with receiver() as one:
        make_hook(shop, one.url, section="other")
        shop.send(shop.key(), order())
        deliver(shop)
    assert one.received == []


def test_one_that_is_off_hears_nothing(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    with receiver() as one:
        hook = make_hook(shop, one.url, active=False)
        shop.send(shop.key(), order())
        deliver(shop)
    assert log_of(shop, hook) == []


def test_a_person_s_export_has_what_was_told_of_them(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    key = shop.key()
    with receiver() as one:
        make_hook(shop, one.url)
        shop.send(key, order(), order("2", identifiers=BOB))
        deliver(shop)
    exported = shop.get(key, f"/api/v1/profiles/email/{ALICE['email']}/export").get_json()
    assert [(told["webhook"], told["type"], told["state"]) for told in exported["webhooks"]] == [
        ("Partner", "event.stored", "delivered")
    ]


def test_what_is_imported_is_not_told(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    with receiver() as one:
        hook = make_hook(shop, one.url)
        importer = Importer(shop.parts.intake, "shop", shop.clock.now)
        row = json.dumps(order()).encode()
        [(verdict, _)] = importer.judge([Row(1, row)])
        deliver(shop)
    assert verdict == "stored"
    assert log_of(shop, hook) == []
