"""What a page can do with a snippet, in a real Chromium, on another origin than the collector."""

from __future__ import annotations

import re
import time
from datetime import datetime
from itertools import islice

import pytest
from playwright.sync_api import Page

from collector.core.fields import Field
from snippet.build import SPELLINGS, build, variants
from snippet.embed import STUB, content_security_policy, integrity
from snippet.plan import Places, Plan
from tests.snippet.conftest import FIELDS, Shop
from tests.snippet.stand_in import Server

ORDER = "fieldpost('order.completed', {total: 149.99, currency: 'SEK'})"


def test_an_event_says_what_the_collector_needs(page: Page, shop: Shop, collector: Server) -> None:
    page.goto(shop.page("/", shop.snippet()))
    page.evaluate(ORDER)
    (beacon,) = collector.wait_for_beacons(1)
    (event,) = beacon.events
    assert beacon.path == "/b/v1"
    assert beacon.content_type.startswith("text/plain")
    assert abs(beacon.sent_at - time.time() * 1000) < 60_000
    assert set(event) == {"id", "data", "occurred_at", "visitor"}
    assert event["data"] == {"total": 149.99, "currency": "SEK"}
    assert abs(datetime.fromisoformat(event["occurred_at"]).timestamp() - time.time()) < 60
    for name in ("id", "visitor"):
        assert re.fullmatch(r"[0-9]{14}\.[0-9]{5,30}", event[name])
    assert event["visitor"] != event["id"]


def test_no_beacon_needs_a_preflight(page: Page, shop: Shop, collector: Server) -> None:
    page.goto(shop.page("/", shop.snippet()))
    page.evaluate(ORDER)
    collector.wait_for_stored(1)
    assert collector.methods == ["POST"]


def test_calls_from_before_and_after_the_file_are_sent(page: Page, shop: Shop, collector: Server) -> None:
    page.goto(shop.page("/", before=ORDER))
    page.evaluate("taken = fieldpost")
    page.add_script_tag(url=shop.snippet())
    page.evaluate("fieldpost('order.completed', {total: 2}); taken('order.completed', {total: 3})")
    events = collector.wait_for_stored(3)
    assert sorted(event["data"]["total"] for event in events) == [2, 3, 149.99]


def test_a_page_needs_no_stub(page: Page, shop: Shop, site: Server, collector: Server) -> None:
    page.goto(site.page("/", f'<script src="{shop.snippet()}"></script>'))
    page.evaluate(ORDER)
    collector.wait_for_stored(1)


def test_a_page_may_name_another_source(page: Page, shop: Shop, collector: Server) -> None:
    page.goto(shop.page("/", shop.snippet()))
    page.evaluate("fieldpost('order.completed', {total: 1}, 'Checkout')")
    (event,) = collector.wait_for_stored(1)
    assert event["source"] == "Checkout"


def test_an_identified_person_goes_along_from_then_on(page: Page, shop: Shop, collector: Server) -> None:
    before = "fieldpost('order.completed', {total: 1}); fieldpost('identify', {email: 'a@b.c'}, 'token')"
    page.goto(shop.page("/", shop.snippet(), before=before))
    page.evaluate("fieldpost('order.completed', {total: 2})")
    page.evaluate("fieldpost.identify({crm_id: '7'})")
    page.evaluate("fieldpost('order.completed', {total: 3})")
    people = {event["data"]["total"]: event for event in collector.wait_for_stored(3)}
    assert "identifiers" not in people[1]
    assert (people[2]["identifiers"], people[2]["token"]) == ({"email": "a@b.c"}, "token")
    assert people[3]["identifiers"] == {"crm_id": "7"}
    assert "token" not in people[3]


def test_a_snippet_that_comes_later_knows_who_was_there_at_each_call(
    page: Page, shop: Shop, collector: Server
) -> None:
    before = "fieldpost('page.left', {total: 1}); fieldpost('identify', {crm_id: '1'});"
    before += "fieldpost('page.left', {total: 2}); fieldpost('identify', {crm_id: '2'})"
    page.goto(shop.page("/", shop.snippet(), before=before))
    page.evaluate("fieldpost.identify({crm_id: '3'})")
    page.add_script_tag(url=shop.snippet("page.left", "v2"))
    page.evaluate("fieldpost('page.left', {total: 3})")
    people = {event["data"]["total"]: event.get("identifiers") for event in collector.wait_for_stored(3)}
    assert people == {1: None, 2: {"crm_id": "1"}, 3: {"crm_id": "3"}}


@pytest.mark.parametrize("order", [("order.completed", "page.left"), ("page.left", "order.completed")])
def test_two_snippets_take_their_own_calls_in_any_order(
    page: Page, shop: Shop, collector: Server, order: tuple[str, str]
) -> None:
    before = f"{ORDER}; fieldpost('page.left', {{total: 1}})"
    snippets = [shop.snippet(name, name.replace(".", "-")) for name in order]
    page.goto(shop.page("/", *snippets, before=before))
    page.evaluate(before)
    collector.wait_for_stored(4)
    paths = sorted(beacon.path for beacon in collector.beacons)
    assert paths == ["/b/order-completed"] * 2 + ["/b/page-left"] * 2
    assert len({event["visitor"] for event in collector.stored()}) == 1


def test_calls_that_nobody_takes_stay_for_a_later_snippet(page: Page, shop: Shop) -> None:
    page.goto(shop.page("/", shop.snippet(), before="fieldpost('other.event', {})"))
    assert page.evaluate("fieldpost.q.map(call => call[0])") == ["other.event"]


def test_the_same_snippet_twice_sends_once(page: Page, shop: Shop, collector: Server) -> None:
    snippet = shop.snippet()
    page.goto(shop.page("/", snippet, snippet, before=ORDER))
    page.evaluate("fieldpost('order.completed', {total: 2})")
    page.evaluate("fieldpost('order.completed', {total: 3})")
    events = collector.wait_for_stored(3)
    assert sorted(event["data"]["total"] for event in events) == [2, 3, 149.99]
    assert len(collector.beacons) == 3


@pytest.mark.parametrize(
    ("visitor", "same_page", "next_page", "new_tab"),
    [("page", True, False, False), ("session", True, True, False), ("lasting", True, True, True)],
)
def test_a_visitor_is_known_for_as_long_as_the_definition_says(
    page: Page, shop: Shop, collector: Server, visitor: str, same_page: bool, next_page: bool, new_tab: bool
) -> None:
    url = shop.page("/", shop.snippet(visitor=visitor))
    page.goto(url)
    page.evaluate(f"{ORDER}; {ORDER}")
    collector.wait_for_stored(2)
    page.reload()
    page.evaluate(ORDER)
    collector.wait_for_stored(3)
    other = page.context.new_page()
    other.goto(url)
    other.evaluate(ORDER)
    first, second, reloaded, elsewhere = [event["visitor"] for event in collector.wait_for_stored(4)]
    assert (first == second, first == reloaded, first == elsewhere) == (same_page, next_page, new_tab)


def test_without_a_queue_an_event_has_one_try_and_leaves_nothing(
    page: Page, shop: Shop, collector: Server
) -> None:
    collector.status = 503
    url = shop.page("/", shop.snippet(queue=False, visitor="page"))
    page.goto(url)
    page.evaluate(ORDER)
    collector.wait_for_beacons(1)
    page.goto(url)
    page.evaluate("fieldpost('order.completed', {total: 2})")
    assert [beacon.events[0]["data"]["total"] for beacon in collector.wait_for_beacons(2)] == [149.99, 2]
    assert page.evaluate("localStorage.length") == 0


def test_a_strict_policy_with_a_nonce_lets_it_work(
    page: Page, shop: Shop, site: Server, collector: Server
) -> None:
    policy = f"default-src 'none'; script-src {collector.url} 'nonce-abc'; connect-src {collector.url}"
    html = f'<script nonce="abc">{STUB};{ORDER}</script><script async src="{shop.snippet()}"></script>'
    page.goto(site.page("/", html, Content_Security_Policy=policy))
    collector.wait_for_stored(1)


def test_the_policy_to_paste_lets_the_tag_work(
    page: Page, shop: Shop, site: Server, collector: Server
) -> None:
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    url = shop.snippet()
    proof = integrity(collector.pages["/s/v1.js"][1])
    tag = f'<script src="{url}" integrity="{proof}" crossorigin></script>'
    policy = f"default-src 'none'; {content_security_policy(Places(collector.url))}"
    page.goto(site.page("/", f"<script>{STUB}</script>{tag}", Content_Security_Policy=policy))
    page.evaluate(ORDER)
    collector.wait_for_stored(1)
    assert trouble == []


def test_hostile_texts_are_only_texts(page: Page, shop: Shop, collector: Server) -> None:
    hostile = (
        "</script><script>alert(1)</script>",
        "<!--",
        "`${alert(1)}`",
        "\u2028",
        "'\"\\",
        "é😀",
        "a\r\n\tb",
    )
    fields = (
        Field("say", "text", choices=hostile),
        Field("constructor", "text"),
        Field("toString", "integer"),
    )
    plan = Plan("order.completed", "v1", collector.url, fields)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto(shop.page("/"))
    page.set_content(f"<script>{build(plan)}</script>")
    for choice in hostile:
        page.evaluate("text => fieldpost('order.completed', {say: text})", choice)
    events = collector.wait_for_stored(len(hostile))
    assert {event["data"]["say"] for event in events} == set(hostile)


def test_fields_with_names_that_every_object_has_are_fields(
    page: Page, shop: Shop, collector: Server
) -> None:
    fields = (*FIELDS, Field("constructor", "text"), Field("valueOf", "integer"))
    page.goto(shop.page("/", shop.snippet(fields=fields)))
    page.evaluate(
        "fieldpost('order.completed', {total: 1}); fieldpost('order.completed', {total: 2, valueOf: 3})"
    )
    data = {event["data"]["total"]: event["data"] for event in collector.wait_for_stored(2)}
    assert data == {1: {"total": 1}, 2: {"total": 2, "valueOf": 3}}


def test_every_spelling_does_the_same(page: Page, shop: Shop, collector: Server) -> None:
    plan = Plan("order.completed", "v1", collector.url, FIELDS)
    texts = list(islice(variants(plan), 2 ** len(SPELLINGS)))
    for spelling in (one for pair in SPELLINGS for one in pair):
        assert sum(spelling in text for text in texts) == len(texts) / 2
    for number, text in enumerate(texts):
        url = collector.script(f"/s/{number}.js", text)
        collector.status = 503
        page.goto(shop.page(f"/{number}", url))
        page.evaluate(
            f"fieldpost.identify({{crm_id: '{number}'}}); fieldpost('order.completed', {{total: 1}})"
        )
        collector.wait_for_beacons(number * 2 + 1)
        collector.status = 200
        page.reload()
        assert collector.wait_for_stored(number + 1)[-1]["identifiers"] == {"crm_id": str(number)}
