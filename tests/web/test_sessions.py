"""Signing in with a one-time link, and what a session may do."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from collector.store.models import Ticket
from collector.store.people import EVERY_SECTION, LINK_SECONDS, SESSION_SECONDS
from tests.cast import ADMIN, EVERY_TYPE, Shop, order

OURS = {"Origin": "http://localhost"}


def invited(shop: Shop, role: str = "owner", section: str = "shop") -> str:
    _, secret = shop.store.people.invite("Ada@Example.com", section, role, ADMIN, shop.clock.now())
    return secret


def signed_in(shop: Shop, role: str = "owner", section: str = "shop") -> FlaskClient:
    client = shop.app.test_client()
    assert client.get(f"/sign-in/{invited(shop, role, section)}").status_code == 303
    return client


def test_a_link_signs_in_once(shop: Shop) -> None:
    link = invited(shop)
    first, second = shop.app.test_client(), shop.app.test_client()
    answer = first.get(f"/sign-in/{link}")
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert first.get("/api/v1/definitions").status_code == 200
    again = second.get(f"/sign-in/{link}")
    assert (again.status_code, again.mimetype) == (401, "text/html")
    assert second.get("/api/v1/definitions").status_code == 401


def test_links_and_sessions_end(shop: Shop) -> None:
    link = invited(shop)
    client = signed_in(shop)
    shop.clock.forward(SESSION_SECONDS + 1)
    assert client.get("/api/v1/definitions").status_code == 401
    shop.clock.forward(LINK_SECONDS)
    assert shop.client.get(f"/sign-in/{link}").status_code == 401


def test_signing_out_ends_the_session_on_the_server_too(shop: Shop) -> None:
    client = signed_in(shop)
    kept = client.get_cookie("fieldpost_session")
    assert kept is not None
    assert client.post("/sign-out").status_code == 403, "another site cannot sign anybody out"
    assert client.get("/api/v1/definitions").status_code == 200
    token = re.findall(r'name="csrf" value="([0-9a-f]{64})"', client.get("/account").text)
    assert client.post("/sign-out", data={"csrf": token[0]}).status_code == 303
    thief = shop.app.test_client()
    thief.set_cookie("fieldpost_session", kept.value)
    assert thief.get("/api/v1/definitions").status_code == 401


def test_only_hashes_of_links_and_sessions_are_stored(shop: Shop) -> None:
    link = invited(shop)
    client = signed_in(shop)
    cookie = client.get_cookie("fieldpost_session")
    assert cookie is not None
    rows = str(shop.store.database.rows(Ticket.select()))
    assert link not in rows
    assert cookie.value not in rows


def test_another_site_cannot_use_the_session_to_change_something(shop: Shop) -> None:
    client = signed_in(shop)
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = client.post("/api/v1/definitions", json=EVERY_TYPE, headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "not-same-origin")
    assert client.post("/api/v1/definitions", json=EVERY_TYPE, headers=OURS).status_code == 201


def test_a_role_in_one_section_opens_no_other(shop: Shop) -> None:
    shop.store.sections.create("Other", "reject", ADMIN, shop.clock.now())
    client = signed_in(shop)
    assert client.get("/api/v1/definitions").status_code == 200
    assert client.get("/api/v1/definitions", headers={"Fieldpost-Section": "shop"}).status_code == 200
    for other in ("other", "nothing", "*"):
        assert client.get("/api/v1/definitions", headers={"Fieldpost-Section": other}).status_code == 404


def test_a_role_in_every_section_opens_each(shop: Shop) -> None:
    shop.store.sections.create("Other", "reject", ADMIN, shop.clock.now())
    client = signed_in(shop, "viewer", EVERY_SECTION)
    unclear = client.get("/api/v1/definitions")
    assert (unclear.status_code, unclear.get_json()["code"]) == (400, "section-unclear")
    for section in ("shop", "other"):
        assert client.get("/api/v1/definitions", headers={"Fieldpost-Section": section}).status_code == 200


def test_people_see_identifiers_that_no_integration_may_read(shop: Shop) -> None:
    shop.define({**EVERY_TYPE, "allowed_operations": {"email": ["write"]}})
    till = shop.key()
    shop.send(till, order())
    assert shop.get(till, "/api/v1/events/order.completed/1").status_code == 404
    client = signed_in(shop, "viewer")
    assert client.get("/api/v1/events/order.completed/1").get_json()["identifiers"] == order()["identifiers"]


def test_what_a_person_changes_is_audited_under_their_name(shop: Shop) -> None:
    client = signed_in(shop)
    client.post("/api/v1/definitions", json=EVERY_TYPE, headers=OURS)
    entry = client.get("/api/v1/audit").get_json()["audit"][0]
    assert (entry["action"], entry["who"], entry["from"]["door"]) == (
        "definition.created",
        "ada@example.com",
        "pages",
    )
