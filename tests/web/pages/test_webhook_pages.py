"""Webhooks on their pages: made, shown, tried out, changed, deleted, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from collector.store.webhooks.kept import KeptHook
from tests.cast import ADMIN, EVERY_TYPE, Shop, open_shop, order
from tests.delivery.hooks import deliver, log_of, make_hook
from tests.servers.receiver import GOOD, answer, receiver
from tests.web.pages.signing_in import csrf_in, signed_in, text_of

FORM = {"name": "Warehouse", "url": "https://warehouse.example/in", "types": "event.stored"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e"


@pytest.fixture
def shop(ready_database_url: str) -> Iterator[Shop]:
    """A collector that may reach this machine."""
    opened = open_shop(ready_database_url, webhook_networks="127.0.0.0/8")
    opened.define(EVERY_TYPE)
    yield opened
    opened.store.close()


def send(client: FlaskClient, path: str, **form: Any) -> TestResponse:
    csrf = csrf_in(client.get("/sections/shop/webhooks"))
    return client.post(f"/sections/shop/{path}", data={"csrf": csrf, **form})


def only(shop: Shop) -> KeptHook:
    [found] = shop.store.webhooks.all("shop")
    return found


def secret_in(answered: TestResponse) -> str:
    found = re.search(r'id="secret">(whsec_[^<]+)<', answered.get_data(as_text=True))
    assert found is not None
    return found[1]


def test_one_is_made_and_its_secret_is_shown_this_once(shop: Shop) -> None:
    client = signed_in(shop)
    made = send(client, "new-webhook", **FORM, reads=["email", "mobile"], events="order.completed")
    assert secret_in(made) == shop.store.webhooks.good_secrets(only(shop).hook.id, shop.clock.now())[0]
    draft = only(shop).hook.draft
    assert (draft.types, draft.events, draft.goals) == ({"event.stored"}, {"order.completed"}, None)
    assert draft.reads == {"email", "mobile"}
    for path in ("webhooks", f"webhooks/{only(shop).id}", f"webhooks/{only(shop).id}/edit"):
        page = client.get(f"/sections/shop/{path}").get_data(as_text=True)
        assert "whsec_" not in page
        assert "https://warehouse.example/in" in page


def test_what_is_wrong_is_said_at_its_field_and_what_was_chosen_is_still_there(shop: Shop) -> None:
    answered = send(
        signed_in(shop),
        "new-webhook",
        name=HOSTILE,
        url="http://10.0.0.1/",
        types="segment.joined",
        goals="lead",
    )
    assert answered.status_code == 400
    told = text_of(answered)
    assert "A webhook leads to a public address" in told
    page = answered.get_data(as_text=True)
    assert 'value="segment.joined" checked' in page
    assert 'value="lead" checked' in page
    assert "<script>alert" not in page
    assert shop.store.webhooks.all("shop") == []


def test_a_change_keeps_what_the_form_does_not_show(shop: Shop) -> None:
    make_hook(shop, "http://127.0.0.1:1/", events=["not.yet"], active=False)
    client = signed_in(shop)
    page = client.get(f"/sections/shop/webhooks/{only(shop).id}/edit").get_data(as_text=True)
    assert 'value="not.yet" checked' in page
    form = {"name": "Other", "url": "http://127.0.0.1:2/", "types": ["event.deleted"], "events": "not.yet"}
    assert send(client, f"webhooks/{only(shop).id}/edit", **form, reads="email").status_code == 303
    draft = only(shop).hook.draft
    assert (draft.name, draft.url, draft.types) == ("Other", "http://127.0.0.1:2/", {"event.deleted"})
    assert (draft.events, draft.is_on) == ({"not.yet"}, False)


def test_a_test_its_log_and_sending_it_again(shop: Shop) -> None:
    client = signed_in(shop)
    with receiver(answer(500, HOSTILE.encode()), GOOD) as one:
        hook = make_hook(shop, one.url)
        assert send(client, f"webhooks/{hook.id}/test").status_code == 303
        assert "Not tried yet" in text_of(client.get(f"/sections/shop/webhooks/{hook.id}"))
        deliver(shop)
        shown = client.get(f"/sections/shop/webhooks/{hook.id}")
        assert "The receiver answered 500." in text_of(shown)
        assert "failing since" in text_of(shown)
        assert "<script>alert" not in shown.get_data(as_text=True)
        assert "\u202e" not in shown.get_data(as_text=True)
        [delivery] = log_of(shop, hook)
        again = send(client, f"webhooks/{hook.id}/deliveries/{delivery.id}/again")
        assert again.status_code == 303
        deliver(shop)
    shown = client.get(f"/sections/shop/webhooks/{hook.id}?state=delivered")
    assert "The receiver answered 204." in text_of(shown)
    assert "Nothing is waiting." in text_of(client.get(f"/sections/shop/webhooks/{hook.id}?state=waiting"))


def test_it_is_switched_off_and_on_and_deleted_after_a_question(shop: Shop) -> None:
    client = signed_in(shop)
    hook = make_hook(shop, "http://127.0.0.1:1/")
    send(client, f"webhooks/{hook.id}/switch", to="off")
    assert only(shop).state == "off"
    assert send(client, f"webhooks/{hook.id}/test").status_code == 409
    send(client, f"webhooks/{hook.id}/switch", to="on")
    assert only(shop).state == "on"
    shop.send(shop.key(), order())
    assert "1 messages" in text_of(client.get(f"/sections/shop/webhooks/{hook.id}/delete"))
    assert send(client, f"webhooks/{hook.id}/delete").status_code == 303
    assert shop.store.webhooks.all("shop") == []


def test_the_next_secret_is_shown_once(shop: Shop) -> None:
    client = signed_in(shop)
    hook = make_hook(shop, "http://127.0.0.1:1/")
    rotated = send(client, f"webhooks/{hook.id}/rotate")
    assert secret_in(rotated) != shop.secrets[hook.id]
    shown = client.get(f"/sections/shop/webhooks/{hook.id}")
    assert "the former one signs too, until" in text_of(shown)
    assert "whsec_" not in shown.get_data(as_text=True)


def test_only_owners_of_the_section_see_them(shop: Shop) -> None:
    hook = make_hook(shop, "http://127.0.0.1:1/")
    for role in ("editor", "viewer"):
        client = signed_in(shop, role)
        for path in ("webhooks", "new-webhook", f"webhooks/{hook.id}"):
            assert client.get(f"/sections/shop/{path}").status_code == 403
    shop.store.sections.create("Other", "reject", ADMIN, shop.clock.now())
    assert signed_in(shop, section="other").get(f"/sections/other/webhooks/{hook.id}").status_code == 404
