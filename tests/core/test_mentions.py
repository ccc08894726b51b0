"""Whether a payload names somebody, in whatever spelling and place; and nobody else's payload does."""

from __future__ import annotations

from typing import Any

import pytest

from collector.core.mentions import Person

ALICE = Person(
    {("email", "alice@example.com"), ("mobile", "+46701234567"), ("crm_id", "7")}, {"visitor-of-alice"}
)

NAMING: dict[str, Any] = {
    "as it is": {"identifiers": {"email": "alice@example.com"}},
    "in another spelling": {"identifiers": {"email": " Alice@Example.COM "}},
    "by a mobile with blanks": {"identifiers": {"mobile": "+46 70-123 45 67"}},
    "by a crm_id": {"identifiers": {"crm_id": "7"}},
    "by a crm_id that is a number": {"identifiers": {"crm_id": 7}},
    "by a kind that there is not": {"identifiers": {"customer": "7"}},
    "in a list of identifiers": {"identifiers": {"email": ["alice@example.com"]}},
    "by the browser": {"visitor": "visitor-of-alice"},
    "in the data": {"data": {"mail": "alice@example.com"}},
    "deep in the data": {"data": {"a": [{"b": ["ALICE@example.com"]}]}},
    "in a sentence": {"data": {"note": "Deliver to alice@example.com, please."}},
    "at the end of a sentence": {"data": {"note": "It is alice@example.com."}},
    "in brackets": {"data": {"note": "Alice <alice@example.com>"}},
    "a mobile in the data": {"data": {"phone": "0046 70 123 45 67"}},
    "by identifiers that are a text": {"identifiers": "7"},
    "no object": ["alice@example.com"],
}
NOT_NAMING: dict[str, Any] = {
    "nobody": {"identifiers": {}, "data": {}},
    "nothing": None,
    "a longer address": {"identifiers": {"email": "malice@example.com"}},
    "a longer domain": {"data": {"note": "alice@example.com.au"}},
    "another domain": {"data": {"note": "alice@example.company"}},
    "a tagged address": {"data": {"note": "x.alice@example.com and +alice@example.com"}},
    "a longer number": {"data": {"note": "+467012345678"}},
    "the crm_id in the data": {"data": {"lines": 7, "size": "7"}},
    "a crm_id with more in it": {"identifiers": {"crm_id": "77"}},
    "the name of a member": {"data": {"alice@example.com": 1}},
    "another browser": {"visitor": "visitor-of-alice-2"},
}


@pytest.mark.parametrize("payload", NAMING.values(), ids=NAMING)
def test_it_names_the_person(payload: Any) -> None:
    assert ALICE.is_named_in(payload)


@pytest.mark.parametrize("payload", NOT_NAMING.values(), ids=NOT_NAMING)
def test_it_names_somebody_else_or_nobody(payload: Any) -> None:
    assert not ALICE.is_named_in(payload)


def test_nobody_in_particular_is_named_by_nothing() -> None:
    nobody = Person((), ())
    assert not any(nobody.is_named_in(payload) for payload in NAMING.values())


def test_a_payload_of_any_depth_is_read() -> None:
    payload: Any = "alice@example.com"
    for _ in range(5_000):
        payload = [payload]
    assert ALICE.is_named_in(payload)
