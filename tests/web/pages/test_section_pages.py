"""Keys, members, settings and the audit log, on their pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from collector.core.documents import parse_definition
from collector.store import audit
from collector.store.definitions import Edit
from collector.web.pages.audit_words import ACTIONS
from tests.cast import ADMIN, EVERY_TYPE, Shop, order
from tests.web.pages.signing_in import csrf_in, signed_in, text_of

STORE = Path(audit.__file__).parent
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e"


def test_a_key_is_made_shown_once_used_and_revoked(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    client = signed_in(shop)
    form = {"csrf": csrf_in(client.get("/sections/shop/keys")), "name": "Till", "scope": "ingest"}
    made = client.post("/sections/shop/keys", data={**form, "grant-email": "both", "grant-mobile": "any"})
    secret = re.search(r'id="secret">(fp_[^<]+)<', made.get_data(as_text=True))
    assert secret is not None
    headers = {"Authorization": f"Bearer {secret[1]}"}
    assert shop.client.post("/api/v1/events", json=order(), headers=headers).status_code == 200
    assert secret[1] not in client.get("/sections/shop/keys").get_data(as_text=True)
    listed = shop.store.keys.all("shop")[-1].key
    assert listed.grants == {"crm_id": frozenset(), "email": {"read", "write"}, "mobile": frozenset()}
    revoked = client.post(f"/sections/shop/keys/{listed.id}/revoke", data={"csrf": form["csrf"]})
    assert revoked.status_code == 303
    assert "revoked" in text_of(client.get("/sections/shop/keys"))
    assert shop.client.post("/api/v1/events", json=order(), headers=headers).status_code == 401


def test_a_key_without_name_or_scope_is_refused_at_the_field(shop: Shop) -> None:
    client = signed_in(shop)
    answer = client.post("/sections/shop/keys", data={"csrf": csrf_in(client.get("/sections/shop/keys"))})
    assert answer.status_code == 400
    assert "A key has a name" in text_of(answer)
    assert shop.store.keys.all("shop") == []


def test_what_was_asked_of_a_refused_key_is_still_there(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    client = signed_in(shop)
    asked = {"name": "x" * 201, "scope": "admin", "grant-email": "read", "event": "order.completed"}
    csrf = csrf_in(client.get("/sections/shop/keys"))
    shown = client.post("/sections/shop/keys", data={"csrf": csrf, **asked}).get_data(as_text=True)
    for checked in ('"scope" value="admin"', '"grant-email" value="read"', '"event" value="order.completed"'):
        assert f"name={checked} checked" in shown
    assert '"scope" value="read" checked' not in shown
    assert "x" * 201 in shown


def test_a_member_is_invited_with_a_link_that_works_and_removed(shop: Shop) -> None:
    client = signed_in(shop)
    csrf = csrf_in(client.get("/sections/shop/members"))
    invited = client.post(
        "/sections/shop/members", data={"csrf": csrf, "email": "bob@example.com", "role": "viewer"}
    )
    link = re.search(r'id="link">http://localhost(/sign-in/[^<]+)<', invited.get_data(as_text=True))
    assert link is not None
    bob = shop.app.test_client()
    assert bob.get(link[1]).status_code == 303
    assert bob.get("/sections/shop/definitions").status_code == 200
    assert bob.get("/sections/shop/members").status_code == 403
    people = {person.email: person for person, _ in shop.store.people.members("shop")}
    client.post(f"/sections/shop/members/{people['bob@example.com'].id}/remove", data={"csrf": csrf})
    assert bob.get("/sections/shop/definitions").status_code == 404
    own = client.post(f"/sections/shop/members/{people['owner@example.com'].id}/remove", data={"csrf": csrf})
    assert own.status_code == 403


def test_an_address_that_is_none_is_refused(shop: Shop) -> None:
    client = signed_in(shop)
    csrf = csrf_in(client.get("/sections/shop/members"))
    for email, role in (("nonsense", "viewer"), ("bob@example.com", "king")):
        answer = client.post("/sections/shop/members", data={"csrf": csrf, "email": email, "role": role})
        assert answer.status_code == 400


def test_the_secret_is_shown_when_asked_and_rotated(shop: Shop) -> None:
    client = signed_in(shop)
    page = client.get("/sections/shop/settings")
    assert "fps_" not in page.get_data(as_text=True)
    csrf = {"csrf": csrf_in(page)}

    def secrets_after(what: str) -> list[str]:
        answer = client.post(f"/sections/shop/settings/{what}", data=csrf)
        return re.findall(r"fps_[\w-]+", answer.get_data(as_text=True))

    first, both = secrets_after("secret"), secrets_after("rotate")
    assert len(first) == 1
    assert len(both) == 2
    assert both[1] == first[0]


def change_settings(client: FlaskClient, **form: str) -> TestResponse:
    csrf = csrf_in(client.get("/sections/shop/settings"))
    return client.post("/sections/shop/settings", data={"csrf": csrf, **form})


def test_the_name_and_what_becomes_of_unknown_events_are_changed(shop: Shop) -> None:
    client = signed_in(shop)
    assert change_settings(client, name=" Corner shop ", undefined_events="accept").status_code == 303
    changed = shop.store.sections.find("shop")
    assert changed is not None
    assert (changed.name, changed.undefined_events) == ("Corner shop", "accept")
    shown = client.get("/sections/shop/settings").get_data(as_text=True)
    assert re.search(r'value="accept" checked', shown)
    assert "Corner shop" in text_of(client.get("/sections/shop/definitions"))
    [entry] = shop.store.audit.page("shop", 1, None, "shop").items
    assert (entry.action, entry.before["name"], entry.after["name"]) == (
        *("section.changed", "Shop", "Corner shop"),
    )


def test_settings_that_nobody_touched_are_not_saved(shop: Shop) -> None:
    client = signed_in(shop)
    answer = change_settings(client, name="Shop", undefined_events="reject")
    assert "Nothing was changed" in text_of(client.get(answer.headers["Location"]))
    assert [one.action for one in shop.store.audit.page("shop", 9, None, "shop").items] == ["section.created"]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": " ", "undefined_events": "accept"}, "A section has a name of 1 to 200 characters."),
        ({"name": "x" * 201, "undefined_events": "accept"}, "A section has a name of 1 to 200 characters."),
        ({"name": "a\0b", "undefined_events": "accept"}, "U+0000"),
        ({"name": "Shop", "undefined_events": "maybe"}, "Unknown events: one of reject, accept."),
    ],
)
def test_settings_that_are_wrong_say_so_and_change_nothing(
    shop: Shop, form: dict[str, str], sentence: str
) -> None:
    answer = change_settings(signed_in(shop), **form)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    kept = shop.store.sections.find("shop")
    assert kept is not None
    assert (kept.name, kept.undefined_events) == ("Shop", "reject")


def test_an_editor_changes_no_settings(shop: Shop) -> None:
    answer = change_settings(signed_in(shop, "editor"), name="Mine", undefined_events="accept")
    assert answer.status_code == 403


def test_the_audit_log_shows_what_changed(shop: Shop) -> None:
    client = signed_in(shop)
    shop.define({**EVERY_TYPE, "title": HOSTILE})
    answer = client.get("/sections/shop/audit")
    assert "Made the definition order.completed" in text_of(answer)
    assert "<script>alert" not in answer.get_data(as_text=True)
    assert "order.completed" in text_of(client.get("/sections/shop/audit?subject=order.completed"))
    assert "Nothing was changed yet" in text_of(client.get("/sections/shop/audit?subject=nothing"))


def test_a_long_audit_log_is_paged(shop: Shop) -> None:
    for number in range(60):
        shop.key(f"key {number}")
    client = signed_in(shop)
    first = client.get("/sections/shop/audit").get_data(as_text=True)
    older = re.search(r'href="([^"]+cursor=[^"]+)">Older', first)
    assert older is not None
    second = client.get(older[1].replace("&amp;", "&")).get_data(as_text=True)
    assert "Made the section" in second
    assert "Made the section" not in first


def test_a_changed_definition_is_told_in_words(shop: Shop) -> None:
    definition = shop.define(EVERY_TYPE)
    fields = [{**one, "required": True} if one["name"] == "lines" else one for one in EVERY_TYPE["fields"]]
    draft = parse_definition({**EVERY_TYPE, "fields": fields, "title": "Order paid"})
    shop.store.definitions.save(definition, Edit(draft, None), 3600, ADMIN, shop.clock.now())
    told = text_of(signed_in(shop).get("/sections/shop/audit"))
    assert "Changed the definition order.completed" in told
    assert "lines is now required (before: optional): stricter." in told
    assert "Also: title." in told


def test_no_words_are_kept_for_actions_that_nobody_records() -> None:
    recorded = set(re.findall(r'"(\w+\.\w+)"', "".join(path.read_text() for path in STORE.rglob("*.py"))))
    assert set(ACTIONS) <= recorded
