"""Consent: nothing is kept or sent before a yes, a no wipes, and what the browser says counts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.snippet.conftest import Shop
from tests.snippet.stand_in import Server

CALL = "fieldpost('order.completed', {total: 1})"
KEPT = "[...Object.keys(localStorage), ...Object.keys(sessionStorage)]"
SIGNALS = {
    "GPC": "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})",
    "DNT": "Object.defineProperty(navigator, 'doNotTrack', {value: '1'})",
}


def opened(page: Page, shop: Shop, consent: str, path: str = "/", **rest: Any) -> None:
    page.goto(shop.page(path, shop.snippet(consent=consent, **rest)))


def last_call(page: Page, collector: Server) -> list[Any]:
    """What has been stored when the answer to a further call is there."""
    page.evaluate("fieldpost('order.completed', {total: 9})")
    totals: list[Any] = []
    while 9 not in totals:
        totals = [event["data"]["total"] for event in collector.wait_for_stored(len(totals) + 1)]
    return totals


@pytest.mark.parametrize("queue", [True, False])
@pytest.mark.parametrize("visitor", ["page", "session", "lasting"])
def test_before_the_answer_nothing_is_kept_and_after_a_yes_all_is_sent(
    page: Page, shop: Shop, collector: Server, queue: bool, visitor: str
) -> None:
    opened(page, shop, "ask", queue=queue, visitor=visitor)
    page.evaluate(f"fieldpost.identify({{crm_id: '7'}}); {CALL}; fieldpost.identify({{}})")
    called_at = page.evaluate("new Date().toISOString()")
    assert page.evaluate(KEPT) == []
    assert collector.methods == []
    page.evaluate("fieldpost.consent(true)")
    (event,) = collector.wait_for_stored(1)
    assert event["identifiers"] == {"crm_id": "7"}
    assert event["occurred_at"] <= called_at


@pytest.mark.parametrize("queue", [True, False])
def test_events_carry_the_yes_under_which_they_are_sent(
    page: Page, shop: Shop, collector: Server, queue: bool
) -> None:
    opened(page, shop, "ask", queue=queue)
    page.evaluate(f"{CALL}; fieldpost.consent(true); {CALL}")
    assert [event["consent"] for event in collector.wait_for_stored(2)] == [True, True]


def test_under_gpc_events_speak_of_consent_once_somebody_said_yes(
    page: Page, shop: Shop, collector: Server
) -> None:
    opened(page, shop, "gpc")
    page.evaluate(CALL)
    assert collector.wait_for_stored(1)[0]["consent"] is None
    page.evaluate(f"fieldpost.consent(true); {CALL}")
    assert collector.wait_for_stored(2)[1]["consent"] is True
    opened(page, shop, "gpc", "/next")
    page.evaluate(CALL)
    assert collector.wait_for_stored(3)[2]["consent"] is True


def test_without_consent_nothing_is_said_of_it(page: Page, shop: Shop, collector: Server) -> None:
    opened(page, shop, "off")
    page.evaluate(CALL)
    assert "consent" not in collector.wait_for_stored(1)[0]


def test_the_answer_may_come_before_the_file(page: Page, shop: Shop, collector: Server) -> None:
    page.goto(
        shop.page("/", shop.snippet(consent="ask"), before=f"{CALL}; fieldpost('consent', true); {CALL}")
    )
    collector.wait_for_stored(2)


def test_a_yes_is_remembered_on_the_sites_other_pages(page: Page, shop: Shop, collector: Server) -> None:
    opened(page, shop, "ask")
    page.evaluate("fieldpost.consent(true)")
    opened(page, shop, "ask", "/next")
    page.evaluate(CALL)
    collector.wait_for_stored(1)


def test_a_no_leaves_nothing_behind_and_is_asked_again_on_the_next_page(
    page: Page, shop: Shop, collector: Server
) -> None:
    opened(page, shop, "ask")
    page.evaluate(f"{CALL}; fieldpost.consent(false); {CALL}")
    assert page.evaluate(KEPT) == []
    opened(page, shop, "ask", "/next")
    page.evaluate("fieldpost('order.completed', {total: 2}); fieldpost.consent(true)")
    assert last_call(page, collector) == [2, 9]


@pytest.mark.parametrize("visitor", ["session", "lasting"])
def test_withdrawing_wipes_what_was_kept_and_sends_no_more(
    page: Page, shop: Shop, collector: Server, visitor: str
) -> None:
    page.clock.install()
    collector.status = 503
    opened(page, shop, "ask", visitor=visitor)
    page.evaluate(f"localStorage.basket = 'bread'; fieldpost.consent(true); {CALL}")
    collector.wait_for_beacons(1)
    page.wait_for_function("Object.keys(fieldpost.w).length == 1")
    page.evaluate("fieldpost.consent(false)")
    assert page.evaluate(KEPT) == ["basket"]
    collector.status = 200
    page.clock.run_for(3_600_000)
    page.evaluate(CALL)
    page.evaluate("fieldpost.consent(true)")
    assert last_call(page, collector) == [9]
    assert len({event["visitor"] for beacon in collector.beacons for event in beacon.events}) == 2


def test_what_is_under_way_when_consent_is_withdrawn_is_not_tried_again(
    page: Page, shop: Shop, collector: Server
) -> None:
    page.clock.install()
    opened(page, shop, "ask")
    collector.status = 503
    page.evaluate(f"fieldpost.consent(true); {CALL}; fieldpost.consent(false)")
    collector.wait_for_beacons(1)
    page.clock.run_for(3_600_000)
    page.reload()
    page.evaluate("fieldpost.consent(true)")
    collector.status = 200
    assert last_call(page, collector) == [9]


@pytest.mark.parametrize("consent", ["gpc", "ask"])
@pytest.mark.parametrize("signal", SIGNALS)
def test_what_the_browser_says_stands_until_an_explicit_yes(
    page: Page, shop: Shop, collector: Server, consent: str, signal: str
) -> None:
    page.add_init_script(SIGNALS[signal])
    opened(page, shop, consent)
    page.evaluate(CALL)
    assert page.evaluate(KEPT) == []
    page.evaluate("fieldpost.consent(true)")
    assert last_call(page, collector) == [9]
    opened(page, shop, consent, "/next")
    page.evaluate("fieldpost('order.completed', {total: 2})")
    collector.wait_for_stored(2)


@pytest.mark.parametrize("consent", ["gpc", "ask"])
def test_a_yes_in_spite_of_a_signal_loses_nothing_to_a_collector_that_is_down(
    page: Page, shop: Shop, collector: Server, consent: str
) -> None:
    page.add_init_script(SIGNALS["GPC"])
    opened(page, shop, consent)
    page.evaluate("fieldpost.consent(true)")
    page.clock.install()
    opened(page, shop, consent, "/next")
    collector.status = 503
    page.evaluate(CALL)
    collector.wait_for_beacons(1)
    collector.status = 200
    page.clock.run_for(3_600_000)
    assert [event["data"]["total"] for event in collector.wait_for_stored(1)] == [1]


def test_without_a_signal_nobody_is_asked_under_gpc(page: Page, shop: Shop, collector: Server) -> None:
    opened(page, shop, "gpc")
    page.evaluate(CALL)
    collector.wait_for_stored(1)
    assert {beacon.path for beacon in collector.beacons} == {"/b/v1?consent"}


def test_gone_stops_a_snippet_that_honours_gpc(page: Page, shop: Shop, collector: Server) -> None:
    collector.status = 410
    opened(page, shop, "gpc")
    page.evaluate(CALL)
    collector.wait_for_beacons(1)
    page.wait_for_function(
        "fieldpost('order.completed', {total: 2}), fieldpost.q.some(call => call[0] == 'order.completed')"
    )


@pytest.mark.parametrize("signal", SIGNALS)
def test_where_consent_is_off_signals_change_nothing(
    page: Page, shop: Shop, collector: Server, signal: str
) -> None:
    page.add_init_script(SIGNALS[signal])
    opened(page, shop, "off")
    page.evaluate(CALL)
    collector.wait_for_stored(1)


def test_no_more_than_two_hundred_are_held(page: Page, shop: Shop, collector: Server) -> None:
    opened(page, shop, "ask")
    kept = "Object.keys(localStorage).filter(key => key.includes('#fieldpost')).length"
    held = page.evaluate(f"for (let n = 0; n < 300; n++) {CALL}; fieldpost.consent(true); {kept}")
    assert held == 200
    collector.wait_for_stored(200)


def test_a_snippet_that_asks_and_one_that_does_not_live_on_one_page(
    page: Page, shop: Shop, collector: Server
) -> None:
    page.goto(shop.page("/", shop.snippet(consent="ask"), shop.snippet("page.left", "v2")))
    page.evaluate(f"{CALL}; fieldpost('page.left', {{total: 2}})")
    assert [event["data"]["total"] for event in collector.wait_for_stored(1)] == [2]
    page.evaluate("fieldpost.consent(true)")
    assert sorted(event["data"]["total"] for event in collector.wait_for_stored(2)) == [1, 2]
