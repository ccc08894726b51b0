"""`/api/v1/keys`: made, listed, revoked."""

from __future__ import annotations

import pytest

from tests.cast import ADMIN, EVERY_TYPE, Shop, order

PATH = "/api/v1/keys"


def test_a_key_is_made_told_once_and_works(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    admin = shop.key("admin")
    made = shop.post(admin, PATH, {"name": "Till", "grants": {"email": ["write"]}, "scopes": ["ingest"]})
    assert made.status_code == 201
    document = made.get_json()
    headers = {"Authorization": f"Bearer {document['key']}"}
    assert shop.client.post("/api/v1/events", json=order(), headers=headers).status_code == 200
    listed = shop.get(admin, PATH).get_json()["keys"]
    assert document["key"] not in str(listed)
    assert listed[-1]["grants"] == {"crm_id": [], "email": ["write"], "mobile": []}
    assert shop.client.delete(f"{PATH}/{document['id']}", headers=shop.headers(admin)).status_code == 204
    assert shop.client.post("/api/v1/events", json=order(), headers=headers).status_code == 401
    assert shop.get(admin, PATH).get_json()["keys"][-1]["revoked_at"] is not None
    actions = [one["action"] for one in shop.get(admin, "/api/v1/audit").get_json()["audit"]]
    assert actions[:2] == ["key.revoked", "key.created"]


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"name": ""},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["root"]},
        {"name": "x", "y": 1},
    ],
)
def test_what_describes_no_key_is_a_400(shop: Shop, document: object) -> None:
    assert shop.post(shop.key("admin"), PATH, document).status_code == 400


@pytest.mark.parametrize(
    "wanted",
    [{"scopes": ["read"]}, {"scopes": ["admin"]}, {"scopes": ["admin"], "grants": {"mobile": ["read"]}}],
)
def test_a_key_makes_none_that_may_do_more_than_itself(shop: Shop, wanted: dict[str, object]) -> None:
    small = shop.key("small", "email:read", scopes=("admin",))
    answer = shop.post(small, PATH, {"name": "x", **wanted})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "scope-missing")


def test_another_sections_key_cannot_be_revoked(shop: Shop) -> None:
    shop.store.sections.create("Other", "reject", ADMIN, shop.clock.now())
    other = shop.key("theirs", section="other")
    answer = shop.client.delete(f"{PATH}/{other.id}", headers=shop.headers(shop.key("admin")))
    assert answer.status_code == 404
    assert shop.get(other, PATH).status_code == 200


def test_the_last_use_of_a_key_is_told_to_a_minute(shop: Shop) -> None:
    admin = shop.key("admin")

    def last_used() -> str | None:
        used: str | None = shop.get(admin, PATH).get_json()["keys"][0]["last_used_at"]
        return used

    assert last_used() == "2026-09-21T14:13:20Z"
    shop.clock.forward(30)
    assert last_used() == "2026-09-21T14:13:20Z"
    shop.clock.forward(31)
    assert last_used() == "2026-09-21T14:14:21Z"
