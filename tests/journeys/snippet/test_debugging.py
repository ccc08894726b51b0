"""`?fieldpost=debug` in a page's address: what the console says."""

from __future__ import annotations

from tests.journeys.snippet.losing_nothing import start
from tests.journeys.snippet.shop import Event, Shop
from tests.journeys.snippet.tabs import PlaywrightTab
from tests.servers.gate import DROP
from tests.servers.waiting import eventually


def debugged(shop: Shop, tab: PlaywrightTab, event: Event, url: str | None = None, **headers: str) -> None:
    """Opens a page with the event's snippet in debug mode, once the tools are there."""
    path = f"/{event.name}?fieldpost=debug"
    address = shop.page(path, url or event.url)
    if headers:
        kind, text, _ = shop.site.pages[path]
        shop.site.pages[path] = (
            kind,
            text,
            {name.replace("_", "-"): value for name, value in headers.items()},
        )
    tab.go(address)
    assert url or says(tab, "version 1")


def says(tab: PlaywrightTab, words: str) -> bool:
    def looked() -> bool:
        tab.page.evaluate("1")
        return any(words in line for line in tab.said)

    return eventually(looked)


def test_the_console_says_what_is_sent_and_answered(shop: Shop, tab: PlaywrightTab) -> None:
    event = shop.event()
    debugged(shop, tab, event)
    tab.run(event.call(7))
    assert says(tab, f"fieldpost {event.name} sends")
    assert says(tab, f"fieldpost {event.name} answer 200 stored")
    assert event.numbers(1) == [7]


def test_calls_from_before_the_file_are_told_too(shop: Shop, tab: PlaywrightTab) -> None:
    event = shop.event()
    tab.go(shop.page(f"/{event.name}?fieldpost=debug", event.url, before=event.call(7)))
    assert says(tab, f"fieldpost {event.name} answer 200 stored")


def test_the_console_says_why_something_is_not_sent(shop: Shop, tab: PlaywrightTab) -> None:
    event = shop.event(consent="ask")
    debugged(shop, tab, event)
    tab.run(f"fieldpost('{event.name}', {{number: 'seven'}})")
    assert says(tab, "number should be integer")
    tab.run(event.call(7))
    assert says(tab, "held in memory until fieldpost.consent(true)")
    shop.gate.stop(DROP)
    tab.run("fieldpost.consent(true)")
    assert says(tab, "could not be sent")
    assert eventually(lambda: tab.value("Object.keys(fieldpost.w).length == 1"))
    tab.run(event.call(8))
    assert says(tab, "kept, and sent when the collector can be reached again")


def test_the_console_says_that_the_pages_policy_refuses(shop: Shop, tab: PlaywrightTab) -> None:
    event = shop.event()
    policy = f"script-src 'unsafe-inline' {shop.gate.url}; connect-src 'none'"
    debugged(shop, tab, event, Content_Security_Policy=policy)
    tab.run(event.call(7))
    assert says(tab, "refused by this page's Content-Security-Policy: connect-src needs")


def test_a_file_for_good_says_each_try(shop: Shop, tab: PlaywrightTab) -> None:
    event = shop.event()
    debugged(shop, tab, event, f"{shop.gate.url}/s/{event.versions[0]}.js")
    tab.run(event.call(7))
    assert says(tab, "fieldpost 200")


def test_without_being_asked_nothing_is_loaded_or_said(shop: Shop, tab: PlaywrightTab) -> None:
    event = shop.event()
    start(shop, tab, event)
    tab.run(event.call(1))
    assert event.numbers(1) == [1]
    assert tab.said == []
    loaded = tab.value("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert not any(name.endswith(f"/b/{event.versions[0]}.js") for name in loaded)
