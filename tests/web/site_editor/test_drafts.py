"""Drafts of the editor: kept, tried, published, thrown away."""

from __future__ import annotations

from typing import Any

import pytest

from collector.core.definitions import Definition
from collector.core.documents import dump_document
from tests.cast import ADMIN, EVERY_TYPE, Shop
from tests.web.site_editor.editor import BUY, SITE, Editor, opened

NEW_FIELD = {"name": "colour", "type": "text"}


@pytest.fixture
def editor(shop: Shop) -> Editor:
    return opened(shop)


@pytest.fixture
def order(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


def of_order(**members: Any) -> dict[str, Any]:
    """The draft members of the definition that there is, changed."""
    return {"category": "transaction", "fields": EVERY_TYPE["fields"], "triggers": [], **members}


def wrong(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return {(one["code"], one["pointer"]) for one in answer.get_json()["errors"]}


def test_what_pages_of_the_origin_may_send_can_be_edited(
    shop: Shop, editor: Editor, order: Definition
) -> None:
    for name, tracking in (
        ("anywhere", {"enabled": True, "origins": []}),
        ("elsewhere", {"enabled": True, "origins": ["https://other.example"]}),
        ("by.api", {"enabled": False}),
    ):
        shop.define({"event_name": name, "title": name, "category": "signal", "web_tracking": tracking})
    editor.keep("new.one", title="A new one")
    told = editor.ask("GET", "definitions").get_json()
    assert told["section"] == {"id": "shop", "name": "Shop"}
    assert (told["origin"], told["event_name"]) == (SITE, None)
    assert [(one["event_name"], one["has_draft"], one["is_new"]) for one in told["definitions"]] == [
        ("anywhere", False, False),
        ("new.one", True, True),
        ("order.completed", False, False),
    ]
    assert told["definitions"][1]["triggers"] == 1
    for name in ("elsewhere", "by.api"):
        answer = editor.ask("GET", f"definitions/{name}")
        assert (answer.status_code, answer.get_json()["code"]) == (403, "origin-not-allowed")
        assert editor.keep(name, None).status_code == 403


def test_a_new_event_goes_from_nothing_to_a_stored_event(shop: Shop, editor: Editor) -> None:
    assert editor.ask("GET", "definitions/shop~basket.seen").status_code == 404
    kept = editor.keep("shop~basket.seen", title="Basket seen")
    assert kept.status_code == 200, kept.text
    assert editor.show("shop~basket.seen")["definition"] is None
    assert shop.store.definitions.find("shop", "shop/basket.seen") is None
    published = editor.publish("shop~basket.seen").get_json()
    assert (published["state"], published["version"], published["draft"]) == ("current", 1, None)
    made = shop.store.definitions.find("shop", "shop/basket.seen")
    assert made is not None
    assert dump_document(made.draft)["web_tracking"]["triggers"] == [BUY]
    assert made.draft.web_tracking.origins == (SITE,)
    assert ".buy" in shop.client.get(f"/s/{made.id}.js").text
    answer = shop.beacon(made.versions[0].id, {"id": "1", "data": {"total": 1.5}}, SITE)
    assert answer.get_json() == {"verdict": "stored"}


def test_a_new_event_asks_visitors_for_as_much_as_the_others_of_the_site(shop: Shop, editor: Editor) -> None:
    for name, tracking in (
        ("a", {"consent": "gpc", "visitor": "session"}),
        ("b", {"consent": "ask", "identity": "signed", "origins": [SITE]}),
        ("c", {"visitor": "page", "origins": ["https://other.example"]}),
    ):
        web = {"enabled": True, "origins": [], **tracking}
        shop.define({"event_name": name, "title": name, "category": "signal", "web_tracking": web})
    editor.keep("new.one")
    editor.publish("new.one")
    made = shop.store.definitions.find("shop", "new.one")
    assert made is not None
    web_tracking = made.draft.web_tracking
    assert (web_tracking.consent, web_tracking.visitor, web_tracking.identity) == ("ask", "session", "signed")


def test_triggers_count_at_once_and_fields_after_the_hold(
    shop: Shop, editor: Editor, order: Definition
) -> None:
    fields = [*EVERY_TYPE["fields"], NEW_FIELD]
    from_page = {**BUY, "values": {"colour": {"from": "constant", "value": "red"}}}
    assert editor.keep("order.completed", **of_order(fields=fields, triggers=[from_page])).status_code == 200
    told = editor.publish("order.completed").get_json()
    assert (told["state"], told["version"], told["draft"]) == ("pending", 2, None)
    assert told["held_until"] == told["current_from"]
    shop.clock.forward(3)
    script = shop.client.get(f"/s/{order.id}.js").text
    assert ".buy" in script
    # The current version has no such field: it would refuse the whole event.
    assert "colour" not in script
    shop.clock.forward(3600)
    assert "colour" in shop.client.get(f"/s/{order.id}.js").text


def test_while_fields_are_held_the_triggers_alone_can_be_published(
    shop: Shop, editor: Editor, order: Definition
) -> None:
    fields = [*EVERY_TYPE["fields"], NEW_FIELD]
    editor.keep("order.completed", **of_order(fields=fields))
    assert editor.publish("order.completed").get_json()["state"] == "pending"
    editor.keep(
        "order.completed", **of_order(fields=[*fields, {"name": "size", "type": "text"}], triggers=[BUY])
    )
    assert editor.show("order.completed")["held_until"] is not None
    held = editor.publish("order.completed")
    assert (held.status_code, held.get_json()["code"]) == (409, "held")
    assert held.get_json()["held_until"]
    assert held.headers["Retry-After"] == "3600"
    told = editor.publish("order.completed", only="triggers").get_json()
    assert told["definition"]["web_tracking"]["triggers"] == [BUY]
    assert told["version"] == 2
    # What is held stays a draft, and can be published later as it is.
    assert [one["name"] for one in told["draft"]["fields"]][-1] == "size"
    shop.clock.forward(3600)
    editor = opened(shop)
    assert not editor.show("order.completed")["is_behind"]
    assert editor.publish("order.completed").get_json()["version"] == 3


def test_triggers_alone_take_the_draft_away_if_nothing_is_left_of_it(
    editor: Editor, order: Definition
) -> None:
    editor.keep("order.completed", **of_order(title="Order completed", triggers=[BUY]))
    told = editor.publish("order.completed", only="triggers").get_json()
    assert (told["draft"], told["state"]) == (None, "current")


def test_nothing_new_is_unchanged(editor: Editor, order: Definition) -> None:
    editor.keep("order.completed", **of_order(title="Order completed"))
    told = editor.publish("order.completed").get_json()
    assert (told["state"], told["version"], told["draft"]) == ("unchanged", 1, None)


def test_what_the_editor_does_not_show_stays_as_it_is(shop: Shop, editor: Editor) -> None:
    document = {
        **EVERY_TYPE,
        "description": "Every order",
        "tags": ["money"],
        "allowed_operations": {"email": ["read"], "mobile": [], "crm_id": []},
        "goal": {"type": "purchase", "value_field": "total"},
        "web_tracking": {"enabled": True, "origins": [SITE], "consent": "ask", "source": "Shop"},
    }
    before = dump_document(shop.define(document).draft)
    editor.keep("order.completed", **of_order(title="Bought", triggers=[BUY]))
    editor.publish("order.completed")
    stored = shop.store.definitions.find("shop", "order.completed")
    assert stored is not None
    after = dump_document(shop.store.definitions.read_again(stored).draft)
    web = {**before["web_tracking"], "triggers": [BUY]}
    assert after == {**before, "title": "Bought", "web_tracking": web}


def test_a_draft_is_judged_as_a_definition_is(editor: Editor, order: Definition) -> None:
    fields = [{"name": "total", "type": "number"}]
    triggers = [
        {"on": "click", "selector": "..buy"},
        {"on": "time"},
        {**BUY, "values": {"no": {"from": "text"}}},
    ]
    assert wrong(editor.keep("order.completed", **of_order(fields=fields))) == {
        ("type-unknown", "/fields/0/type")
    }
    assert wrong(editor.keep("order.completed", **of_order(triggers=triggers))) == {
        ("selector-invalid", "/triggers/0/selector"),
        ("member-missing", "/triggers/1/seconds"),
        ("field-unknown", "/triggers/2/values/no"),
    }
    assert wrong(editor.keep("order.completed", category="signal")) == {("fixed", "/category")}
    assert wrong(editor.keep("order.completed", **of_order(event_name="other"))) == {("fixed", "/event_name")}
    assert wrong(editor.keep("order.completed", **of_order(web_tracking={}))) == {
        ("member-unknown", "/web_tracking")
    }
    for document in (None, [], "x", 1):
        answer = editor.ask("PUT", "drafts/new", {"definition": document, "revision": None})
        assert wrong(answer) == {("type-wrong", "")}
    for triggers in ("x", [1], {}, None):
        assert {pointer[:9] for _, pointer in wrong(editor.keep("new", triggers=triggers))} == {"/triggers"}
    assert editor.ask("GET", "definitions/new").status_code == 404


def test_whoever_has_seen_an_older_state_overwrites_nothing(
    shop: Shop, editor: Editor, order: Definition
) -> None:
    seen = editor.show("order.completed")["revision"]
    assert editor.ask("PUT", "drafts/order.completed", {"definition": {}}).get_json()["code"] == (
        "precondition-missing"
    )
    first = editor.keep("order.completed", seen, **of_order(title="First")).get_json()
    stale = editor.keep("order.completed", seen, **of_order(title="Second"))
    assert (stale.status_code, stale.get_json()["code"]) == (412, "stale")
    assert stale.get_json()["draft"]["title"] == "First"
    assert stale.get_json()["revision"] == first["revision"]
    # Thrown away and made anew is another state too.
    assert editor.ask("DELETE", "drafts/order.completed").status_code == 204
    editor.keep("order.completed", **of_order(title="Third"))
    assert editor.keep("order.completed", first["revision"], **of_order()).status_code == 412
    assert editor.ask("POST", "publish/order.completed", {"revision": first["revision"]}).status_code == 412
    assert editor.ask("POST", "publish/order.completed", {}).status_code == 428


def test_a_draft_that_is_behind_its_definition_is_saved_again_before_it_counts(
    shop: Shop, editor: Editor, order: Definition
) -> None:
    editor.keep("order.completed", **of_order(title="Mine", triggers=[BUY]))
    shop.client.put(
        "/api/v1/definitions/order.completed",
        json={**EVERY_TYPE, "description": "Somebody else's"},
        headers={**shop.headers(shop.key()), "If-Match": '"1"'},
    )
    assert editor.show("order.completed")["is_behind"]
    refused = editor.publish("order.completed")
    assert (refused.status_code, refused.get_json()["code"]) == (412, "stale")
    assert editor.keep("order.completed", **of_order(title="Mine", triggers=[BUY])).status_code == 200
    published = editor.publish("order.completed").get_json()["definition"]
    assert (published["title"], published["description"]) == ("Mine", "Somebody else's")


def test_drafts_of_one_section_are_nobody_elses(shop: Shop, editor: Editor) -> None:
    editor.keep("new.one")
    assert shop.store.editing.find("other", "new.one") is None
    assert [one.event_name for one in shop.store.editing.drafts("shop")] == ["new.one"]


def test_a_hidden_definition_is_gone_for_the_editor_too(
    shop: Shop, editor: Editor, order: Definition
) -> None:
    editor.keep("order.completed", **of_order())
    shop.store.definitions.hide(order, ADMIN, shop.clock.now())
    assert editor.ask("GET", "definitions").get_json()["definitions"] == []
    for method, path in (
        ("GET", "definitions"),
        ("PUT", "drafts"),
        ("POST", "publish"),
        ("DELETE", "drafts"),
    ):
        answer = editor.ask(method, f"{path}/order.completed", {} if method != "GET" else None)
        assert (answer.status_code, answer.get_json()["code"]) == (410, "definition-hidden")


@pytest.mark.parametrize(
    "name", ["..", ".", "A", "a b", "identify", "constructor", "__proto__", "a" * 101, "a'b", "<x>"]
)
def test_a_name_that_no_event_can_have_is_refused(editor: Editor, name: str) -> None:
    answer = editor.keep(name, None, event_name=name)
    assert answer.status_code in (404, 422), answer.text
    assert editor.ask("GET", "definitions").get_json()["definitions"] == []


def test_hostile_texts_stay_texts(editor: Editor) -> None:
    selector = '[title="</script><!-- \\\\ \' ${x} \u2028"]'
    title = "</script><img onerror=alert(1)> \u202e`${}`"
    kept = editor.keep("new.one", title=title, triggers=[{"on": "click", "selector": selector}])
    assert kept.status_code == 200, kept.text
    script = editor.script(kept.get_json()["tried"].partition(editor.token)[2])
    assert script.status_code == 200
    assert "</script" not in script.text
    assert "<!--" not in script.text
    assert script.text.isascii()
    assert editor.show("new.one")["draft"]["title"] == title


def test_a_draft_is_tried_with_its_own_snippet(shop: Shop, editor: Editor, order: Definition) -> None:
    address = editor.keep("order.completed", **of_order(triggers=[BUY])).get_json()["tried"]
    assert address.startswith(f"http://localhost/b/editor/{editor.token}/tried/order.completed.")
    path = address.partition(editor.token)[2]
    script = editor.script(path)
    assert (script.status_code, script.mimetype) == (200, "text/javascript")
    assert ".buy" in script.text
    assert ".tried" in script.text
    for never in ("fetch(", "localStorage", "import("):
        assert never not in script.text
    editor.keep("order.completed", **of_order(triggers=[]))
    assert editor.script(path).status_code == 404
    assert editor.script("/tried/no.such.0000000000000.js").status_code == 404


def test_a_body_is_json_within_its_bounds(shop: Shop, editor: Editor) -> None:
    editor.keep("new")
    bearing = {"Authorization": f"Bearer {editor.token}", "Origin": SITE}
    doors = (("PUT", "drafts/new"), ("POST", "publish/new"), ("POST", "verdicts/new"))

    def sent(method: str, path: str, body: bytes, kind: str = "application/json") -> tuple[int, str]:
        answer = shop.client.open(
            f"/b/editor/{path}", method=method, data=body, content_type=kind, headers=bearing
        )
        assert answer.mimetype == "application/problem+json", (path, body[:30])
        return answer.status_code, answer.get_json()["code"]

    for method, path in doors:
        assert sent(method, path, b"{}", "text/plain") == (415, "media-type-unsupported")
        large = b'{"x": "' + b"x" * 1_100_000 + b'"}'
        assert sent(method, path, large) == (413, "body-too-large")
        for body in (b"[" * 100_000, b"\xff", b"{", b"[] []"):
            assert sent(method, path, body) == (400, "body-unreadable")
    assert sent("PUT", "drafts/new", b'{"definition": {"title": "\\u0000"}}') == (400, "request-invalid")
    assert sent("PUT", "drafts/new", b'{"__proto__": 1}') == (400, "request-invalid")


def test_a_section_has_so_many_drafts_at_most(
    shop: Shop, editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.store.editing.MOST_DRAFTS", 2)
    assert [editor.keep(name).status_code for name in ("a", "b", "c", "b")] == [200, 200, 400, 200]
