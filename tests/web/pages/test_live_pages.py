"""The pages of what arrives: live, one event, one rejection, the overview; on every database."""

from __future__ import annotations

import re

import pytest

from collector.core.definitions import Definition
from collector.core.permissions import Key
from collector.store.arrivals import EXAMINED
from tests.cast import ADMIN, ALICE, EVERY_TYPE, NOON, ORDER, Shop, order
from tests.web.pages.admin import (
    JOINED,
    PHONE,
    Admin,
    admin,
    event_names,
    links,
    profile_of,
    shown_ids,
    words,
)
from tests.web.test_sessions import signed_in


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


@pytest.fixture
def till(shop: Shop, definition: Definition) -> Key:
    return shop.key()


@pytest.fixture
def ada(shop: Shop) -> Admin:
    return admin(shop)


# Live


def test_live_mixes_what_was_accepted_and_what_was_refused_newest_first(
    shop: Shop, ada: Admin, till: Key
) -> None:
    shop.send(till, order("first"))
    shop.clock.forward(1)
    shop.send(till, order("bad", data={"total": "much"}))
    shop.clock.forward(1)
    shop.send(till, {"event": "never.defined", "id": "1", "identifiers": ALICE})
    shop.clock.forward(1)
    shop.send(till, order("first", data={**ORDER, "lines": 4}))
    page = ada.read("live")
    assert event_names(page) == ["order.completed", "never.defined", "order.completed", "order.completed"]
    assert re.findall(r'<li class="arrival (\w+)"', page) == ["updated", "rejected", "rejected", "stored"]
    assert "lines was 3 → is 4" in words(page)
    assert "/data/total This must be a number" in words(page)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"verdict": "accepted"}, ["newsletter/joined", "order.completed", "order.completed"]),
        ({"verdict": "refused"}, ["never.defined", "order.completed"]),
        ({"event": "order.completed"}, ["order.completed", "order.completed", "order.completed"]),
        ({"event": "order.completed", "verdict": "refused"}, ["order.completed"]),
        ({"door": "beacon"}, ["order.completed"]),
        ({"door": "api", "verdict": "accepted"}, ["newsletter/joined", "order.completed"]),
        ({"event": "no.such"}, []),
        ({"consent": "true"}, ["newsletter/joined"]),
        ({"consent": "false"}, []),
        ({"consent": "unknown"}, ["order.completed", "order.completed"]),
        ({"consent": "unknown", "verdict": "refused"}, []),
        ({"verdict": "odd", "door": "odd"}, 5 * [None]),
    ],
)
def test_live_is_filtered(
    shop: Shop,
    ada: Admin,
    till: Key,
    definition: Definition,
    filters: dict[str, str],
    expected: list[str | None],
) -> None:
    shop.define(JOINED)
    shop.send(till, order("1"))
    shop.send(till, order("bad", data={}))
    shop.beacon(definition.id, {"id": "abcdefgh", "data": ORDER, "visitor": "browser-1"})
    shop.send(till, {"event": "newsletter/joined", "id": "1", "identifiers": ALICE, "consent": {"ads": True}})
    shop.send(till, {"event": "never.defined", "id": "1", "identifiers": ALICE})
    found = event_names(ada.read("live", **filters))
    assert len(found) == len(expected)
    assert None in expected or sorted(found) == sorted(str(one) for one in expected)


def test_live_is_paged_and_shows_everything_once(shop: Shop, ada: Admin, till: Key) -> None:
    for start in range(0, 120, 20):
        shop.send(till, *(order(str(number)) for number in range(start, start + 20)))
        shop.send(till, order("bad", data={}))
    seen: list[str] = []
    address: str | None = "live"
    while address:
        page = ada.read(address)
        seen += shown_ids(page)
        address = next(iter(links(page, "cursor=")), None)
    assert len(seen) == len(set(seen)) == 126
    assert seen == sorted(seen, reverse=True)


def test_a_rare_door_is_found_however_much_came_by_others(
    shop: Shop, ada: Admin, till: Key, definition: Definition
) -> None:
    shop.beacon(definition.id, {"id": "abcdefgh", "data": ORDER, "visitor": "browser-1"})
    for start in range(0, EXAMINED, 500):
        shop.send(till, *(order(str(number)) for number in range(start, start + 500)))
    first = ada.read("live", door="beacon")
    assert shown_ids(first) == []
    assert "Nothing fits among the latest." in first
    second = ada.read(links(first, "cursor=")[0])
    assert event_names(second) == ["order.completed"]


def test_a_cursor_of_nobodys_is_refused_with_a_page(ada: Admin) -> None:
    for path in ("live", "profiles", "conflicts", "merges"):
        answer = ada.ask(path, cursor="nonsense")
        assert (answer.status_code, answer.content_type) == (400, "text/html; charset=utf-8")


def test_news_is_the_list_alone_and_nothing_where_nothing_is_new(shop: Shop, ada: Admin, till: Key) -> None:
    assert ada.ask("live/news").status_code == 204
    shop.send(till, order("1"))
    news = ada.read("live/news")
    assert event_names(news) == ["order.completed"]
    assert "<html" not in news
    newest = shown_ids(news)[0]
    assert ada.ask("live/news", newest=newest).status_code == 204
    shop.send(till, order("2"))
    assert shown_ids(ada.read("live/news", newest=newest))[1] == newest


def test_live_says_what_the_next_step_is(shop: Shop, ada: Admin) -> None:
    assert "Nothing can arrive yet." in ada.read("live")
    shop.define(JOINED)
    assert "Waiting for the first event." in ada.read("live")
    assert "Nothing fits yet." in ada.read("live", door="beacon")


# One event, one rejection


def test_an_event_is_shown_with_types_judgement_and_changes(shop: Shop, ada: Admin, till: Key) -> None:
    shop.send(till, order("1", occurred_at="2026-09-20T10:00:00Z"))
    shop.send(till, order("1", occurred_at="2026-09-20T11:00:00Z", data={**ORDER, "lines": 7}))
    page = ada.read(links(ada.read("live"), "/events/")[0])
    told = words(page)
    for part in (
        "total 149.99 decimal",
        "deliver_on 2026-12-24 date",
        "lines was 3 → is 7",
        f"key till ({till.id})",
        "key an integration with a key vouches for it",
        "Occurred was 2026-09-20 10:00:00 UTC",
        "alice@example.com",
    ):
        assert part in told
    assert '"total": 149.99' in words(page.partition("Raw form")[2])
    assert links(page, "/definitions/order.completed")
    profile = ada.read(links(page, "/profiles/")[0])
    assert "alice@example.com" in profile


def test_personal_values_are_masked_on_every_page(shop: Shop, ada: Admin, till: Key) -> None:
    shop.send(till, order("1", data={**ORDER, "phone": "0701111111"}))
    shop.send(till, order("1", data={**ORDER, "phone": "0702222222"}))
    shop.send(till, order("bad", data={"total": "x", "phone": "0703333333"}))
    live = ada.read("live")
    pages = [live, ada.read(f"profiles/{profile_of(shop, 'email', 'alice@example.com')}")]
    pages += [ada.read(link) for link in links(live, "/events/") + links(live, "/rejections/")]
    assert len(pages) == 4
    for page in pages:
        assert "•••" in page
        assert not re.search("070[123]{7}", page)


def test_what_the_commit_refused_is_masked_too(shop: Shop, ada: Admin, till: Key) -> None:
    shop.send(till, order("1"))
    other = shop.key("other", "mobile:write,read")
    data = {**ORDER, "phone": "0703333333"}
    answer = shop.send(other, order("1", identifiers={"mobile": PHONE}, data=data))
    assert answer.get_json()["code"] == "identifier-not-allowed"
    live = ada.read("live", verdict="refused")
    page = ada.read(links(live, "/rejections/")[0])
    assert "•••" in page
    assert "0703333333" not in live + page
    assert "compare the two" in page


def test_a_corrected_clock_keeps_its_raw_times(shop: Shop, ada: Admin, definition: Definition) -> None:
    an_hour_fast = (NOON + 3_600_000_000) // 1000
    event = {"id": "abcdefgh", "data": ORDER, "visitor": "browser-1", "occurred_at": "2026-09-21T15:13:20Z"}
    assert shop.beacon(definition.id, [an_hour_fast, event]).status_code == 200
    page = ada.read(links(ada.read("live"), "/events/")[0])
    assert "Browser’s occurred at 2026-09-21T15:13:20Z" in words(page)
    assert "an anonymous visitor" in page


def test_a_rejection_says_what_is_wrong_and_what_to_do(shop: Shop, ada: Admin, till: Key) -> None:
    shop.send(till, order("bad", data={"total": -1, "colour": "red"}))
    page = ada.read(links(ada.read("live"), "/rejections/")[0])
    for part in ("/data/total", "/data/colour", "field-unknown", "alice@example.com"):
        assert (part in page) == (part != "alice@example.com")
    assert links(page, "/definitions/order.completed")
    shop.send(till, {"event": "never.defined", "id": "1", "identifiers": ALICE})
    assert "No definition has this name." in ada.read(links(ada.read("live"), "/rejections/")[0])


def test_what_is_deleted_hidden_or_of_others_is_nowhere(
    shop: Shop, ada: Admin, till: Key, definition: Definition
) -> None:
    shop.send(till, order("1"), order("2"), order("bad", data={}))
    live = ada.read("live")
    gone = links(live, "/events/") + links(live, "/rejections/")
    shop.store.sections.create("Other", "reject", ADMIN, shop.clock.now())
    stranger = Admin(signed_in(shop, "owner", "other"))
    for address in [*gone, f"/sections/shop/profiles/{profile_of(shop, 'email', 'alice@example.com')}"]:
        foreign = address.replace("/sections/shop/", "/sections/other/")
        assert stranger.ask(foreign).status_code == 404
    shop.send(till, order("1", deleted_at="2026-09-21T10:00:00Z"))
    assert len(links(ada.read("live"), "/events/")) == 1
    shop.store.definitions.hide(definition, ADMIN, shop.clock.now())
    shop.clock.forward(3)
    assert shown_ids(ada.read("live")) == []
    assert [ada.ask(address).status_code for address in gone] == [404] * len(gone)
    assert "Nothing came in these 24 hours." in ada.read("overview")


def test_ids_that_are_none_are_not_found(ada: Admin) -> None:
    for path in ("events/1", "rejections/zzzzzzzzzzzzz", "profiles/0000000000000", "profiles/x/merge/y"):
        assert ada.ask(path).status_code == 404
    for path in ("merges/1/undo", "conflicts/0000000000000/dismiss", "profiles/x/merge"):
        assert ada.send(path).status_code == 404


# Overview


def table(page: str, label: str) -> list[str]:
    """The rows of a table, by the label of the region that it is in."""
    found = re.search(rf'aria-label="{label}">(<table>.*?</table>)', page, re.S)
    assert found is not None
    return [words(row) for row in re.findall(r"<tr>.*?</tr>", found[1], re.S)]


@pytest.mark.parametrize(("period", "columns"), [("24h", 24), ("7d", 28), ("30d", 30), ("odd", 24)])
def test_the_overview_counts_by_verdict_and_by_definition(
    shop: Shop, ada: Admin, till: Key, period: str, columns: int
) -> None:
    shop.define(JOINED)
    shop.send(till, order("1"), order("1"), order("bad", data={}))
    shop.send(till, {"event": "newsletter/joined", "id": "1", "identifiers": ALICE})
    shop.send(till, {"event": "never.defined", "id": "1", "identifiers": ALICE})
    page = ada.read("overview", period=period)
    assert table(page, "Volume by definition") == [
        "Event received stored duplicate rejected",
        "order.completed 3 1 1 1",
        "no definition 1 0 0 1",
        "newsletter/joined 1 1 0 0",
    ]
    by_verdict = table(page, "Volume by verdict")
    assert by_verdict[0] == "From stored duplicate rejected"
    assert by_verdict[1].endswith(" 2 1 2")
    assert len(by_verdict) == columns + 1
    assert ": 2 stored, 1 duplicate, 2 rejected</title>" in page


def test_what_is_older_than_the_period_is_not_counted(shop: Shop, ada: Admin, till: Key) -> None:
    shop.send(till, order("1"))
    shop.clock.forward(25 * 3600)
    client = admin(shop)
    assert "Nothing came in these 24 hours." in client.read("overview")
    assert "order.completed 1 1" in table(client.read("overview", period="7d"), "Volume by definition")


def test_a_new_section_s_overview_says_the_first_steps(shop: Shop, ada: Admin) -> None:
    empty = ada.read("overview")
    assert "First steps" in empty
    assert links(empty, "/new-definition") == ["/sections/shop/new-definition"]
    assert links(empty, "/snippet") == []
    shop.define(JOINED)
    assert links(ada.read("overview"), "/snippet") == []
    shop.define({**EVERY_TYPE, "event_name": "a/b"})
    both = ada.read("overview")
    assert "done" in words(both)
    assert links(both, "/snippet") == ["/sections/shop/definitions/a~b/snippet"]
    viewers = admin(shop, "viewer").read("overview")
    assert links(viewers, "/new-definition") + links(viewers, "/keys") == []


def test_an_overview_of_a_quiet_day_names_no_first_steps(shop: Shop, ada: Admin, till: Key) -> None:
    shop.send(till, order())
    shop.clock.forward(3 * 24 * 3600)
    quiet = admin(shop).read("overview")
    assert "Nothing came in these 24 hours" in quiet
    assert "First steps" not in quiet
