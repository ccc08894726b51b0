"""Tokens: what a site's server signs, and what does not count."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from collector.core.tokens import canonical, is_valid, make_token

NOW = 1_790_000_000_000_000
HOUR = 3_600_000_000
SECRET = b"fps_current"
ALICE = {"email": "alice@example.com", "crm_id": "7"}
TOKEN = make_token(SECRET, ALICE, NOW + HOUR)


def is_good(token: str, identifiers: dict[str, str | None] | None = None) -> bool:
    return is_valid(token, identifiers or dict(ALICE), [SECRET], NOW)


def test_a_token_is_what_any_language_makes_in_three_lines() -> None:
    exp = str(NOW // 1_000_000 + 3600)
    text = json.dumps({"crm_id": "7", "email": "anna@exämple.se"}, separators=(",", ":"), ensure_ascii=False)
    digest = hmac.new(SECRET, f"{exp}.{text}".encode(), hashlib.sha256).digest()
    token = f"{exp}.{base64.urlsafe_b64encode(digest).decode()}"
    identifiers = {"email": "anna@exämple.se", "crm_id": "7"}
    assert token.endswith("=")
    assert token.rstrip("=") == make_token(SECRET, identifiers, NOW + HOUR)
    assert is_good(token, {**identifiers})
    assert is_good(token.rstrip("="), {**identifiers})


def test_the_example_of_the_rules_stays_as_it_is_for_those_who_sign() -> None:
    assert canonical({"email": "anna@exämple.se"}) == '{"email":"anna@exämple.se"}'.encode()
    assert canonical({"mobile": None, "crm_id": 'a/b"\u2028\x1f'}) == (
        '{"crm_id":"a/b\\"\u2028\\u001f","mobile":null}'.encode()
    )
    assert make_token(b"secret", {"email": "a@b.c"}, 1_790_003_600_000_000) == (
        "1790003600.zeZkHP-prIfMZMYAN03UCTu7M1wGeMPAY9ClWFDvzBY"
    )


def test_it_vouches_for_exactly_these_identifiers_in_any_order() -> None:
    assert is_good(TOKEN, dict(reversed(ALICE.items())))
    for other in (
        {"email": "alice@example.com"},
        {**ALICE, "crm_id": "8"},
        {**ALICE, "mobile": "+46701234567"},
    ):
        assert not is_good(TOKEN, {**other})


def test_it_ends_at_its_second() -> None:
    token = make_token(SECRET, ALICE, NOW + HOUR + 999_999)
    assert is_valid(token, ALICE, [SECRET], NOW + HOUR - 1)
    assert not is_valid(token, ALICE, [SECRET], NOW + HOUR)


def test_either_of_two_secrets_counts_during_a_rotation_and_no_other() -> None:
    assert is_valid(TOKEN, ALICE, [b"fps_next", SECRET], NOW)
    assert not is_valid(TOKEN, ALICE, [b"fps_next"], NOW)
    assert not is_valid(TOKEN, ALICE, [], NOW)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "1790003600",
        "1790003600.",
        TOKEN[:-1],
        TOKEN + "A",
        TOKEN + "==",
        " " + TOKEN,
        TOKEN + "\n",
        TOKEN.replace(".", ":"),
        "+" + TOKEN,
        "-" + TOKEN,
        "0" + TOKEN,
        "1" + TOKEN,
        "9" * 5000 + TOKEN[10:],
        TOKEN[:10].translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")) + TOKEN[10:],
        TOKEN[:11] + "é" * 43,
        TOKEN[:11] + "A" * 43,
        TOKEN[:11] + TOKEN[11:].swapcase(),
        TOKEN[:11] + "+/" * 21 + "A",
        "\ud800" + TOKEN,
        "a" * 1_000_000,
    ],
    ids=lambda token: ascii(token[:20]),
)
def test_what_is_no_token_of_ours_does_not_count_and_raises_nothing(token: str) -> None:
    assert not is_good(token)


def test_a_lone_surrogate_is_signed_by_nobody() -> None:
    assert not is_good(TOKEN, {"email": "\ud800"})


def test_the_last_character_has_one_spelling() -> None:
    """A signature of 256 bits leaves two bits over in its 43 characters: they are not free to choose."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert [last for last in alphabet if is_good(TOKEN[:-1] + last)] == [TOKEN[-1]]
