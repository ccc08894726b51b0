"""What is kept of a refused payload: everything but secrets, and whether it can be judged again."""

from __future__ import annotations

import json
import timeit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.core.events import KEPT, WEB_SPACE, Write
from collector.core.goals import Goal
from collector.core.kept_payloads import LONGEST, keep, payload_of, sent_at_of
from collector.core.payloads import API, BEACON, ApiPayload, BeaconPayload
from collector.core.redaction import REMOVED, without_secrets
from collector.core.tokens import make_token
from tests.cast import ALICE, NOON

KEY = "fp_02spwwpmg4000" + "Ab-_" * 8
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9"  # no secret
TOKEN = make_token(b"secret", ALICE, NOON)
SECONDS = 0.5
"""Some milliseconds are usual; what grows with the square of a text takes ten times as long as this."""
PEM = "-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIIGv\\n-----END EC PRIVATE KEY-----"  # no secret


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (KEY, "fp_" + REMOVED),
        (f"https://shop.example/?key={KEY}&a=1", f"https://shop.example/?key=fp_{REMOVED}&a=1"),
        (f"x{KEY}", f"xfp_{REMOVED}"),
        (TOKEN, REMOVED),
        (JWT, REMOVED),
        (f"Bearer {'a1' * 12}", f"Bearer {REMOVED}"),
        (PEM, REMOVED),
        (KEY.replace("f", "\\u0066"), "fp_" + REMOVED),
        ("a fp_ alone, eyJ, Bearer of news, 1790000000.5", "a fp_ alone, eyJ, Bearer of news, 1790000000.5"),
        ("\\u0022 \\u005c \\u0000 \\\\u0041", "\\u0022 \\u005c \\u0000 \\\\u0041"),
    ],
)
def test_secrets_are_taken_out_and_what_stands_round_them_stays(text: str, left: str) -> None:
    assert without_secrets(text) == left


@given(st.recursive(st.text() | st.integers() | st.none(), lambda inner: st.dictionaries(st.text(), inner)))
def test_a_json_document_stays_what_it_was(document: object) -> None:
    for text in (json.dumps(document), json.dumps(document, ensure_ascii=False)):
        assert json.loads(without_secrets(text)) == document


@given(st.text(alphabet='"\\u00416f_{}[], '), st.sampled_from([KEY, JWT, TOKEN]))
def test_no_secret_is_left_in_any_surroundings(around: str, secret: str) -> None:
    text = json.dumps({"note": f"{around} {secret} {around}"})
    kept = without_secrets(text)
    assert secret not in kept
    assert secret not in json.loads(kept)["note"]


def test_a_token_is_not_kept_and_the_rest_is_as_it_came() -> None:
    payload = BeaconPayload(id="1", token=TOKEN, identifiers=dict(ALICE), data=msgspec.Raw(b'{"a": 1.50}'))
    kept = keep(payload, is_unread=False)
    assert json.loads(kept.text) == {"id": "1", "identifiers": ALICE, "data": {"a": 1.5}}
    assert "1.50" in kept.text
    assert not kept.is_partial


def test_what_is_not_whole_is_kept_as_such() -> None:
    huge = ApiPayload(id="1", data=msgspec.Raw(b'{"a": "' + b"x" * LONGEST + b'"}'))
    assert json.loads(keep(huge, is_unread=False).text) == {"id": "1", "data": None, "truncated": True}
    assert keep(huge, is_unread=False).is_partial
    assert keep(ApiPayload(id="1"), is_unread=True).is_partial
    secretive = keep(ApiPayload(id=KEY), is_unread=False)
    assert (secretive.event_id, secretive.is_partial) == (f"fp_{REMOVED}", True)
    assert KEY not in secretive.text


@pytest.mark.parametrize("deletion", [KEPT, None, NOON - 1])
def test_a_write_is_kept_as_the_payload_that_it_came_from(deletion: object) -> None:
    write = Write(
        *("shop", 1, 2, "order.completed", 0, "7", "api", NOON - 5, NOON, "Till", "key", ALICE),
        data='{"total":1.50}',
        given_goal=Goal("purchase", 149_990_000, "Café", "SEK"),
        deletion=deletion,  # type: ignore[arg-type]
    )
    payload, faults = API.read(keep(payload_of(write), is_unread=False).text.encode())
    assert faults == []
    assert (payload.event, payload.id, payload.source) == ("order.completed", "7", "Till")
    assert (payload.data_text, bytes(payload.goal_value)) == (b'{"total":1.50}', b"149.99")
    assert (payload.goal_type, payload.goal_name, payload.goal_currency) == ("purchase", "Café", "SEK")
    expected = {KEPT: msgspec.UNSET, None: None, NOON - 1: "2026-09-21T14:13:19.999999Z"}
    assert payload.deleted_at == expected[deletion]


def test_a_page_s_write_keeps_its_visitor_and_the_times_of_its_clock() -> None:
    raw = '{"occurred_at":"2026-09-21T10:00:00Z","sent_at":1789980000000000}'
    write = Write(
        *("shop", 1, 2, "a", WEB_SPACE, "7", "beacon", NOON, NOON, "Website", "signed", {}, None),
        visitor="browser-1",
        raw_times=raw,
    )
    payload, _ = BEACON.read(keep(payload_of(write), is_unread=False).text.encode())
    assert (payload.visitor, payload.occurred_at) == ("browser-1", "2026-09-21T10:00:00Z")
    assert sent_at_of(write) == 1789980000000000


@pytest.mark.parametrize(
    "part", ["1234567890.", "eyJ", "fp_", "-----BEGIN A ", "bearer ", "\\\\", "Bearer", "eyJa.", "9.9-"]
)
def test_a_text_that_only_looks_like_secrets_is_read_in_no_time(part: str) -> None:
    text = (part * LONGEST)[:LONGEST]
    assert timeit.timeit(lambda: without_secrets(text), number=5) / 5 < SECONDS
