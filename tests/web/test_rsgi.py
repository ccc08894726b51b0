"""The event loop: who is answered there and then, who gets a thread, and that the loop never stands still."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from collector.core.problems import Problem
from collector.store import patience, precedence
from collector.web import rsgi
from collector.web.environs import environ_of
from tests.cast import EVERY_TYPE, ORDER, Shop, order
from tests.servers.loop import Head, Line, Loop, on_a_loop


@pytest.fixture
def ready_database_url(sqlite_ready_database_url: str) -> str:
    """One database is enough: what is asked is who waits for it."""
    return sqlite_ready_database_url


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a thread was needed for."""
    seen: list[str] = []
    talk = rsgi.talk

    def noted(app: Any, environ: Any, *rest: Any) -> int:
        seen.append(environ["PATH_INFO"])
        return talk(app, environ, *rest)

    monkeypatch.setattr(rsgi, "talk", noted)
    return seen


@pytest.fixture
def loop(shop: Shop, threads: list[str]) -> Iterator[Loop]:
    shop.define(EVERY_TYPE)
    with on_a_loop(shop.app) as started:
        yield started


@pytest.fixture
def among_others(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written by the loop, as if other requests were there."""
    monkeypatch.setattr(shop.parts.intake._group, "_write_now", None)


def event(shop: Shop, key: Any, event_id: str, **more: str) -> tuple[Head, Line]:
    body = json.dumps(order(event_id)).encode()
    headers = {"host": "localhost", "content-type": "application/json", "content-length": str(len(body))}
    headers |= {name.lower(): value for name, value in shop.headers(key).items()} | more
    return Head("POST", "/api/v1/events", "", headers), Line(body)


def test_what_is_remembered_is_answered_without_a_thread(shop: Shop, loop: Loop, threads: list[str]) -> None:
    key = shop.key()
    first = loop.ask(*event(shop, key, "1"))
    assert (first.status, json.loads(first.answer)["verdict"], len(threads)) == (200, "stored", 1)
    again = loop.ask(*event(shop, key, "2"))
    assert (again.status, json.loads(again.answer)["verdict"], len(threads)) == (200, "stored", 1)
    assert shop.get(key, "/api/v1/events/order.completed/2").status_code == 200


def test_what_was_asked_of_the_database_in_a_thread_is_spent_of_a_limit_once(shop: Shop, loop: Loop) -> None:
    key = shop.key(rate_limit=2)
    statuses = [loop.ask(*event(shop, key, str(number))).status for number in range(3)]
    assert statuses == [200, 200, 429]


def test_what_a_thread_is_needed_for_is_flasks_answer(shop: Shop, loop: Loop, threads: list[str]) -> None:
    answer = loop.ask(Head("GET", "/health", "", {"host": "localhost"}), Line())
    assert (answer.status, json.loads(answer.answer), threads) == (200, {"status": "alive"}, ["/health"])


@pytest.mark.usefixtures("among_others")
def test_a_request_and_an_answer_stand_back_while_a_transaction_is_filled(
    shop: Shop, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = shop.key()
    loop.ask(*event(shop, key, "1"))
    stood_back = []
    monkeypatch.setattr(shop.parts.intake, "stand_back", lambda: stood_back.append(threading.get_ident()))
    loop.ask(*event(shop, key, "2"))
    assert len(stood_back) == 2
    assert len({*stood_back, threading.get_ident()}) == 2, "only the loop stands back"


@pytest.mark.usefixtures("among_others")
def test_what_needs_a_thread_is_written_by_the_one_thread_too(
    shop: Shop, loop: Loop, threads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    writers, write = [], shop.store.commit.write

    def noted(*args: Any) -> Any:
        writers.append(threading.current_thread().name)
        return write(*args)

    monkeypatch.setattr(shop.store.commit, "write", noted)
    key = shop.key()
    for number in (1, 2):
        assert loop.ask(*event(shop, key, str(number))).status == 200
    assert (len(threads), writers) == (1, ["commit", "commit"])


def test_a_request_is_answered_once_a_transaction_is_filled(
    shop: Shop, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precedence, "LONG_SECONDS", 30.0)
    answered = threading.Event()

    def ask() -> None:
        loop.ask(Head("GET", "/health", "", {"host": "localhost"}), Line())
        answered.set()

    with shop.store.commit.precedence.taken():
        thread = threading.Thread(target=ask)
        thread.start()
        assert not answered.wait(0.05)
    assert answered.wait(20)
    thread.join()


def test_a_body_that_is_cut_off_is_refused_and_nothing_of_it_stored(shop: Shop, loop: Loop) -> None:
    key = shop.key()
    head, line = event(shop, key, "1")
    line.is_cut = True
    answer = loop.ask(head, line)
    assert (answer.status, json.loads(answer.answer)["code"]) == (400, "body-unreadable")
    assert shop.get(key, "/api/v1/events/order.completed/1").status_code == 404


def test_a_large_body_is_judged_by_a_thread(shop: Shop, loop: Loop, threads: list[str]) -> None:
    key = shop.key()
    assert loop.ask(*event(shop, key, "0")).status == 200
    body = json.dumps({"events": [order(str(number)) for number in range(100)]}).encode()
    head, _ = event(shop, key, "")
    head.headers["content-length"] = str(len(body))
    answer = loop.ask(head, Line(body))
    assert (json.loads(answer.answer)["stored"], len(threads)) == (99, 2)


@pytest.mark.usefixtures("among_others")
def test_whoever_waits_too_long_for_the_database_is_sent_away_and_the_loop_goes_on(
    shop: Shop, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = shop.key()
    assert loop.ask(*event(shop, key, "1")).status == 200
    group = shop.parts.intake._group
    monkeypatch.setattr(group, "_patience", 0.0)
    gate, begun = threading.Event(), threading.Event()
    write = group._commit.write

    def hang(*given: Any) -> Any:
        begun.set()
        gate.wait(20)
        return write(*given)

    monkeypatch.setattr(group._commit, "write", hang)
    told: dict[str, int] = {}

    def ask(event_id: str) -> None:
        told[event_id] = loop.ask(*event(shop, key, event_id)).status

    first = threading.Thread(target=ask, args=("2",))
    first.start()
    assert begun.wait(10)
    ask("3")
    gate.set()
    first.join()
    assert told == {"3": 503, "2": 200}


@pytest.mark.usefixtures("among_others")
def test_a_full_queue_is_a_refusal_to_be_tried_again(
    shop: Shop, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = shop.key()
    assert loop.ask(*event(shop, key, "1")).status == 200
    monkeypatch.setattr(shop.parts.intake._group, "_most", 0)
    answer = loop.ask(*event(shop, key, "2"))
    assert (answer.status, dict(answer.headers)["Retry-After"]) == (503, "2")
    assert shop.app.extensions["fieldpost_gate"].inside.taken == 0


def test_a_beacon_of_a_page_is_answered_there_with_what_a_page_may_read(
    shop: Shop, loop: Loop, threads: list[str]
) -> None:
    definition = shop.store.definitions.find("shop", "order.completed")
    assert definition is not None
    statuses = []
    for number in range(3):
        body = json.dumps({"id": str(number), "data": ORDER}).encode()
        headers = {"content-type": "text/plain", "content-length": str(len(body))}
        headers |= {"origin": "https://shop.example", "user-agent": "Mozilla/5.0 Firefox/153.0"}
        answer = loop.ask(Head("POST", f"/b/{definition.id}", "", headers), Line(body))
        statuses.append((answer.status, dict(answer.headers)["Access-Control-Allow-Origin"]))
    assert statuses == [(200, "https://shop.example")] * 3
    assert len(threads) <= 1


def test_nothing_waits_for_the_database_in_a_thread_that_must_not(shop: Shop) -> None:
    raised: list[BaseException] = []

    def look() -> None:
        patience.never_wait()
        try:
            shop.store.definitions.all("shop")
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert [type(error) for error in raised] == [patience.WouldWait]


def test_a_lock_that_somebody_holds_is_not_waited_for_there() -> None:
    lock, raised = threading.Lock(), []

    def look() -> None:
        patience.never_wait()
        try:
            with patience.held(lock):
                pass
        except patience.WouldWait as error:
            raised.append(error)

    with lock:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert len(raised) == 1
    with patience.held(lock):
        assert lock.locked()


@pytest.mark.usefixtures("among_others")
def test_a_refusal_of_the_storage_is_what_it_was(
    shop: Shop, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = shop.key()
    assert loop.ask(*event(shop, key, "1")).status == 200

    def fail(*_: object) -> None:
        raise Problem("storage-unavailable", "It is away.", retry_after=7)

    monkeypatch.setattr(shop.parts.intake._group._commit, "write", fail)
    answer = loop.ask(*event(shop, key, "2"))
    assert (answer.status, dict(answer.headers)["Retry-After"]) == (503, "7")


def test_a_header_with_an_underscore_is_nobodys_word() -> None:
    forged = {"x-forwarded-for": "192.0.2.1", "x_forwarded_for": "203.0.113.9"}
    environ = environ_of(Head("GET", "/", "", {"host": "here", **forged}))  # type: ignore[arg-type]
    assert environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.1"


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/health"), ("OPTIONS", "/b/{}")])
def test_an_answer_without_a_body_needs_no_pipe(
    shop: Shop, loop: Loop, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    monkeypatch.setattr(Line, "response_file", None)
    definition = shop.store.definitions.find("shop", "order.completed")
    assert definition is not None
    origin = {"origin": "https://shop.example"}
    answer = loop.ask(Head(method, path.format(definition.id), "", origin), Line())
    assert (answer.status in (200, 204), answer.answer) == (True, b"")
