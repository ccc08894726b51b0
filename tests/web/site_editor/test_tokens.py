"""Who the editor's doors open to, and to whom they do not."""

from __future__ import annotations

import jwt
import pytest

from collector.core.permissions import SCOPES
from collector.core.rights import RIGHTS, ROLES
from collector.store.opening import open_store
from collector.web.access import ANYBODY, right_of
from collector.web.site_editor.tokens import LIFE_SECONDS, SECOND, Pass, make_token, read_token
from tests.cast import ADMIN, EVERY_TYPE, NOON, Shop
from tests.web.roads import EVERY_ROAD
from tests.web.site_editor.editor import SITE, Editor, opened, person

pytestmark = EVERY_ROAD

DOORS = [
    ("GET", "definitions"),
    ("GET", "definitions/order.completed"),
    ("PUT", "drafts/order.completed"),
    ("DELETE", "drafts/order.completed"),
    ("POST", "publish/order.completed"),
    ("POST", "verdicts/order.completed"),
    ("GET", "history/order.completed"),
    ("POST", "history/order.completed/undo"),
    ("GET", "health/order.completed"),
]


@pytest.fixture(autouse=True)
def defined(shop: Shop) -> None:
    shop.define(EVERY_TYPE)


def closed_for(editor: Editor) -> bool:
    """Whether every door is shut: 401 for the calls, 404 for the scripts."""
    answers = [editor.ask(method, path) for method, path in DOORS]
    scripts = [editor.script(), editor.script("/tried/order.completed.0000000000000.js")]
    assert {one.status_code for one in answers + scripts} <= {200, 204, 400, 401, 404, 415, 422, 428}
    told = [one.status_code == 401 and one.get_json()["code"] == "editor-closed" for one in answers]
    return all(told) and all(one.status_code == 404 for one in scripts)


def open_for(editor: Editor) -> bool:
    return editor.ask("GET", "definitions").status_code == 200 and editor.script().status_code == 200


def test_every_door_is_in_this_list(shop: Shop) -> None:
    rules = [one for one in shop.app.url_map.iter_rules() if one.endpoint.startswith("site_editor_")]
    found = {
        (method, str(rule).removeprefix("/b/editor/").partition("/")[0])
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if "<token>" not in str(rule)
    }
    assert found == {(method, path.partition("/")[0]) for method, path in DOORS}
    assert {right_of(shop.app.view_functions[rule.endpoint]) for rule in rules} == {ANYBODY}


def test_whoever_may_change_definitions_is_let_in_and_nobody_else(shop: Shop) -> None:
    wanted = RIGHTS["definitions.write"].roles
    assert {role for role in ROLES if open_for(opened(shop, role))} == wanted
    assert {role for role in ROLES if closed_for(opened(shop, role))} == set(ROLES) - wanted


def test_no_token_a_broken_one_and_one_of_another_server_open_nothing(shop: Shop) -> None:
    good = opened(shop)
    head, claims, seal = good.token.split(".")
    told = Pass("shop", SITE, person(shop), None, shop.clock.now() + SECOND * 60)
    others = [
        "x",
        "a.b.c",
        f"{head}.{claims}.{seal[:-2]}AA",
        f"{head}.{claims}.",
        make_token(told, b"another server's seal, as long as ours is"),
        jwt.encode({"aud": "fieldpost-editor", "sub": "1", "exp": 9_999_999_999}, key="", algorithm="none"),
        "é" * 40,
        "x" * 10_000,
    ]
    assert open_for(good)
    for token in others:
        answer = shop.client.get(
            "/b/editor/definitions",
            headers={"Origin": SITE, "Authorization": f"Bearer {token}".encode().decode("latin-1")},
        )
        assert (answer.status_code, answer.get_json()["code"]) == (401, "editor-closed"), token
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert shop.client.get(f"/b/editor/{token}.js", headers={"Origin": SITE}).status_code == 404
    for header in ({}, {"Authorization": ""}, {"Authorization": good.token}, {"Authorization": "Basic eDp5"}):
        assert shop.client.get("/b/editor/definitions", headers=header).status_code == 401
    assert shop.client.get("/b/editor/.js").status_code == 404


def test_a_token_is_over_after_an_hour(shop: Shop) -> None:
    editor = opened(shop)
    shop.clock.forward(LIFE_SECONDS - 1)
    assert open_for(editor)
    shop.clock.forward(1)
    assert closed_for(editor)
    # Its own page may still read that it is over.
    assert editor.ask("GET", "definitions").headers["Access-Control-Allow-Origin"] == SITE


def test_a_page_of_another_origin_is_refused_and_can_read_nothing(shop: Shop) -> None:
    editor = opened(shop)
    for origin in ("https://evil.example", "https://a.shop.example", "http://shop.example", "null", ""):
        elsewhere = Editor(shop, editor.token, origin)
        assert closed_for(elsewhere), origin
        assert "Access-Control-Allow-Origin" not in elsewhere.ask("GET", "definitions").headers
        assert "Access-Control-Allow-Origin" not in elsewhere.script().headers


def test_somebody_who_was_removed_is_out_at_once(shop: Shop) -> None:
    editor = opened(shop)
    assert open_for(editor)
    shop.store.people.remove(person(shop), "shop", ADMIN, shop.clock.now())
    assert closed_for(editor)


def test_somebody_who_became_a_viewer_is_out_at_once(shop: Shop) -> None:
    editor = opened(shop)
    shop.store.people.invite("editor@example.com", "shop", "viewer", ADMIN, shop.clock.now())
    assert closed_for(editor)


def test_a_token_reaches_no_other_section(shop: Shop) -> None:
    shop.store.sections.create("Other", "reject", ADMIN, shop.clock.now())
    shop.define({**EVERY_TYPE, "event_name": "other.done"}, "other")
    editor = opened(shop)
    assert [one["event_name"] for one in editor.ask("GET", "definitions").get_json()["definitions"]] == [
        "order.completed"
    ]
    assert editor.ask("GET", "definitions/other.done").status_code == 404
    of_nobody = Pass("other", SITE, person(shop), None, shop.clock.now() + SECOND * 60)
    assert closed_for(Editor(shop, make_token(of_nobody, shop.store.editing.seal())))
    of_nothing = Pass("gone", SITE, person(shop, "owner", "gone"), None, shop.clock.now() + SECOND * 60)
    assert closed_for(Editor(shop, make_token(of_nothing, shop.store.editing.seal())))


def test_a_token_opens_no_other_door_and_nothing_else_opens_these(shop: Shop) -> None:
    editor = opened(shop, "owner")
    for path in ("/api/v1/definitions", "/api/v1/keys", "/audience/keyspaces"):
        answer = shop.client.get(path, headers={"Authorization": f"Bearer {editor.token}"})
        assert answer.status_code == 401, path
    bearing = {"Authorization": f"Bearer {editor.token}"}
    assert shop.client.get("/sections/shop/definitions", headers=bearing).status_code == 303
    key = shop.key(scopes=SCOPES)
    client = shop.app.test_client()
    _, link = shop.store.people.invite("owner@example.com", "shop", "owner", ADMIN, shop.clock.now())
    assert client.get(f"/sign-in/{link}").status_code == 303
    for method, path in DOORS:
        assert (
            shop.client.open(f"/b/editor/{path}", method=method, headers=shop.headers(key)).status_code == 401
        )
        assert client.open(f"/b/editor/{path}", method=method, json={}).status_code == 401


def test_a_preflight_is_answered_and_tells_nothing(shop: Shop) -> None:
    for path in ("definitions", "drafts/order.completed", "publish/no.such.event"):
        answer = shop.client.options(
            f"/b/editor/{path}",
            headers={"Origin": SITE, "Access-Control-Request-Method": "PUT"},
        )
        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == SITE
        assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
        assert {"PUT", "POST", "GET", "DELETE"} <= set(
            answer.headers["Access-Control-Allow-Methods"].split(", ")
        )
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_nothing_of_it_is_kept_by_caches_or_read_with_credentials(shop: Shop) -> None:
    editor = opened(shop)
    for answer in (
        editor.script(),
        editor.ask("GET", "definitions"),
        editor.ask("GET", "definitions/nothing"),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Access-Control-Allow-Origin"] == SITE
        assert "Origin" in answer.headers["Vary"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_the_script_is_told_what_it_needs(shop: Shop) -> None:
    answer = opened(shop, event_name="order.completed").script()
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    first = answer.text.splitlines()[0]
    assert first.startswith("const about={")
    for text in ('"doors": "http://localhost/b/editor/"', '"event_name": "order.completed"', '"id": "shop"'):
        assert text in first
    assert "<" not in first


def test_on_pages_with_a_snippet_of_another_section_a_token_opens_nothing(shop: Shop) -> None:
    editor = opened(shop)
    assert editor.script(".js?section=shop").status_code == 200
    assert editor.script(".js?section=other").status_code == 404


def test_the_seal_is_made_once_and_is_of_this_database(shop: Shop) -> None:
    seal = shop.store.editing.seal()
    assert len(seal) >= 43
    told = Pass("shop", SITE, 1, None, NOON)
    assert read_token(make_token(told, seal), seal) == told
    assert read_token(make_token(told, seal[:-1] + b"x"), seal) is None


def test_with_a_new_seal_no_token_of_before_is_good(shop: Shop) -> None:
    former = opened(shop)
    assert open_for(former)
    elsewhere = open_store(shop.store.database.url, shop.clock.now, shop.clock.tick)
    elsewhere.editing.change_seal(ADMIN, shop.clock.now())
    elsewhere.close()
    shop.clock.forward(2)
    assert closed_for(former)
    assert open_for(opened(shop))
