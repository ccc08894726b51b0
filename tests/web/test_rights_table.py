"""The table of rights, walked: every route, every kind of key, every role."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from collector.core.identifiers import KINDS
from collector.core.permissions import SCOPES
from collector.core.rights import RIGHTS, ROLES
from collector.web.access import ANYBODY, OPERATOR, right_of
from tests.cast import ADMIN, ALICE, EVERY_TYPE, Shop, open_shop, order

REFUSED = {"scope-missing", "role-missing"}
FILLED = {
    "name": "order.completed",
    "event_name": "order.completed",
    "event_id": "1",
    "kind": "email",
    "value": ALICE["email"],
    "number": "1",
    "form": "csv",
    "key_id": "0000000000000",
    "section_id": "shop",
}


@dataclass(frozen=True)
class Asker:
    """Somebody at the door: how they ask, and which rights the table gives them."""

    name: str
    headers: dict[str, str]
    client: FlaskClient
    rights: frozenset[str]

    def opens(self, rule: Rule, method: str) -> bool:
        """Whether the route lets this one in; a page sends whom it does not know to sign in."""
        form = {"csrf": self._csrf()}
        body = {"data": form} if is_page(rule) else {"json": []}
        answer = self.client.open(path_of(rule), method=method, headers=self.headers, **body)
        assert answer.status_code < 500, (method, path_of(rule))
        return answer.status_code not in (401, 403) and "/sign-in" not in answer.headers.get("Location", "")

    def _csrf(self) -> str:
        cookie = self.client.get_cookie("fieldpost_session")
        secret = cookie.value if cookie is not None else ""
        return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    shop = open_shop(f"sqlite:///{tmp_path_factory.mktemp('walk') / 'f.db'}")
    shop.define(EVERY_TYPE)
    shop.send(shop.key(), order())
    yield shop
    shop.store.close()


def askers(shop: Shop) -> Iterator[Asker]:
    for scope in SCOPES:
        key = shop.key(scope, scopes=(scope,))
        rights = frozenset(name for name, right in RIGHTS.items() if scope in right.scopes)
        yield Asker(f"key {scope}", shop.headers(key), shop.app.test_client(), rights)
    for role in ROLES:
        client = shop.app.test_client()
        _, link = shop.store.people.invite(f"{role}@example.com", "shop", role, ADMIN, shop.clock.now())
        assert client.get(f"/sign-in/{link}").status_code == 303
        rights = frozenset(name for name, right in RIGHTS.items() if role in right.roles)
        yield Asker(f"role {role}", {"Origin": "http://localhost"}, client, rights)


def is_page(rule: Rule) -> bool:
    return rule.endpoint.startswith("pages_")


def path_of(rule: Rule) -> str:
    built = rule.build({name: FILLED.get(name, "1") for name in rule.arguments})
    assert built is not None
    return built[1]


def methods_of(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def api_rules(shop: Shop) -> list[tuple[Rule, str]]:
    found = [
        (rule, right_of(shop.app.view_functions[rule.endpoint])) for rule in shop.app.url_map.iter_rules()
    ]
    return [(rule, right) for rule, right in found if right not in (None, ANYBODY, OPERATOR)]


def test_every_route_opens_to_whom_the_table_says_and_to_nobody_else(walked: Shop) -> None:
    wrong = []
    for asker in askers(walked):
        for rule, right in api_rules(walked):
            # A page is for people: no key opens it, whatever its scopes are.
            entitled = right in asker.rights and not (is_page(rule) and asker.name.startswith("key"))
            wrong += [
                f"{asker.name} {method} {path_of(rule)}"
                for method in methods_of(rule)
                if asker.opens(rule, method) != entitled
            ]
    assert wrong == []


def test_without_a_key_or_a_session_no_route_of_the_table_opens(walked: Shop) -> None:
    stranger = Asker("stranger", {}, walked.app.test_client(), frozenset())
    rules = [rule for rule, _ in api_rules(walked)]
    assert [rule for rule in rules for method in methods_of(rule) if stranger.opens(rule, method)] == []


def test_every_right_is_needed_by_some_route(walked: Shop) -> None:
    assert {right for _, right in api_rules(walked)} == set(RIGHTS)


@pytest.mark.parametrize("granted", KINDS)
def test_rights_over_everybody_need_every_identifier(walked: Shop, granted: str) -> None:
    key = walked.key("some", f"{granted}:read,write")
    for rule, right in api_rules(walked):
        if is_page(rule) or not RIGHTS[right].of_everybody:
            continue
        answer = walked.client.open(
            path_of(rule), method=methods_of(rule)[0], headers=walked.headers(key), json=[]
        )
        # The doors of another API say it in that API's shape, which may have no code.
        told = answer.get_json().get("code", "identifier-not-allowed")
        assert (answer.status_code, told) == (403, "identifier-not-allowed")


@pytest.mark.parametrize("granted", KINDS)
@pytest.mark.parametrize("asked", KINDS)
def test_reading_by_an_identifier_needs_the_right_on_it(walked: Shop, granted: str, asked: str) -> None:
    key = walked.key("some", f"{granted}:read")
    values = {"email": "nobody@example.com", "mobile": "+46701234567", "crm_id": "7"}
    for tail in ("", "/timeline"):
        answer = walked.get(key, f"/api/v1/profiles/{asked}/{values[asked]}{tail}")
        assert answer.status_code == (404 if granted == asked else 403)


def test_no_profile_is_looked_up_before_the_rights_are_checked(
    walked: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    database = walked.store.database.peewee
    execute = database.execute_sql

    def listen(sql: str, params: object = None) -> object:
        asked.append(sql)
        return execute(sql, params)

    monkeypatch.setattr(database, "execute_sql", listen)
    key = walked.key("blind", "crm_id:read,write")
    walked.get(key, f"/api/v1/profiles/email/{ALICE['email']}")
    walked.get(key, f"/api/v1/profiles/email/{ALICE['email']}/timeline")
    walked.send(key, order("2"))
    walked.post(key, "/api/v1/events/validate", order("3"))
    assert asked != []
    assert [sql for sql in asked if '"profile"' in sql.split("FROM")[-1] or '"identifier"' in sql] == []
