"""The APSIS One doors, in the documented shapes: what a client of that API sends and hears."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from collector.core.documents import parse_definition
from collector.core.permissions import Key
from collector.store.definitions import Edit
from tests.cast import ADMIN, EVERY_TYPE, ORDER, Shop

EMAIL, MOBILE = "com.apsis1.keyspaces.email", "com.apsis1.keyspaces.mobile"
CRM, WEB = "com.apsis1.keyspaces.crm-id", "com.apsis1.keyspaces.web"
VISITOR = "0b8dc4a2-5f0f-4d3e-9c55-6f1f8f0f8a11"
ON_SQLITE = pytest.mark.parametrize("ready_database_url", ["sqlite"], indirect=True)
TIME = "2026-09-21T12:00:00Z"


class Client:
    """A client of that API: it asks for a token first."""

    def __init__(self, shop: Shop, key: Key) -> None:
        self.shop, self.key = shop, key
        answer = self.ask_for_token()
        assert answer.status_code == 200
        self.token = answer.get_json()["access_token"]

    def ask_for_token(self, **members: Any) -> TestResponse:
        credentials = {"client_id": self.key.id, "client_secret": self.shop.secrets[self.key.id]}
        document = {"grant_type": "client_credentials", **credentials, **members}
        return self.shop.client.post("/oauth/token", json=document)

    def ask(self, method: str, path: str, document: Any = None, **query: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        body = {} if document is None else {"json": document}
        return self.shop.client.open(
            f"/audience{path}", method=method, headers=headers, query_string=query, **body
        )

    def post(self, *items: Any, keyspace: str = EMAIL, key: str = "alice@example.com") -> TestResponse:
        path = f"/keyspaces/{keyspace}/profiles/{key}/sections/shop/events"
        return self.ask("POST", path, {"items": list(items)})

    def merge(self, *profiles: tuple[str, str]) -> TestResponse:
        listed = [{"keyspace_discriminator": space, "profile_key": key} for space, key in profiles]
        return self.ask("PUT", "/profiles/merges", {"profiles": listed})

    def version_id(self) -> Any:
        versions = self.ask("GET", "/sections/shop/events").get_json()["items"][0]["versions"]
        return next(one["id"] for one in versions if one["deprecated_at"] is None)

    def item(self, **members: Any) -> dict[str, Any]:
        return {"event_time": TIME, "version_id": self.version_id(), "data": ORDER, **members}


@pytest.fixture
def client(shop: Shop) -> Client:
    shop.define(EVERY_TYPE)
    return Client(shop, shop.key("CMS"))


def stored(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.shop.get(client.key, "/api/v1/events").get_json()["events"]
    return found


def test_a_token_is_a_jwt_good_for_a_day(client: Client) -> None:
    document = client.ask_for_token().get_json()
    assert (document["expires_in"], document["token_type"]) == (86_400, "Bearer")
    payload = document["access_token"].split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    now = client.shop.clock.now() // 1_000_000
    assert told["exp"] == now + 86_400
    client.shop.clock.forward(86_399)
    assert client.ask("GET", "/keyspaces").status_code == 200
    client.shop.clock.forward(1)
    answer = client.ask("GET", "/keyspaces")
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")


def test_a_token_ends_with_its_key(client: Client) -> None:
    client.shop.store.keys.revoke(client.key.id, ADMIN, client.shop.clock.now())
    assert client.ask("GET", "/keyspaces").status_code == 401
    assert client.ask_for_token().status_code == 401


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"client_secret": "fp_none"}, 401),
        ({"client_id": "0000000000000"}, 401),
        ({"client_secret": None}, 400),
        ({"grant_type": "password"}, 400),
    ],
    ids=str,
)
def test_whoever_has_no_key_gets_no_token(client: Client, change: dict[str, Any], status: int) -> None:
    assert client.ask_for_token(**change).status_code == status


@ON_SQLITE
def test_credentials_may_come_as_a_form(client: Client) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": client.key.id,
        "client_secret": client.shop.secrets[client.key.id],
    }
    assert client.shop.client.post("/oauth/token", data=form).status_code == 200


def forged(client: Client) -> list[str]:
    header, payload, seal = client.token.split(".")
    unsealed = json.dumps({"alg": "none", "kid": client.key.id}).encode()
    nothing = base64.urlsafe_b64encode(unsealed).decode().rstrip("=")
    changed = f"{header}.{payload}.{seal[:-4]}AAAA"
    return [f"{nothing}.{payload}.", changed, f"{header}.e30.{seal}", "eyJ", "eyJ.e.e"]


@ON_SQLITE
def test_a_forged_token_opens_nothing(client: Client) -> None:
    for token in forged(client):
        client.token = token
        assert client.ask("GET", "/keyspaces").status_code == 401


@ON_SQLITE
def test_what_there_is_is_listed_in_items(client: Client) -> None:
    keyspaces = client.ask("GET", "/keyspaces").get_json()["items"]
    assert {one["discriminator"] for one in keyspaces} == {EMAIL, MOBILE, CRM, WEB}
    assert client.ask("GET", "/sections").get_json() == {"items": [{"name": "Shop", "discriminator": "shop"}]}


def test_an_event_is_listed_with_its_versions(client: Client) -> None:
    shop = client.shop
    before = client.ask("GET", "/sections/shop/events").get_json()["items"][0]
    assert before["discriminator"].startswith("com.apsis1.events.transaction.custom-order-completed-")
    assert len(before["discriminator"].rpartition("-")[2]) == 10
    definition = shop.store.definitions.find("shop", "order.completed")
    assert definition is not None
    draft = parse_definition({**EVERY_TYPE, "title": "Order", "fields": EVERY_TYPE["fields"][:3]})  # type: ignore[index]
    shop.clock.forward(60)
    shop.store.definitions.save(definition, Edit(draft, None), 0, ADMIN, shop.clock.now())
    after = client.ask("GET", "/sections/shop/events").get_json()["items"][0]
    assert (after["name"], after["discriminator"]) == ("Order", before["discriminator"])
    assert [one["deprecated_at"] for one in after["versions"]] == ["2026-09-21T14:14:20Z", None]
    assert after["versions"][0]["id"] == before["versions"][0]["id"]


def test_what_may_be_read_and_written_is_told_if_it_is_asked_for(shop: Shop) -> None:
    shop.define({**EVERY_TYPE, "allowed_operations": {"email": ["read", "write"], "mobile": ["write"]}})
    client = Client(shop, shop.key("CMS", "email:write", "mobile:read,write"))
    assert "keyspace_permissions" not in client.ask("GET", "/sections/shop/events").get_json()["items"][0]
    asked = client.ask("GET", "/sections/shop/events", include_keyspace_permissions="true")
    told = {
        one["keyspace_discriminator"]: one["allowed_operations"]
        for one in asked.get_json()["items"][0]["keyspace_permissions"]
    }
    assert told == {EMAIL: "write", MOBILE: "write", CRM: "none", WEB: "write"}


def test_posted_items_are_events_of_the_profile_which_is_made(client: Client) -> None:
    answer = client.post(
        client.item(), client.item(event_time="2026-09-21T12:00:01Z"), key="Alice@Example.com"
    )
    assert answer.status_code == 201
    assert [one["verdict"] for one in answer.get_json()["items"]] == ["stored", "stored"]
    events = stored(client)
    assert [one["identifiers"] for one in events] == [{"email": "alice@example.com"}] * 2
    assert {one["occurred_at"] for one in events} == {TIME, "2026-09-21T12:00:01Z"}
    again = client.post(client.item(), key="alice@example.com").get_json()
    assert again["items"][0]["verdict"] == "duplicate"


@ON_SQLITE
@pytest.mark.parametrize(
    ("keyspace", "key", "identifiers"),
    [
        (MOBILE, "+46701234567", {"mobile": "+46701234567"}),
        (CRM, "a%2Fb%20c", {"crm_id": "a/b c"}),
        (WEB, VISITOR, {}),
    ],
)
def test_every_keyspace_takes_events(client: Client, keyspace: str, key: str, identifiers: Any) -> None:
    assert client.post(client.item(), keyspace=keyspace, key=key).status_code == 201
    assert stored(client)[0]["identifiers"] == identifiers


def test_of_several_items_the_good_ones_are_stored(client: Client) -> None:
    bad = [client.item(data={"total": "x"}), client.item(version_id="none"), client.item(event_time="now"), 7]
    answer = client.post(client.item(), *bad)
    document = answer.get_json()
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert [one["verdict"] for one in document["items"]] == ["stored", *["rejected"] * 4]
    pointers = {one["pointer"] for one in document["errors"]}
    assert {"/items/1/data/total", "/items/2/version_id", "/items/3/event_time"} <= pointers
    assert len(stored(client)) == 1
    kept = client.shop.get(client.key, "/api/v1/rejections").get_json()["rejections"]
    assert len(kept) == 4


def test_what_is_hidden_is_gone_and_another_sections_is_unknown(client: Client) -> None:
    shop = client.shop
    shop.store.sections.create("Other", "reject", ADMIN, shop.clock.now())
    other = shop.define(EVERY_TYPE, "other")
    answer = client.post(client.item(version_id=other.versions[0].id))
    assert answer.get_json()["errors"][0]["code"] == "version-unknown"
    assert client.ask("GET", "/sections/other/events").status_code == 404
    definition = shop.store.definitions.find("shop", "order.completed")
    assert definition is not None
    item = client.item()
    shop.store.definitions.hide(definition, ADMIN, shop.clock.now())
    assert client.post(item).status_code == 410
    assert client.ask("GET", "/sections/shop/events").get_json() == {"items": []}


@ON_SQLITE
@pytest.mark.parametrize(
    ("path", "document", "status"),
    [
        ("/keyspaces/none/profiles/a@b.se/sections/shop/events", {"items": [{}]}, 404),
        (f"/keyspaces/{EMAIL}/profiles/nobody/sections/shop/events", {"items": [{}]}, 400),
        (f"/keyspaces/{EMAIL}/profiles/a@b.se/sections/other/events", {"items": [{}]}, 404),
        (f"/keyspaces/{EMAIL}/profiles/a@b.se/sections/shop/events", {}, 400),
        (f"/keyspaces/{EMAIL}/profiles/a@b.se/sections/shop/events", {"items": []}, 400),
        (f"/keyspaces/{EMAIL}/profiles/a@b.se/sections/shop/events", [], 400),
        (f"/keyspaces/{EMAIL}/profiles/a@b.se/sections/shop/events", {"items": [{}] * 501}, 400),
    ],
)
def test_what_cannot_be_read_is_refused(client: Client, path: str, document: Any, status: int) -> None:
    answer = client.ask("POST", path, document)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


def test_a_merge_makes_profiles_one_and_links_browsers(client: Client) -> None:
    client.post(client.item())
    client.post(client.item(event_time="2026-09-21T12:00:01Z"), keyspace=CRM, key="7")
    client.post(client.item(event_time="2026-09-21T12:00:02Z"), keyspace=WEB, key=VISITOR)
    people = [(EMAIL, "alice@example.com"), (CRM, "7"), (WEB, VISITOR)]
    for _ in range(2):
        assert client.merge(*people).status_code == 204
    assert len({one["profile"] for one in stored(client)}) == 1
    assert client.merge((EMAIL, "alice@example.com"), (CRM, "8")).status_code == 404


def test_a_browser_is_merged_with_somebody_new(client: Client) -> None:
    client.post(client.item(), keyspace=WEB, key=VISITOR)
    assert client.merge((WEB, VISITOR), (EMAIL, "new@example.com")).status_code == 204
    found = client.shop.get(client.key, "/api/v1/profiles/email/new@example.com").get_json()
    assert stored(client)[0]["profile"] == found["id"]


@ON_SQLITE
@pytest.mark.parametrize(
    "document",
    [{}, [], {"profiles": []}, {"profiles": [7, 8]}, {"profiles": [{"keyspace_discriminator": EMAIL}] * 2}],
    ids=str,
)
def test_a_merge_of_nobody_is_refused(client: Client, document: Any) -> None:
    assert client.ask("PUT", "/profiles/merges", document).status_code == 400


def test_a_profile_is_erased(client: Client) -> None:
    client.post(client.item())
    path = f"/keyspaces/{EMAIL}/profiles/alice@example.com"
    assert client.ask("DELETE", path).status_code == 204
    assert stored(client) == []
    assert client.ask("DELETE", path).status_code == 404
    assert client.ask("DELETE", f"/keyspaces/{WEB}/profiles/{VISITOR}").status_code == 404


@ON_SQLITE
def test_the_address_of_a_profile_s_events_erases_nobody(client: Client) -> None:
    """Not even somebody whose CRM id looks like the rest of it."""
    client.post(client.item(), keyspace=CRM, key="7/sections/shop/events")
    path = f"/keyspaces/{CRM}/profiles/7/sections/shop/events"
    assert client.ask("DELETE", path).status_code == 405
    assert len(stored(client)) == 1


def test_rights_are_those_of_everywhere(client: Client) -> None:
    item = client.item()
    shop = client.shop
    for limits, scopes in ((("crm_id:read,write",), ("ingest",)), ((), ("read",))):
        other = Client(shop, shop.key("x", *limits, scopes=scopes))
        assert other.post(item).status_code == 403
        assert other.merge((EMAIL, "a@b.se"), (CRM, "7")).status_code == 403
        assert other.ask("DELETE", f"/keyspaces/{EMAIL}/profiles/a@b.se").status_code == 403
