"""Whoever fills a transaction goes first, and whoever judges for the next one stands back meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from collector.store import precedence
from collector.store.precedence import Precedence
from tests.cast import EVERY_TYPE, Shop
from tests.store.writes import commit, verdicts, write


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No transaction takes too long to be waited for."""
    monkeypatch.setattr(precedence, "LONG_SECONDS", 30.0)


def in_a_thread(call: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=call)
    thread.start()
    return thread


@pytest.mark.usefixtures("patient")
def test_who_stands_back_goes_on_when_the_transaction_is_filled() -> None:
    one, order_of_things = Precedence(matters=True), []

    def judge() -> None:
        one.stand_back()
        order_of_things.append("judged")

    with one.taken():
        thread = in_a_thread(judge)
        thread.join(0.05)
        order_of_things.append("filled")
    thread.join()
    assert order_of_things == ["filled", "judged"]


def test_nobody_stands_back_for_long() -> None:
    one = Precedence(matters=True)
    with one.taken():
        thread = in_a_thread(lambda: [one.stand_back() for _ in range(1_000)])
        thread.join(10)
        assert not thread.is_alive(), "a thousand requests in a row waited for one slow transaction"


def test_who_fills_a_transaction_gets_it_back_from_those_who_stood_back() -> None:
    one = Precedence(matters=True)
    for _ in range(3):
        with one.taken():
            pass
        one.stand_back()
    with pytest.raises(ZeroDivisionError), one.taken():
        raise ZeroDivisionError
    assert not one._filling.locked()


def test_a_commit_goes_first_while_it_is_filled_and_not_while_it_is_written_to_disk(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = shop.define(EVERY_TYPE)
    commit_of_store, database = shop.store.commit, shop.store.database.peewee
    seen = {}

    def is_taken() -> bool:
        return commit_of_store.precedence._filling.locked()

    count, to_disk = commit_of_store._ledger.count, database.commit

    def counted(*args: object) -> None:
        seen["while it is filled"] = is_taken()
        count(*args)  # type: ignore[arg-type]

    def written() -> object:
        seen["while it is written"] = is_taken()
        return to_disk()

    monkeypatch.setattr(commit_of_store._ledger, "count", counted)
    monkeypatch.setattr(database, "commit", written)
    assert verdicts(commit(shop, write(definition))) == ["stored"]
    # PostgreSQL is waited for in both: nobody else is kept.
    assert seen == {"while it is filled": shop.store.database.is_sqlite, "while it is written": False}
