"""Nothing is lost and nobody is pestered, in a real Chromium against a collector that misbehaves."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.snippet.conftest import FIELDS, Shop
from tests.snippet.stand_in import Server

ORDER = "fieldpost('order.completed', {total: 1})"
HUNDRED = "for (let n = 0; n < 100; n++) fieldpost('order.completed', {total: n, currency: 'x'.repeat(1500)})"
KEPT = "Object.keys(localStorage).filter(key => key.includes('#fieldpost')).length"
MINUTE = 60_000


@pytest.fixture
def open_page(page: Page, shop: Shop) -> Page:
    """A page with one snippet whose answers are all in, on a clock that the test turns."""
    page.clock.install()
    page.goto(shop.page("/", shop.snippet()))
    return page


def all_answered(page: Page) -> None:
    """Nothing is kept any more: every answer has arrived in the page."""
    page.wait_for_function(f"{KEPT} == 0")


def waits_again(page: Page, count: int = 1) -> None:
    """The refusals have arrived in the page."""
    page.wait_for_function(f"Object.keys(fieldpost.w).length == {count}")


def keep(page: Page, shop: Shop, version_id: str) -> None:
    """What an earlier page of the site left behind: an event of this version, with the id 1."""
    page.goto(shop.page("/earlier"))
    event = '{"id":"1","data":{"total":1}}'
    page.evaluate(f"localStorage['{shop.collector.url}/b/{version_id}#fieldpost1'] = '{event}'")


def test_a_hundred_events_survive_leaving_at_once(page: Page, shop: Shop, collector: Server) -> None:
    url = shop.page("/", shop.snippet())
    page.goto(shop.page("/start", shop.snippet()))
    page.evaluate(f"{HUNDRED}; location.href = {url!r}")
    page.wait_for_url(url)
    collector.wait_for_stored(100)
    all_answered(page)
    assert {event["data"]["total"] for event in collector.stored()} == set(range(100))


def test_what_was_refused_is_sent_by_the_next_page_under_the_same_id(
    page: Page, shop: Shop, collector: Server
) -> None:
    collector.status = 503
    page.goto(shop.page("/", shop.snippet()))
    page.evaluate(ORDER)
    refused = collector.wait_for_beacons(1)[0].events[0]
    waits_again(page)
    collector.status = 200
    page.goto(shop.page("/next", shop.snippet("page.left", "v2")))
    all_answered(page)
    assert collector.stored() == [refused]
    assert {beacon.path for beacon in collector.beacons} == {"/b/v1"}


def test_what_was_kept_is_sent_once_however_many_snippets_there_are(
    page: Page, shop: Shop, collector: Server
) -> None:
    keep(page, shop, "v0")
    snippet = shop.snippet()
    page.goto(shop.page("/", snippet, snippet, shop.snippet("page.left", "v2")))
    all_answered(page)
    assert [beacon.path for beacon in collector.beacons] == ["/b/v0"]


def test_what_was_refused_is_sent_again_by_the_same_page(open_page: Page, collector: Server) -> None:
    collector.status = 503
    open_page.evaluate(f"{ORDER}; {ORDER}")
    collector.wait_for_beacons(2)
    waits_again(open_page, 2)
    collector.status = 200
    open_page.clock.run_for(2_000)
    collector.wait_for_stored(2)
    all_answered(open_page)
    assert len(collector.beacons) == 4


def test_an_event_from_offline_arrives_when_the_line_is_back(
    page: Page, shop: Shop, collector: Server
) -> None:
    page.goto(shop.page("/", shop.snippet()))
    page.context.set_offline(True)
    page.evaluate(f"{ORDER}; {ORDER}")
    page.wait_for_function("Object.keys(fieldpost.w).length > 0")
    page.context.set_offline(False)
    collector.wait_for_stored(2)
    all_answered(page)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502])
def test_a_passing_refusal_is_tried_again(open_page: Page, collector: Server, status: int) -> None:
    collector.status = status
    open_page.evaluate(ORDER)
    waits_again(open_page)
    collector.status = 200
    open_page.clock.run_for(2_000)
    collector.wait_for_stored(1)


@pytest.mark.parametrize("status", [400, 403, 404, 410, 413, 415, 422])
def test_a_final_refusal_is_not_tried_again(open_page: Page, collector: Server, status: int) -> None:
    collector.status = status
    open_page.evaluate(ORDER)
    collector.wait_for_beacons(1)
    all_answered(open_page)
    open_page.clock.run_for(20 * MINUTE)
    open_page.reload()
    assert len(collector.beacons) == 1


def test_a_collector_that_asks_for_time_gets_it(open_page: Page, collector: Server) -> None:
    collector.status, collector.headers = 429, {"Retry-After": "30"}
    open_page.evaluate(ORDER)
    waits_again(open_page)
    collector.status = 200
    open_page.evaluate("fieldpost('order.completed', {total: 2})")
    open_page.clock.run_for(25_000)
    assert len(collector.beacons) == 1
    open_page.clock.run_for(9_000)
    collector.wait_for_stored(2)


def test_gone_stops_the_snippet_for_this_page_and_no_other(page: Page, shop: Shop, collector: Server) -> None:
    page.goto(shop.page("/", shop.snippet(), shop.snippet("page.left", "v2")))
    collector.status = 410
    page.evaluate(ORDER)
    collector.wait_for_beacons(1)
    all_answered(page)
    collector.status = 200
    page.evaluate(ORDER)
    page.evaluate("fieldpost('page.left', {total: 5})")
    assert [event["data"]["total"] for event in collector.wait_for_stored(1)] == [5]


def test_an_older_version_that_is_gone_stops_nothing_else(page: Page, shop: Shop, collector: Server) -> None:
    keep(page, shop, "v0")
    collector.status = 410
    page.goto(shop.page("/", shop.snippet()))
    all_answered(page)
    collector.status = 200
    page.evaluate("fieldpost('order.completed', {total: 2})")
    assert [event["data"]["total"] for event in collector.wait_for_stored(1)] == [2]


def test_a_collector_that_is_down_is_asked_ever_more_rarely(open_page: Page, collector: Server) -> None:
    collector.status = 503
    open_page.evaluate(HUNDRED)
    collector.wait_for_beacons(100)
    waits_again(open_page, 100)
    for attempt in range(101, 110):
        open_page.clock.run_for(20 * MINUTE)
        collector.wait_for_beacons(attempt)
        waits_again(open_page, 100)
    open_page.clock.run_for(10 * 60 * MINUTE)
    assert len(collector.beacons) == 109
    collector.status = 200
    open_page.evaluate("dispatchEvent(new Event('visibilitychange'))")
    collector.wait_for_stored(100)


def test_no_more_than_two_hundred_wait(open_page: Page, collector: Server) -> None:
    collector.status = 503
    open_page.evaluate(ORDER)
    waits_again(open_page)
    # In one task: between two of them the page may try again, and what is on its way waits no more.
    counted = f"[Object.keys(fieldpost.w).length, {KEPT}]"
    assert open_page.evaluate(f"() => {{ {HUNDRED}; {HUNDRED}; {HUNDRED}; return {counted} }}") == [200, 200]


def test_an_event_that_is_never_taken_holds_up_no_other(page: Page, shop: Shop, collector: Server) -> None:
    page.clock.install()
    page.goto(shop.page("/", shop.snippet(extra_fields=True)))
    page.evaluate("fieldpost('order.completed', {total: 1, poison: 1})")
    waits_again(page)
    page.evaluate(HUNDRED)
    page.clock.run_for(2_000)
    collector.wait_for_beacons(2)
    waits_again(page, 101)
    page.clock.run_for(4_000)
    collector.wait_for_stored(100)
    page.wait_for_function(f"{KEPT} == 1")
    waits_again(page, 1)
    assert len(collector.beacons) < 110


@pytest.mark.parametrize("character", ["x", "é", "世"])
def test_an_event_larger_than_the_browser_lets_outlive_a_page_is_sent(
    open_page: Page, shop: Shop, collector: Server, character: str
) -> None:
    open_page.evaluate(f"fieldpost('order.completed', {{total: 1, currency: '{character}'.repeat(40_000)}})")
    open_page.evaluate(f"fieldpost('order.completed', {{total: 2, currency: '{character}'.repeat(70_000)}})")
    collector.wait_for_stored(2)


def test_where_storage_is_refused_events_are_sent_and_tried_again(
    page: Page, shop: Shop, site: Server, collector: Server
) -> None:
    collector.status = 503
    framed = shop.page("/framed", shop.snippet(), before=ORDER)
    page.clock.install()
    page.goto(site.page("/", f'<iframe sandbox="allow-scripts" src="{framed}"></iframe>'))
    collector.wait_for_beacons(1)
    frame = page.frames[1]
    frame.wait_for_function("Object.keys(fieldpost.w).length == 1")
    with pytest.raises(Exception, match="sandboxed"):
        frame.evaluate("localStorage.length")
    collector.status = 200
    page.clock.run_for(2_000)
    (event,) = collector.wait_for_stored(1)
    assert event["visitor"]


def test_where_storage_is_full_events_are_sent_and_tried_again(open_page: Page, collector: Server) -> None:
    open_page.evaluate(
        "for (let size = 2 ** 22; size >= 1; size /= 2)"
        " try { for (;;) localStorage['full' + localStorage.length] = '.'.repeat(size) } catch {}"
    )
    collector.status = 503
    open_page.evaluate(ORDER)
    waits_again(open_page)
    assert open_page.evaluate(KEPT) == 0
    collector.status = 200
    open_page.clock.run_for(2_000)
    (event,) = collector.wait_for_stored(1)
    assert event["visitor"]


def test_what_else_the_page_stores_is_left_alone(page: Page, shop: Shop, collector: Server) -> None:
    page.goto(shop.page("/"))
    page.evaluate("localStorage['https://shop.example/basket#top'] = 'bread'")
    page.goto(shop.page("/", shop.snippet(fields=FIELDS), before=ORDER))
    collector.wait_for_stored(1)
    all_answered(page)
    assert page.evaluate("Object.keys(localStorage).sort()") == [
        "fieldpost",
        "https://shop.example/basket#top",
    ]


def test_two_tabs_each_send_their_own(page: Page, shop: Shop, collector: Server) -> None:
    url = shop.page("/", shop.snippet())
    other = page.context.new_page()
    page.goto(url)
    other.goto(url)
    page.evaluate(HUNDRED)
    other.evaluate(HUNDRED)
    collector.wait_for_stored(200)
    all_answered(page)
    assert len(collector.beacons) == 200
