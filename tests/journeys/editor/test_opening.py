"""How the editor comes up on a page, and what the page's snippets do meanwhile or instead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from collector import clock
from collector.web.site_editor.tokens import SECOND, Pass, make_token
from tests.cast import ADMIN
from tests.editor.person import Person
from tests.journeys.editor.conftest import A_PERSONS, Installation
from tests.servers.client import Client
from tests.servers.waiting import eventually

GREET = "word => fieldpost('page.greeted', {word})"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(user_agent=A_PERSONS)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def words(installation: Installation, count: int) -> list[str]:
    return [one["data"]["word"] for one in installation.stored("page.greeted", count)]


def test_the_token_leaves_the_address_and_nothing_is_stored_while_something_is_edited(
    installation: Installation, page: Page
) -> None:
    token = installation.token()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(installation.address("/seeds", token))
    assert Person(page).panel
    assert page.evaluate("location.href") == f"{installation.site.url}/seeds#fieldpost=edit"
    page.evaluate(GREET, "unheard")
    assert [one for one in asked if one.startswith(installation.site.url) and token in one] == []
    assert page.evaluate("Object.keys(fieldpost.w ?? {}).length") == 0
    # The same person on the same page, without the editor.
    page.evaluate("sessionStorage.removeItem('fieldpost.edit')")
    page.goto(f"{installation.site.url}/seeds/carrot")
    page.wait_for_function("!!fieldpost.identify")
    page.evaluate(GREET, "heard")
    assert words(installation, 1) == ["heard"]


def test_it_is_there_on_the_sites_next_page_and_gone_when_it_is_left(
    installation: Installation, page: Page
) -> None:
    page.goto(installation.address("/seeds"))
    assert Person(page).panel
    page.goto(f"{installation.site.url}/seeds/carrot#fieldpost=edit")
    assert Person(page).panel
    page.goto(f"{installation.site.url}/seeds")
    page.wait_for_function("!!fieldpost.identify")
    assert page.frames == [page.main_frame]


def test_somebody_opens_it_from_the_admins_page(installation: Installation, page: Page) -> None:
    _, link = installation.shop.store.people.invite("ada@example.com", "shop", "editor", ADMIN, clock.now())
    page.goto(f"{installation.server.url}/sign-in/{link}")
    page.goto(f"{installation.server.url}/sections/shop/definitions/page.greeted")
    page.get_by_role("link", name="Triggers").click()
    page.get_by_label("Page").fill(f"{installation.site.url}/seeds")
    page.get_by_role("button", name="Make a link").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the editor on the page").click()
    assert Person(opened.value).panel
    # The site cannot reach back to the admin's page, and is not told where it came from.
    assert opened.value.evaluate("[window.opener, document.referrer]") == [None, ""]


def test_whoever_is_removed_is_refused_by_the_running_server_at_once(installation: Installation) -> None:
    store = installation.shop.store
    bob, _ = store.people.invite("bob@example.com", "shop", "editor", ADMIN, clock.now())
    told = Pass("shop", installation.site.url, bob.id, None, clock.now() + 60 * SECOND)
    client = Client(installation.server.url, make_token(told, store.editing.seal()))
    assert client.get("/b/editor/definitions").status == 200
    store.people.remove(bob.id, "shop", ADMIN, clock.now())
    refused = client.get("/b/editor/definitions")
    assert (refused.status, refused.document["code"]) == (401, "editor-closed")


def test_a_page_with_a_base_and_a_fragment_of_its_own_keeps_both(
    installation: Installation, page: Page
) -> None:
    address = f"{installation.site.url}/based?a=1#/cart&fieldpost=edit"
    page.goto(f"{address}.{installation.token()}")
    assert Person(page).panel
    assert page.evaluate("location.href") == address


def bad_tokens(installation: Installation) -> dict[str, str]:
    store = installation.shop.store
    eve, _ = store.people.invite("eve@example.com", "shop", "viewer", ADMIN, clock.now())
    mallory, _ = store.people.invite("mallory@example.com", "elsewhere", "owner", ADMIN, clock.now())
    site, until, seal = installation.site.url, clock.now() + 60 * SECOND, store.editing.seal()
    if store.sections.find("elsewhere") is None:
        store.sections.create("Elsewhere", "reject", ADMIN, clock.now())
    return {
        "over": installation.token(seconds=-1),
        "nonsense": "nonsense",
        "viewer": make_token(Pass("shop", site, eve.id, None, until), seal),
        "another-origin": make_token(Pass("shop", "https://other.example", eve.id, None, until), seal),
        "another-section": make_token(Pass("elsewhere", site, mallory.id, None, until), seal),
    }


@pytest.mark.parametrize("which", ["over", "nonsense", "viewer", "another-origin", "another-section"])
def test_with_a_token_that_opens_nothing_the_page_works_as_always(
    installation: Installation, page: Page, which: str
) -> None:
    address = installation.address("/seeds", bad_tokens(installation)[which])
    page.add_init_script(
        "window.fieldpost = function () { (fieldpost.q = fieldpost.q || []).push(arguments) };"
        f"({GREET})('early {which}')"
    )
    with page.expect_console_message(lambda told: "the editor does not open" in told.text):
        page.goto(address)
    page.evaluate(GREET, f"late {which}")
    assert eventually(lambda: {f"early {which}", f"late {which}"} <= set(words(installation, 1))), words(
        installation, 1
    )
    assert page.frames == [page.main_frame]


def test_files_that_do_not_ask_for_the_tools_are_quiet_too(installation: Installation, page: Page) -> None:
    version = installation.definition("page.greeted")["current_version"]["id"]
    page.goto(installation.address("/seeds"))
    assert Person(page).panel
    page.evaluate(
        "address => new Promise((done) => { const tag = document.createElement('script'); tag.src = address;"
        " tag.onload = done; document.head.append(tag) })",
        f"{installation.server.url}/s/{version}.js",
    )
    page.evaluate(GREET, "pinned")
    assert page.evaluate("Object.keys(fieldpost.w ?? {}).length") == 0
    page.evaluate("fieldpost.hush.end()")
    page.evaluate(GREET, "told")
    assert "pinned" not in words(installation, 1)


def test_a_draft_is_tried_on_the_page_with_its_triggers_and_its_calls(
    installation: Installation, page: Page
) -> None:
    token = installation.token()
    buy = {"on": "click", "selector": ".buy", "values": {"word": {"from": "text"}}}
    draft = {
        "title": "Product added",
        "category": "signal",
        "fields": [{"name": "word", "type": "text", "required": True}],
        "triggers": [{"on": "page", "address": "/nowhere"}, buy],
    }
    page.goto(installation.address("/seeds", token))
    assert Person(page).panel
    kept = page.evaluate(
        "async ([doors, token, definition]) => (await fetch(doors + 'drafts/tried.here', {method: 'PUT',"
        " headers: {Authorization: 'Bearer ' + token, 'Content-Type': 'application/json'},"
        " body: JSON.stringify({definition, revision: null})})).json()",
        [f"{installation.server.url}/b/editor/", token, draft],
    )
    assert kept["tried"].startswith(f"{installation.server.url}/b/editor/{token}/tried/tried.here."), kept
    page.evaluate("window.heard = []; fieldpost.tried = (one) => heard.push(one); 0")
    page.evaluate("address => import(address)", kept["tried"])
    # Tried twice: the newest speaks alone.
    page.evaluate("address => import(address + '?2')", kept["tried"])
    page.locator(".buy").first.dispatch_event("click")
    page.evaluate("fieldpost('tried.here', {word: 7}, 'Checkout'); fieldpost('another', {})")
    heard = page.evaluate("heard")
    assert [one["event"] for one in heard] == ["tried.here", "tried.here"]
    assert heard[0]["trigger"] == 1
    assert isinstance(heard[0]["data"]["word"], str)
    assert heard[1] == {"event": "tried.here", "data": {"word": 7}, "source": "Checkout"}
    page.evaluate("fieldpost.trying = undefined")
    page.locator(".buy").first.dispatch_event("click")
    assert page.evaluate("heard.length") == 2
    assert installation.client.get("/api/v1/definitions/tried.here").status == 404
    expect(page.locator(".buy").first).to_be_visible()
