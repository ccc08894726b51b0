"""Journeys on which events are lost or counted twice elsewhere, in the words of `Tab`: for every browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from tests.journeys.snippet.shop import Event, Shop
from tests.journeys.snippet.tabs import Tab
from tests.servers.gate import DROP
from tests.servers.waiting import eventually

KEPT = "Object.keys(localStorage).filter(key => key.includes('#fieldpost')).length"
WHY_NOT = "JSON.stringify(performance.getEntriesByType('navigation')[0].notRestoredReasons)"
"""What keeps a page out of the back/forward cache, as far as the browser tells."""

Journey = Callable[[Shop, Tab], None]


def start(shop: Shop, tab: Tab, event: Event, **rest: str) -> str:
    """Opens a page with the event's snippet; answers the address of another one."""
    tab.go(shop.page(f"/{event.name}", event.url, **rest))
    return shop.page(f"/{event.name}/next", event.url)


def settled(tab: Tab) -> None:
    """Every answer is there: nothing is kept any more."""
    assert eventually(lambda: tab.value(f"{KEPT} == 0"))


def a_hundred_events_and_away(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    following = start(shop, tab, event)
    tab.leave(event.calls(100), following)
    assert event.numbers(100) == list(range(100))
    settled(tab)
    assert event.numbers(100) == list(range(100))


def more_in_one_task_than_may_wait(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    start(shop, tab, event)
    tab.run(event.calls(400))
    assert event.numbers(400) == list(range(400))
    settled(tab)
    assert event.numbers(400) == list(range(400))


def down_then_up_on_the_next_page(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    following = start(shop, tab, event)
    shop.gate.stop(503)
    before = shop.gate.stopped
    tab.run(event.calls(5))
    assert eventually(lambda: shop.gate.stopped >= before + 5)
    shop.gate.open()
    tab.go(following)
    assert event.numbers(5) == list(range(5))
    settled(tab)


def no_line_and_back_on_the_same_page(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    start(shop, tab, event)
    shop.gate.stop(DROP)
    tab.run(event.calls(5))
    assert eventually(lambda: tab.value(f"Object.keys(fieldpost.w).length >= 1 && {KEPT} == 5"))
    shop.gate.open()
    tab.run("dispatchEvent(new Event('online'))")
    assert event.numbers(5) == list(range(5))
    settled(tab)


def no_line_and_back_on_another_page(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    following = start(shop, tab, event)
    shop.gate.stop(DROP)
    tab.leave(event.calls(5), following)
    tab.run(event.call(5))
    shop.gate.open()
    tab.go(shop.page(f"/{event.name}/third", event.url))
    assert event.numbers(6) == list(range(6))
    settled(tab)


def closed_right_after_the_call(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    other = tab.another()
    start(shop, other, event)
    other.run(event.call(1))
    other.close()
    assert event.numbers(1) == [1]


def called_while_the_page_goes_away(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    following = start(shop, tab, event)
    tab.leave(f"addEventListener('pagehide', () => {event.call(1)})", following)
    assert event.numbers(1) == [1]


def away_and_back(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    frozen = "restored = false; addEventListener('pageshow', event => { restored = event.persisted })"
    following = start(shop, tab, event, before=frozen)
    first = tab.value("location.href")
    tab.leave(event.call(1), following)
    tab.run(event.call(2))
    tab.back(first)
    assert eventually(lambda: tab.value("window.restored === true")), tab.value(WHY_NOT)
    tab.run(event.call(3))
    assert event.numbers(3) == [1, 2, 3]
    # What the page between had no answer for is sent again by the next page that loads.
    tab.go(shop.page(f"/{event.name}/third", event.url))
    settled(tab)
    assert event.numbers(3) == [1, 2, 3]


def two_tabs_at_once(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    start(shop, tab, event)
    other = tab.another()
    start(shop, other, event)
    tab.run(event.calls(30))
    other.run(event.calls(30))
    assert event.numbers(60) == sorted([*range(30), *range(30)])
    settled(tab)
    other.close()


def storage_full(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    start(shop, tab, event)
    shop.gate.stop(503)
    tab.run(
        "for (let size = 2 ** 22; size >= 1; size /= 2)"
        " try { for (;;) localStorage['full' + localStorage.length] = '.'.repeat(size) } catch {}"
    )
    tab.run(event.calls(3))
    shop.gate.open()
    assert event.numbers(3) == [0, 1, 2]
    tab.run("localStorage.clear()")


def storage_cleared(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    start(shop, tab, event)
    shop.gate.stop(503)
    tab.run(f"{event.calls(3)}; localStorage.clear()")
    shop.gate.open()
    assert event.numbers(3) == [0, 1, 2]


def a_sandboxed_frame(shop: Shop, tab: Tab) -> None:
    event = shop.event(origins=[])
    framed = shop.page(f"/{event.name}/frame", event.url, before=event.call(1))
    tab.go(shop.site.page(f"/{event.name}", f'<iframe sandbox="allow-scripts" src="{framed}"></iframe>'))
    assert event.numbers(1) == [1]


def an_event_over_the_quota(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    following = start(shop, tab, event)
    large = {f"note_{n}": "'é'.repeat(4000)" for n in range(20)}
    tab.leave(f"{event.call(1, **large)}; {event.call(2)}", following)
    assert event.numbers(2) == [1, 2]
    settled(tab)


def a_collector_that_asks_for_time(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    start(shop, tab, event)
    shop.gate.stop(429, Retry_After="1")
    before = shop.gate.stopped
    tab.run(event.calls(3))
    assert eventually(lambda: shop.gate.stopped >= before + 3)
    shop.gate.open()
    assert event.numbers(3) == [0, 1, 2]


def too_large_is_final(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    start(shop, tab, event)
    shop.gate.stop(413)
    tab.run(event.call(1))
    settled(tab)
    shop.gate.open()
    tab.run(event.call(2))
    assert event.numbers(1) == [2]


def collected_no_longer(shop: Shop, tab: Tab) -> None:
    event, other = shop.event(), shop.event()
    start(shop, tab, event, html=f'<script src="{other.url}"></script>')
    hidden = shop.client.post(f"/api/v1/definitions/{event.name}/hide", {"confirm": True})
    assert hidden.status < 300
    passed = shop.gate.passed
    tab.run(event.call(1))
    settled(tab)
    tab.run(f"{event.call(2)}; {other.call(3)}")
    assert other.numbers(1) == [3]
    assert shop.gate.passed == passed + 2


def a_clock_that_is_an_hour_wrong(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    wrong = (
        "{ const Right = Date; Date = class extends Right { constructor(...a) { super(...a.length ? a :"
        " [Right.now() + 36e5]) } static now() { return Right.now() + 36e5 } } }"
    )
    start(shop, tab, event, before=wrong)
    now = tab.value("new Date(Date.now() - 36e5).toISOString()")
    tab.run(event.call(1))
    (one,) = event.stored(1)
    assert one["occurred_at"][:16] in (now[:16], one["received_at"][:16])


def a_file_that_comes_late(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    shop.gate.scripts.clear()
    tab.go(shop.page(f"/{event.name}", before=event.call(1)))
    element = f"Object.assign(document.createElement('script'), {{src: {event.url!r}}})"
    tab.run(f"document.head.append({element}); {event.call(2)}")
    shop.gate.open()
    assert event.numbers(2) == [1, 2]


def everything_twice_on_one_page(shop: Shop, tab: Tab) -> None:
    event, other = shop.event(), shop.event()
    bundle = f"{shop.gate.url}/s/shop/bundle.js?events={event.name},{other.name}"
    calls = f"{event.call(1)}; {other.call(1)}"
    tab.go(shop.page(f"/{event.name}", event.url, bundle, event.url, other.url, before=calls))
    tab.run(f"{event.call(2)}; {other.call(2)}; {event.call(3)}; {other.call(3)}")
    settled(tab)
    assert event.numbers(3) == other.numbers(3) == [1, 2, 3]
    visitors = {one["visitor"] for one in (*event.stored(3), *other.stored(3)) if "visitor" in one}
    assert len(visitors) <= 1


def a_new_version_while_events_wait(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    start(shop, tab, event)
    shop.gate.stop(503)
    before = shop.gate.stopped
    tab.run(event.calls(3))
    assert eventually(lambda: shop.gate.stopped >= before + 3)
    shop.change(event, {"name": "more", "type": "text", "required": True})
    shop.gate.open()
    tab.go(shop.page(f"/{event.name}/new", f"{event.url}?new"))
    tab.run(event.call(3, more="'x'"))
    assert event.numbers(4) == [0, 1, 2, 3]
    assert {one["data"].get("more") for one in event.stored(4)} == {None, "x"}


def something_blocks_every_request(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    start(shop, tab, event)
    shop.gate.stop(DROP)
    before = shop.gate.stopped
    tab.run(event.call(0))
    assert eventually(lambda: tab.value("Object.keys(fieldpost.w).length == 1"))
    tab.run(event.calls(1000))
    assert tab.value(KEPT) == 200
    assert shop.gate.stopped - before <= 3
    tab.run("localStorage.clear()")


def nothing_but_what_is_said(shop: Shop, tab: Tab) -> None:
    event = shop.event()
    names = "JSON.stringify(Object.getOwnPropertyNames(window))"
    tab.go(shop.page(f"/{event.name}/without", before="delete window.fieldpost"))
    without = set(_names(tab.value(names)))
    tab.go(shop.page(f"/{event.name}", event.url))
    tab.run(event.call(1))
    assert event.numbers(1) == [1]
    more = set(_names(tab.value(names))) - without
    assert {name for name in more if not name.startswith("__pw")} == {"fieldpost"}
    assert tab.value("document.cookie") == ""
    asked = tab.value("performance.getEntriesByType('resource').map(entry => new URL(entry.name).host)")
    assert set(asked) <= {urlsplit(shop.gate.url).netloc, urlsplit(shop.site.url).netloc}


def _names(text: str) -> list[str]:
    found: list[str] = json.loads(text)
    return found


JOURNEYS: tuple[Journey, ...] = (
    a_hundred_events_and_away,
    more_in_one_task_than_may_wait,
    down_then_up_on_the_next_page,
    no_line_and_back_on_the_same_page,
    no_line_and_back_on_another_page,
    closed_right_after_the_call,
    called_while_the_page_goes_away,
    away_and_back,
    two_tabs_at_once,
    storage_full,
    storage_cleared,
    a_sandboxed_frame,
    an_event_over_the_quota,
    a_collector_that_asks_for_time,
    too_large_is_final,
    collected_no_longer,
    a_clock_that_is_an_hour_wrong,
    a_file_that_comes_late,
    everything_twice_on_one_page,
    a_new_version_while_events_wait,
    something_blocks_every_request,
    nothing_but_what_is_said,
)
