"""A refused payload that is released is worth as much as one that was never refused."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.core.fields import format_timestamp
from collector.store.models import Event, Rejection
from tests.cast import ALICE, BOB, EVERY_TYPE, NOON, ORDER, Shop, open_shop, order
from tests.generated import examples
from tests.intake.test_replay import correct, is_exact, replay
from tests.store.writes import count

FIELDS: list[dict[str, Any]] = [{"name": "total", "type": "decimal"}, *EVERY_TYPE["fields"][1:]]  # type: ignore[index]
LOOSE: dict[str, Any] = {**EVERY_TYPE, "fields": FIELDS}
STATE = (
    Event.event_id,
    Event.data,
    Event.data_at,
    Event.identifiers,
    Event.identifiers_at,
    Event.deleted_at,
    Event.occurred_at,
)

Sent = tuple[str, int, int, bool, bool]
"""id, total (below 0: refused at first), seconds, whether it is Bob's, whether it deletes"""


@contextmanager
def a_shop() -> Iterator[Shop]:
    with tempfile.TemporaryDirectory() as folder:
        shop = open_shop(f"sqlite:///{folder}/f.db")
        yield shop
        shop.store.close()


def send(shop: Shop, sent: Sequence[Sent]) -> None:
    till = shop.key()
    for event_id, total, seconds, is_bobs, deletes in sent:
        moment = format_timestamp(NOON + seconds * 1_000_000)
        deletion = {"deleted_at": moment} if deletes else {}
        event = order(
            event_id,
            data={**ORDER, "total": total},
            identifiers=BOB if is_bobs else ALICE,
            occurred_at=moment,
            **deletion,
        )
        shop.send(till, event)
        shop.clock.forward(1)


def state(shop: Shop) -> list[dict[str, Any]]:
    return shop.store.database.rows(Event.select(*STATE).order_by(Event.event_id))


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"), st.integers(-2, 2), st.integers(0, 50), st.booleans(), st.booleans()
        ),
        min_size=1,
        max_size=7,
        unique_by=lambda one: one[2],
    )
)
@settings(max_examples=examples(4, 12), deadline=None)
def test_refused_and_released_ends_as_if_it_had_never_been_refused(sent: list[Sent]) -> None:
    with a_shop() as strict, a_shop() as loose:
        definition = strict.define(EVERY_TYPE)
        loose.define(LOOSE)
        send(strict, sent)
        send(loose, sent)
        assert count(loose, Rejection) == 0
        correct(strict, definition, fields=FIELDS)
        told = replay(strict)
        assert told.released == told.checked == sum(total < 0 for _, total, *_ in sent)
        assert state(strict) == state(loose)
        assert is_exact(strict)
