"""The pages about triggers: opened on the site, drafted, published, thrown away, undone."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from collector.core.definitions import Definition
from collector.web.site_editor.tokens import read_token
from tests.cast import ADMIN, EVERY_TYPE, Shop
from tests.web.pages.admin import Admin, admin, links, words
from tests.web.site_editor.editor import BUY, SITE, Editor, opened

TRIGGERS = "definitions/order.completed/triggers"
PAGE = {"on": "page", "address": "/shop/*"}


@pytest.fixture
def order(shop: Shop) -> Definition:
    return shop.define(
        {**EVERY_TYPE, "web_tracking": {"enabled": True, "origins": [SITE], "triggers": [BUY]}}
    )


@pytest.fixture
def ada(shop: Shop, order: Definition) -> Admin:
    return admin(shop, "editor")


def drafted(editor: Editor, **members: Any) -> None:
    told = {"category": "transaction", "title": "Order completed", "fields": EVERY_TYPE["fields"], **members}
    assert editor.keep("order.completed", **told).status_code == 200


def draft_number(html: str) -> str:
    return re.findall(r'name="draft" value="([^"]+)"', html)[0]


def the_link(html: str) -> str:
    [link] = links(html, "fieldpost=edit.")
    return link


def test_the_editor_is_opened_on_a_page_of_a_listed_origin(shop: Shop, ada: Admin) -> None:
    html = ada.send(f"{TRIGGERS}/open", page=" https://Shop.example:443/cart?a=1&b=2 ").text
    address, _, token = the_link(html).partition("#fieldpost=edit.")
    assert address == "https://Shop.example:443/cart?a=1&b=2"
    told = read_token(token, shop.store.editing.seal())
    assert told is not None
    assert (told.section_id, told.origin, told.event_name) == ("shop", SITE, "order.completed")
    assert Editor(shop, token).ask("GET", "definitions").status_code == 200
    [entry] = shop.store.audit.page("shop", 1, None).items
    assert (entry.action, entry.subject, entry.after) == (
        "editor.opened",
        "order.completed",
        {"origin": SITE},
    )
    assert token not in str(entry)


def test_what_the_fragment_had_stays_in_it(ada: Admin) -> None:
    html = ada.send(f"{TRIGGERS}/open", page="https://shop.example/#/cart").text
    assert the_link(html).startswith("https://shop.example/#/cart&fieldpost=edit.")


def test_an_origin_that_is_not_listed_opens_nothing_and_the_listed_ones_are_told(ada: Admin) -> None:
    for address in ("https://evil.example/", "https://shop.example.evil.example/", "http://shop.example/"):
        answer = ada.send(f"{TRIGGERS}/open", page=address)
        assert answer.status_code == 403
        assert links(answer.text, "fieldpost=edit") == []
        assert "Listed: https://shop.example" in words(answer.text)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "shop.example",
            "javascript:alert(1)",
            "https://",
            "https://a b/",
            "https://shop.example:99999/",
        ),
        *(
            "https://user@shop.example/",
            'https://shop.example/"><script>',
            "https://[::1/",
            "data:text/html,x",
        ),
        *("https://shop.example\\@evil.example/", "https://" + "a" * 70 + ".example/", "//shop.example/"),
    ],
)
def test_what_is_no_address_of_a_page_is_refused_in_words(ada: Admin, address: str) -> None:
    answer = ada.send(f"{TRIGGERS}/open", page=address)
    assert answer.status_code in (400, 403)
    assert links(answer.text, "fieldpost=edit") == []
    assert 'role="alert"' in answer.text


def test_it_is_said_when_no_snippet_was_ever_heard_of_there(
    shop: Shop, ada: Admin, order: Definition
) -> None:
    silent = words(ada.send(f"{TRIGGERS}/open", page=f"{SITE}/").text)
    assert "No snippet or bundle of this section was ever heard of on https://shop.example" in silent
    shop.beacon(order.versions[0].id, {"id": "1", "data": {"total": 1}}, SITE)
    heard = words(ada.send(f"{TRIGGERS}/open", page=f"{SITE}/").text)
    assert "No snippet or bundle" not in heard
    assert "was last heard of there" in heard


def test_it_is_said_when_no_file_for_the_page_asks_for_the_editor(shop: Shop, ada: Admin) -> None:
    assert "has the debug mode" not in words(ada.send(f"{TRIGGERS}/open", page=f"{SITE}/").text)
    tracking = {"enabled": True, "origins": ["https://bare.example"], "debug": False}
    shop.define({"event_name": "bare", "title": "Bare", "category": "signal", "web_tracking": tracking})
    for path in ("definitions/bare/triggers/open", "on-your-site"):
        said = words(ada.send(path, page="https://bare.example/").text)
        assert "No file of this section for https://bare.example has the debug mode" in said


def test_where_events_do_not_say_their_trigger_nothing_is_claimed_of_its_health(
    shop: Shop, ada: Admin
) -> None:
    assert "Has not fired yet" in words(ada.read(TRIGGERS))
    tracking = {"enabled": True, "origins": [SITE], "trigger_numbers": False, "triggers": [BUY]}
    shop.define({"event_name": "bare", "title": "Bare", "category": "signal", "web_tracking": tracking})
    said = words(ada.read("definitions/bare/triggers"))
    assert "it is not known how each does" in said
    assert "Has not fired yet" not in said


def test_for_a_new_event_the_origin_is_one_that_the_section_lists(shop: Shop, ada: Admin) -> None:
    html = ada.send("on-your-site", page=f"{SITE}/new").text
    told = read_token(the_link(html).partition("edit.")[2], shop.store.editing.seal())
    assert told is not None
    assert told.event_name is None
    assert ada.send("on-your-site", page="https://evil.example/").status_code == 403


def test_without_a_snippet_there_is_nothing_to_open(shop: Shop) -> None:
    assert "No page has a snippet of this section yet" in words(admin(shop, "editor").read("on-your-site"))


def test_only_who_may_change_definitions_opens_publishes_and_undoes(shop: Shop, order: Definition) -> None:
    viewer = admin(shop, "viewer")
    for path in ("open", "publish", "throw-away", "undo"):
        assert viewer.send(f"{TRIGGERS}/{path}", page=f"{SITE}/").status_code == 403
    for path in ("on-your-site", "on-your-site/publish", "on-your-site/throw-away"):
        assert viewer.send(path, page=f"{SITE}/").status_code == 403
    html = viewer.read(TRIGGERS)
    assert "When somebody clicks .buy" in words(html)
    assert "<button" not in html.partition("<main")[2]


def test_a_draft_is_shown_with_what_it_would_change_and_is_published(shop: Shop, ada: Admin) -> None:
    editor = opened(shop)
    fields = [*EVERY_TYPE["fields"], {"name": "colour", "type": "text"}]
    price = {**BUY, "values": {"total": {"from": "text", "selector": ".price"}}}
    drafted(editor, fields=fields, triggers=[price, PAGE])
    html = ada.read(TRIGGERS)
    said = words(html)
    assert "by editor@example.com" in said
    assert "total : the text of .price" in said or "total: the text of .price" in said
    assert "When a page is looked at on /shop/*" in said
    assert "colour" in said
    answer = ada.send(f"{TRIGGERS}/publish", draft=draft_number(html), do="everything")
    assert answer.status_code == 303
    stored = shop.store.definitions.find("shop", "order.completed")
    assert stored is not None
    stored = shop.store.definitions.read_again(stored)
    assert list(stored.draft.web_tracking.triggers) == [price, PAGE]
    assert len(stored.versions) == 2
    assert shop.store.editing.find("shop", "order.completed") is None


def test_while_fields_are_held_the_page_offers_the_triggers(shop: Shop, ada: Admin) -> None:
    editor = opened(shop)
    first = [*EVERY_TYPE["fields"], {"name": "colour", "type": "text"}]
    drafted(editor, fields=first, triggers=[BUY])
    editor.publish("order.completed")
    drafted(editor, fields=[*first, {"name": "size", "type": "text"}], triggers=[PAGE])
    html = ada.read(TRIGGERS)
    assert "Publish the triggers" in html
    refused = ada.send(f"{TRIGGERS}/publish", draft=draft_number(html), do="everything")
    assert refused.status_code == 409
    assert ada.send(f"{TRIGGERS}/publish", draft=draft_number(html), do="triggers").status_code == 303
    assert shop.store.editing.find("shop", "order.completed") is not None


def test_a_draft_that_somebody_else_saved_anew_is_not_published_unseen(shop: Shop, ada: Admin) -> None:
    editor = opened(shop)
    drafted(editor, triggers=[PAGE])
    seen = draft_number(ada.read(TRIGGERS))
    drafted(editor, triggers=[])
    for path in ("publish", "throw-away"):
        assert ada.send(f"{TRIGGERS}/{path}", draft=seen).status_code == 412
    assert ada.send(f"{TRIGGERS}/throw-away", draft=draft_number(ada.read(TRIGGERS))).status_code == 303
    assert ada.send(f"{TRIGGERS}/throw-away", draft=seen).status_code == 404


def test_a_change_is_undone_on_the_page(shop: Shop, ada: Admin) -> None:
    editor = opened(shop)
    drafted(editor, triggers=[PAGE])
    editor.publish("order.completed")
    html = ada.read(TRIGGERS)
    newest = re.findall(r'name="change" value="([^"]+)"', html)[0]
    assert ada.send(f"{TRIGGERS}/undo", change=newest).status_code == 303
    assert "When somebody clicks .buy" in words(ada.read(TRIGGERS).partition('id="triggers"')[2])
    assert ada.send(f"{TRIGGERS}/undo", change="nothing").status_code == 404
    [undone, *_] = shop.store.trigger_history.of(_stored(shop), 5)
    assert (undone.who, undone.door) == ("ada@example.com", "pages")


def test_drafts_of_new_events_are_listed_published_and_thrown_away(shop: Shop, ada: Admin) -> None:
    editor = opened(shop)
    editor.keep("menu~opened", title="<b>Menu</b> opened")
    editor.keep("not.wanted")
    html = ada.read("on-your-site")
    assert "<b>Menu</b> opened" in unescape(html)
    assert "<b>Menu" not in html
    numbers = dict(
        zip(("menu/opened", "not.wanted"), re.findall(r'name="draft" value="([^"]+)"', html), strict=True)
    )
    for name, path in (("menu/opened", "publish"), ("not.wanted", "throw-away")):
        assert ada.send(f"on-your-site/{path}", event_name=name, draft=numbers[name]).status_code == 303
    made = shop.store.definitions.find("shop", "menu/opened")
    assert made is not None
    assert made.draft.web_tracking.origins == (SITE,)
    assert shop.store.editing.drafts("shop") == []


def test_where_web_tracking_is_off_there_are_no_triggers(shop: Shop, ada: Admin) -> None:
    shop.define({"event_name": "by.api", "title": "By API", "category": "signal"})
    assert "Web tracking is off" in words(ada.read("definitions/by.api/triggers"))
    assert ada.send("definitions/by.api/triggers/open", page=f"{SITE}/").status_code == 403


def test_a_hidden_definition_has_no_page(shop: Shop, ada: Admin, order: Definition) -> None:
    shop.store.definitions.hide(order, ADMIN, shop.clock.now())
    assert ada.ask(TRIGGERS).status_code == 410


def _stored(shop: Shop) -> Definition:
    found = shop.store.definitions.find("shop", "order.completed")
    assert found is not None
    return found
