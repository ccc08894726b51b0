"""Signatures, verified by the library of Standard Webhooks; and the pauses between tries."""

from __future__ import annotations

import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from collector.core.webhooks.signing import (
    LONGEST_PAUSE,
    PREFIX,
    SECOND,
    TRIED_FOR,
    pause_after,
    secret_of,
    signed,
)

OLD, NEW = secret_of(b"o" * 32), secret_of(b"n" * 32)
BODY = '{"type":"event.stored","data":{"said":"å ✓"}}'.encode()


def test_the_library_of_standard_webhooks_verifies_them_by_either_secret() -> None:
    headers = signed("msg_1", int(time.time()), BODY, [NEW, OLD])
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(BODY, headers)["type"] == "event.stored"
    assert NEW.startswith(PREFIX)


def test_another_secret_body_id_or_time_verifies_nothing() -> None:
    now = int(time.time())
    headers = signed("msg_1", now, BODY, [NEW])
    changed = [{**headers, "webhook-id": "msg_2"}, {**headers, "webhook-timestamp": str(now - 1)}]
    for body, sent in [(BODY + b" ", headers), *((BODY, one) for one in changed)]:
        with pytest.raises(WebhookVerificationError):
            Webhook(NEW).verify(body, sent)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(BODY, headers)


def test_pauses_grow_up_to_an_hour_and_are_spread() -> None:
    longest = [pause_after(failures, 1.0) // SECOND for failures in range(1, 13)]
    assert longest == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]
    assert pause_after(1, 0.0) == 2.5 * SECOND
    assert pause_after(10_000, 1.0) == LONGEST_PAUSE


def test_a_receiver_says_when_to_come_again_but_not_after_more_than_a_day() -> None:
    assert pause_after(1, 0.0, retry_after=120) == 120 * SECOND
    assert pause_after(5, 1.0, retry_after=1) == 80 * SECOND
    assert pause_after(1, 0.0, retry_after=10**9) == TRIED_FOR
