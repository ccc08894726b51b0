"""The way in: first owner, links, passwords, sessions; and what every page carries."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from collector.core.problems import Problem
from collector.store import passwords as hashed
from collector.store.passwords import ATTEMPTS, WINDOW_SECONDS, Passwords
from tests.cast import Shop
from tests.web.pages.signing_in import csrf_in, signed_in, text_of

PASSWORD = "a sentence is better than a puzzle"


@pytest.fixture
def quickly_compared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords that cost next to nothing, for tests of what comes before and after a comparison."""
    quick = partial(hashed.generate_password_hash, method="scrypt:128:8:1")
    monkeypatch.setattr(hashed, "generate_password_hash", quick)
    hashed._nobody.cache_clear()
    yield
    hashed._nobody.cache_clear()


def test_the_first_link_makes_the_first_owner_and_nobody_else(shop: Shop) -> None:
    secret = shop.store.people.first_link(shop.clock.now())
    client = shop.app.test_client()
    assert client.get(f"/welcome/{secret}").status_code == 200
    wrong = client.post(f"/welcome/{secret}", data={"email": "nonsense"})
    assert wrong.status_code == 400
    begun = client.post(f"/welcome/{secret}", data={"email": "ada@example.com"})
    assert begun.status_code == 303
    assert "ada@example.com" in text_of(client.get("/account"))
    assert client.get(f"/welcome/{secret}").status_code == 401
    assert client.post(f"/welcome/{secret}", data={"email": "b@example.com"}).status_code == 401
    assert shop.store.people.first_link(shop.clock.now()) is None


def test_a_first_link_ends_with_the_next_one(shop: Shop) -> None:
    first = shop.store.people.first_link(shop.clock.now())
    second = shop.store.people.first_link(shop.clock.now())
    assert shop.client.get(f"/welcome/{first}").status_code == 401
    assert shop.client.get(f"/welcome/{second}").status_code == 200


def test_a_password_signs_in_and_leads_where_one_wanted(shop: Shop) -> None:
    client = signed_in(shop)
    form = {"csrf": csrf_in(client.get("/account")), "password": PASSWORD}
    assert client.post("/account", data=form).status_code == 303
    client.post("/sign-out", data={"csrf": csrf_in(client.get("/account"))})
    sent = client.get("/sections/shop/keys")
    assert sent.headers["Location"].startswith("/sign-in?next=")
    known = {"email": "OWNER@example.com", "password": PASSWORD, "next": "/sections/shop/keys"}
    assert client.post("/sign-in", data=known).headers["Location"] == "/sections/shop/keys"
    assert client.get("/sections/shop/keys").status_code == 200


@pytest.mark.usefixtures("quickly_compared")
@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "\t//evil"]
)
def test_signing_in_leads_to_our_own_pages_only(shop: Shop, wanted: str) -> None:
    client = signed_in(shop)
    client.post("/account", data={"csrf": csrf_in(client.get("/account")), "password": PASSWORD})
    known = {"email": "owner@example.com", "password": PASSWORD, "next": wanted}
    assert shop.client.post("/sign-in", data=known).headers["Location"] == "/"


@pytest.mark.usefixtures("quickly_compared")
def test_a_wrong_password_says_no_more_than_a_wrong_address(shop: Shop) -> None:
    signed_in(shop)
    answers = [
        shop.client.post("/sign-in", data={"email": email, "password": "wrong"})
        for email in ("owner@example.com", "nobody@example.com", "nonsense")
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({text_of(answer) for answer in answers}) == 1


@pytest.mark.usefixtures("quickly_compared")
def test_passwords_cannot_be_guessed_in_a_hurry(shop: Shop) -> None:
    client = signed_in(shop)
    client.post("/account", data={"csrf": csrf_in(client.get("/account")), "password": PASSWORD})
    guess = {"email": "owner@example.com", "password": "wrong"}
    statuses = [shop.client.post("/sign-in", data=guess).status_code for _ in range(ATTEMPTS + 1)]
    assert statuses == [401] * ATTEMPTS + [429]
    right = {"email": "owner@example.com", "password": PASSWORD}
    throttled = shop.client.post("/sign-in", data=right)
    assert throttled.status_code == 429
    assert int(throttled.headers["Retry-After"]) <= WINDOW_SECONDS
    shop.clock.forward(WINDOW_SECONDS)
    assert shop.client.post("/sign-in", data=right).status_code == 303


def test_guesses_at_the_same_moment_are_counted_too(shop: Shop) -> None:
    numbers = itertools.count(1)
    passwords = Passwords(shop.store.database, numbers.__next__, patience=120)

    def guess(number: int) -> str:
        try:
            assert passwords.check("owner@example.com", f"wrong {number}", shop.clock.now()) is None
        except Problem as problem:
            return problem.code
        return "wrong"

    with ThreadPoolExecutor(ATTEMPTS * 2) as guessers:
        answers = Counter(guessers.map(guess, range(ATTEMPTS * 2)))
    assert answers == {"wrong": ATTEMPTS, "rate-limited": ATTEMPTS}


def test_passwords_are_compared_one_at_a_time_and_nobody_waits_for_ever(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = Passwords(shop.store.database, itertools.count(1).__next__, patience=0.01)
    answers: list[object] = []

    def compare(digest: str, password: str) -> bool:
        with pytest.raises(Problem) as refused:
            passwords.check("ada@example.com", "wrong", shop.clock.now())
        answers.append(refused.value.code)
        return False

    monkeypatch.setattr("collector.store.passwords.check_password_hash", compare)
    assert passwords.check("ada@example.com", "wrong", shop.clock.now()) is None
    assert answers == ["overloaded"]


@pytest.mark.usefixtures("quickly_compared")
@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 303)])
def test_another_site_cannot_sign_anybody_in(shop: Shop, site: str, status: int) -> None:
    client = signed_in(shop)
    client.post("/account", data={"csrf": csrf_in(client.get("/account")), "password": PASSWORD})
    known = {"email": "owner@example.com", "password": PASSWORD}
    assert shop.client.post("/sign-in", data=known, headers={"Sec-Fetch-Site": site}).status_code == status


def test_who_came_by_a_link_is_reminded_of_a_password(shop: Shop) -> None:
    client = signed_in(shop)
    for path in ("/sections/shop/overview", "/"):
        assert "Set a password" in text_of(client.get(path, follow_redirects=True))
    csrf = csrf_in(client.get("/account"))
    client.post("/account", data={"csrf": csrf, "password": "a sentence is better"})
    assert "Set a password" not in text_of(client.get("/sections/shop/overview"))


def test_a_short_password_is_refused_at_its_field(shop: Shop) -> None:
    client = signed_in(shop)
    answer = client.post("/account", data={"csrf": csrf_in(client.get("/account")), "password": "short"})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)


def test_a_form_of_another_site_changes_nothing(shop: Shop) -> None:
    client = signed_in(shop)
    before = len(shop.store.keys.all("shop"))
    for csrf in ("", "0" * 64, "é"):
        answer = client.post("/sections/shop/keys", data={"csrf": csrf, "name": "x", "scope": "read"})
        assert answer.status_code == 403
    assert len(shop.store.keys.all("shop")) == before


def test_every_page_is_strict_about_what_it_loads(shop: Shop) -> None:
    client = signed_in(shop)
    places = ("keys", "members", "audit", "settings", "definitions")
    for path in ("/sign-in", "/account", *(f"/sections/shop/{place}" for place in places)):
        answer = client.get(path, follow_redirects=True)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert " style=" not in answer.get_data(as_text=True)
        assert "<script>" not in answer.get_data(as_text=True)


def test_a_stranger_gets_nothing_but_the_way_in(shop: Shop) -> None:
    for path in ("/", "/account", "/sections/shop/definitions", "/sections/nothing/keys"):
        answer = shop.client.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/sign-in")


def test_a_member_of_one_section_sees_no_other(shop: Shop) -> None:
    client = signed_in(shop, "viewer")
    answer = client.get("/sections/nothing/definitions")
    assert (answer.status_code, "There is no such section" in text_of(answer)) == (404, True)


def test_only_an_owner_of_every_section_makes_a_new_one(shop: Shop) -> None:
    owner, other = signed_in(shop, "owner", "*"), signed_in(shop, "editor", "*")
    made = owner.post("/sections", data={"csrf": csrf_in(owner.get("/account")), "name": "Second"})
    assert made.headers["Location"] == "/sections/second/overview"
    refused = other.post("/sections", data={"csrf": csrf_in(other.get("/account")), "name": "Third"})
    assert refused.status_code == 403
