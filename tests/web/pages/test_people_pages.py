"""The pages of people: profiles, conflicts, merges; and what pages of events and people have in common."""

from __future__ import annotations

import re

import pytest

from collector.core.definitions import Definition
from collector.core.permissions import Key
from collector.core.segments.drafts import read_draft
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, ORDER, Shop, order
from tests.core.segments.trees import timeline
from tests.web.pages.admin import PHONE, Admin, admin, event_names, links, profile_of, words

PLACES = ("overview", "live", "live/news", "profiles", "conflicts", "merges")


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


@pytest.fixture
def till(shop: Shop, definition: Definition) -> Key:
    return shop.key()


@pytest.fixture
def ada(shop: Shop) -> Admin:
    return admin(shop)


def in_conflict(shop: Shop, till: Key) -> None:
    """Alice with an e-mail address, Bob with a mobile, and an event that names both."""
    shop.send(till, order("1"))
    shop.send(till, order("2", identifiers={"mobile": PHONE}))
    shop.send(till, order("3", identifiers={**ALICE, "mobile": PHONE}))


# Profiles


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (" Alice@Example.com ", ""),
        ("+46 70-123 45 67", ""),
        ("0046701234567", "mobile"),
        ("4711", ""),
        ("customer@7", ""),
        ("4711", "crm_id"),
    ],
)
def test_a_profile_is_found_by_any_identifier_and_none_is_in_the_address(
    shop: Shop, ada: Admin, till: Key, text: str, kind: str
) -> None:
    for number, named in enumerate([ALICE, {"mobile": PHONE}, {"crm_id": "4711"}, {"crm_id": "customer@7"}]):
        shop.send(till, order(str(number), identifiers=named))
    answer = ada.send("profiles/search", value=text, kind=kind)
    assert answer.status_code == 303
    assert re.fullmatch(r"/sections/shop/profiles/[0-9a-z]{13}", answer.headers["Location"])
    assert ada.ask(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        ("nobody@example.com", "", "Nobody has this identifier."),
        ("", "", "Nobody has this identifier."),
        ("no address", "email", ""),
        ("null", "crm_id", ""),
        ("<b>", "odd", "Nobody has this identifier."),
    ],
)
def test_a_search_that_finds_nobody_says_so(ada: Admin, text: str, kind: str, sentence: str) -> None:
    answer = ada.send("profiles/search", value=text, kind=kind)
    assert answer.status_code == 404
    assert sentence in answer.text
    assert 'id="missing"' in answer.text


def test_a_profile_shows_its_timeline_page_by_page(shop: Shop, ada: Admin, till: Key) -> None:
    for number in range(30):
        shop.clock.forward(60)
        shop.send(till, order(str(number), data={**ORDER, "lines": number}))
    address = f"profiles/{profile_of(shop, 'email', 'alice@example.com')}"
    first = ada.read(address)
    second = ada.read(links(first, "cursor=")[0])
    assert [len(event_names(page)) for page in (first, second)] == [25, 5]
    assert "lines 29" in words(first)
    assert "lines 0" in words(second)
    assert links(second, "cursor=") == []


def test_a_profile_tells_which_segments_were_joined_and_left(shop: Shop, ada: Admin, till: Key) -> None:
    tree = timeline(count_operator="at_least", count_value=1)
    draft = read_draft({"name": "<b>Big</b>", "id": "big", "tree": tree})
    assert not isinstance(draft, list)
    shop.store.segments.create("shop", draft, ADMIN, shop.clock.now())
    shop.send(till, order("1"))
    follower = shop.store.new_follower()
    while follower.turn(shop.clock.now):
        pass
    shown = ada.read(f"profiles/{profile_of(shop, 'email', 'alice@example.com')}")
    assert "Joined the segment <b>Big</b>" in words(shown)


def test_goals_are_summed_exactly_and_no_currency_is_mixed(shop: Shop, ada: Admin, till: Key) -> None:
    values = [
        ("purchase", 0.1, "SEK"),
        ("purchase", 0.2, "SEK"),
        ("purchase", 5, "EUR"),
        ("lead", None, None),
    ]
    for number, (kind, value, currency) in enumerate(values):
        goal = {"goal_type": kind, "goal_value": value, "goal_currency": currency}
        shop.send(till, order(str(number), **goal))
    page = words(ada.read(f"profiles/{profile_of(shop, 'email', 'alice@example.com')}"))
    for line in ("2 0.30 SEK", "1 5 EUR", "1 –"):
        assert line in page


def test_the_list_of_profiles_is_paged(shop: Shop, ada: Admin, till: Key) -> None:
    shop.send(till, *(order(str(n), identifiers={"crm_id": f"c{n}"}) for n in range(30)))
    first = ada.read("profiles")
    second = ada.read(links(first, "cursor=")[0])
    found = re.findall(r"<bdi>(c\d+)</bdi>", first + second)
    assert sorted(found) == sorted(f"c{n}" for n in range(30))


# Conflicts, merges


def test_a_conflict_is_merged_and_that_is_undone(shop: Shop, ada: Admin, till: Key) -> None:
    in_conflict(shop, till)
    confirm = links(ada.read("conflicts"), "/merge/")[0]
    page = words(ada.read(confirm))
    assert "alice@example.com" in page
    assert PHONE in page
    alice, phone = profile_of(shop, "email", ALICE["email"]), profile_of(shop, "mobile", PHONE)
    path = confirm.removeprefix("/sections/shop/")
    done = ada.send(path, into=alice)
    assert done.headers["Location"] == f"/sections/shop/profiles/{alice}"
    merged = ada.read(f"profiles/{alice}")
    assert "is part of alice@example.com now" in words(merged)
    assert PHONE in merged
    assert len(event_names(merged)) == 3
    assert ada.ask(f"profiles/{phone}").headers["Location"] == f"/sections/shop/profiles/{alice}"
    assert links(ada.read("conflicts"), "/merge/") == []
    assert "alice@example.com" in ada.read("conflicts", state="merged")
    undo = re.findall(r'action="/sections/shop/(merges/[^"]+/undo)"', merged)[0]
    assert undo in ada.read("merges")
    assert ada.send(undo).headers["Location"] == f"/sections/shop/profiles/{phone}"
    assert PHONE in ada.read(f"profiles/{phone}")
    assert PHONE not in ada.read(f"profiles/{alice}")
    assert "undone" in ada.read("merges")
    assert ada.send(undo).status_code == 409


def test_two_profiles_are_merged_by_an_identifier(shop: Shop, ada: Admin, till: Key) -> None:
    shop.send(till, order("1"), order("2", identifiers=BOB))
    alice, bob = (profile_of(shop, "email", one["email"]) for one in (ALICE, BOB))
    for value, status in ((ALICE["email"], 404), ("nobody@example.com", 404), (BOB["email"], 303)):
        answer = ada.send(f"profiles/{alice}/merge", value=value)
        assert answer.status_code == status
    assert answer.headers["Location"] == f"/sections/shop/profiles/{alice}/merge/{bob}"
    assert ada.send(f"profiles/{alice}/merge/{bob}", into="neither").status_code == 400
    assert ada.send(f"profiles/{alice}/merge/{bob}", into=bob).status_code == 303
    assert ada.ask(f"profiles/{alice}/merge/{bob}").status_code == 409
    assert ada.ask(f"profiles/{bob}/merge/{bob}").status_code == 409


def test_a_dismissed_conflict_is_listed_apart(shop: Shop, ada: Admin, till: Key) -> None:
    in_conflict(shop, till)
    dismiss = re.findall(r'action="/sections/shop/(conflicts/[^"]+)"', ada.read("conflicts"))[0]
    assert ada.send(dismiss).status_code == 303
    assert "There is no open conflict." in ada.read("conflicts")
    assert links(ada.read("conflicts", state="dismissed"), "/merge/")


def test_a_viewer_reads_and_merges_nothing(shop: Shop, till: Key) -> None:
    in_conflict(shop, till)
    alice, phone = profile_of(shop, "email", ALICE["email"]), profile_of(shop, "mobile", PHONE)
    vera = admin(shop, "viewer")
    for path in ("overview", "live", "profiles", f"profiles/{alice}"):
        page = vera.read(path).lower()
        assert "merge" not in page
        assert "conflict" not in page
    for path in ("conflicts", "merges", f"profiles/{alice}/merge/{phone}"):
        assert vera.ask(path).status_code == 403
    for path in (f"profiles/{alice}/merge", f"profiles/{alice}/merge/{phone}", "merges/1/undo"):
        assert vera.send(path, into=alice, value=PHONE).status_code == 403
    assert profile_of(shop, "mobile", PHONE) == phone


def test_a_stranger_is_led_to_sign_in(shop: Shop, till: Key) -> None:
    in_conflict(shop, till)
    alice = profile_of(shop, "email", ALICE["email"])
    for path in (*PLACES, "events/1", "rejections/1", f"profiles/{alice}", f"profiles/{alice}/merge/1"):
        answer = shop.client.get(f"/sections/shop/{path}")
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in")


def test_a_form_of_another_site_changes_nothing(shop: Shop, ada: Admin, till: Key) -> None:
    in_conflict(shop, till)
    alice, phone = profile_of(shop, "email", ALICE["email"]), profile_of(shop, "mobile", PHONE)
    for form in ({"into": alice}, {"into": alice, "csrf": "0" * 64}):
        answer = ada.client.post(f"/sections/shop/profiles/{alice}/merge/{phone}", data=form)
        assert answer.status_code == 403
    assert profile_of(shop, "mobile", PHONE) == phone


# All of them


def test_every_page_is_guarded(shop: Shop, ada: Admin, till: Key) -> None:
    shop.send(till, order("1"))
    for path in PLACES:
        answer = ada.ask(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
