"""Tries and tries again: pauses, order, one server at a time, giving up, and what people can do about it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from collector.core.problems import Problem
from collector.delivery.delivering import HELD, STEPS_ASIDE, delivering
from collector.delivery.sending import Sender
from collector.jobs.schedule import SECOND
from collector.store.webhooks.queue import Standing
from tests.cast import ADMIN, EVERY_TYPE, Shop, order
from tests.delivery.hooks import HERE, again, deliver, deliverer, fates, log_of, make_hook
from tests.servers.receiver import GOOD, Receiver, answer, receiver
from tests.servers.waiting import eventually

BAD = answer(500, b"broken")


@pytest.fixture(autouse=True)
def _orders(shop: Shop) -> None:
    shop.define(EVERY_TYPE)


def send(shop: Shop, *numbers: str) -> None:
    shop.send(shop.key(), *map(order, numbers))


def events_in(one: Receiver) -> list[str]:
    """The ids of the events that it was told, in their order."""
    return [request.told["data"]["event"]["id"] for request in one.received]


def test_a_failure_is_tried_again_under_the_same_id_after_a_pause_that_grows(shop: Shop) -> None:
    with receiver(BAD, BAD, GOOD) as one:
        hook = make_hook(shop, one.url)
        send(shop, "1")
        deliver(shop)
        assert again(shop, hook).failures == 1
        shop.clock.forward(4.9)
        deliver(shop)
        assert len(one.received) == 1
        shop.clock.forward(0.1)
        deliver(shop)
        shop.clock.forward(9.9)
        deliver(shop)
        assert len(one.received) == 2
        shop.clock.forward(0.1)
        deliver(shop)
    first, second, third = one.received
    assert first.id == second.id == third.id
    assert first.body == third.body
    assert first.headers["webhook-timestamp"] < third.headers["webhook-timestamp"]
    [delivery] = log_of(shop, hook)
    assert (delivery.fate, delivery.tries) == ("delivered", 3)
    assert [attempt.status for attempt in delivery.attempts] == [500, 500, 204]
    assert delivery.attempts[0].answer == "broken"
    assert (again(shop, hook).failures, again(shop, hook).failing_since) == (0, None)


def test_they_arrive_in_the_order_in_which_they_were_recorded(shop: Shop) -> None:
    with receiver(BAD, GOOD) as one:
        make_hook(shop, one.url)
        send(shop, *map(str, range(60)))
        deliver(shop)
        assert len(one.received) == 1
        shop.clock.forward(5)
        deliver(shop)
    assert events_in(one) == ["0", *map(str, range(60))]


def test_a_message_that_is_never_taken_steps_aside_for_the_others(shop: Shop) -> None:
    with receiver(*[BAD] * STEPS_ASIDE, GOOD) as one:
        hook = make_hook(shop, one.url)
        send(shop, "1", "2")
        for _ in range(STEPS_ASIDE + 2):
            deliver(shop)
            shop.clock.forward(40)
    assert events_in(one) == [*["1"] * STEPS_ASIDE, "2", "1"]
    assert fates(shop, hook) == ["delivered", "delivered"]


def test_a_receiver_that_says_when_to_come_again_is_heard(shop: Shop) -> None:
    with receiver(answer(429, b"", "Retry-After: 600"), GOOD) as one:
        make_hook(shop, one.url)
        send(shop, "1")
        deliver(shop)
        shop.clock.forward(599)
        deliver(shop)
        assert len(one.received) == 1
        shop.clock.forward(1)
        deliver(shop)
    assert len(one.received) == 2


def test_a_receiver_that_is_gone_switches_its_webhook_off(shop: Shop) -> None:
    with receiver(answer(410), GOOD) as one:
        hook = make_hook(shop, one.url)
        send(shop, "1")
        deliver(shop)
        assert again(shop, hook).state == "gone"
        shop.clock.forward(3_600)
        deliver(shop)
        assert len(one.received) == 1
    [entry] = [one for one in shop.store.audit.page("shop", 50, None).items if one.action == "webhook.gone"]
    assert entry.subject == hook.id


def test_after_a_day_a_message_is_given_up(shop: Shop) -> None:
    with receiver(BAD) as one:
        hook = make_hook(shop, one.url)
        send(shop, "1")
        for _ in range(40):
            deliver(shop)
            shop.clock.forward(3_600)
    assert fates(shop, hook) == ["given up"]
    assert again(shop, hook).failing_since is not None
    assert 20 < len(one.received) < 40


def test_one_dead_receiver_holds_up_no_other(shop: Shop, free_port: int) -> None:
    dead = make_hook(shop, f"http://127.0.0.1:{free_port}/")
    with receiver() as one:
        make_hook(shop, one.url)
        send(shop, "1", "2", "3")
        deliver(shop)
    assert len(one.received) == 3
    assert (fates(shop, dead), again(shop, dead).failures) == (["waiting"] * 3, 1)


def test_the_oldest_beyond_what_may_wait_is_given_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.store.webhooks.messages.MOST_WAITING", 2)
    hook = make_hook(shop, "http://127.0.0.1:1/")
    send(shop, "1", "2", "3")
    shop.store.deliveries.tidy(shop.clock.now(), lambda: True)
    assert fates(shop, hook) == ["given up", "waiting", "waiting"]


def test_what_waits_for_a_day_at_a_receiver_that_fails_is_given_up_untried(shop: Shop) -> None:
    with receiver(BAD) as one:
        failing, waiting = make_hook(shop, one.url), make_hook(shop, one.url)
        send(shop, "1", "2")
        deliverer(shop).turn(failing.hook.id)
        shop.clock.forward(24 * 3_600 + 1)
        shop.store.deliveries.tidy(shop.clock.now(), lambda: True)
    assert fates(shop, failing) == ["given up", "given up"]
    assert fates(shop, waiting) == ["waiting", "waiting"]  # nobody has tried: no server ran


def test_the_log_is_kept_for_a_week_and_the_newest_of_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.store.webhooks.messages.KEPT", 2)
    with receiver() as one:
        hook = make_hook(shop, one.url)
        send(shop, "1", "2", "3")
        deliver(shop)
        shop.store.deliveries.tidy(shop.clock.now(), lambda: True)
        assert len(log_of(shop, hook)) == 2
        shop.clock.forward(7 * 24 * 3_600 + 1)
        shop.store.deliveries.tidy(shop.clock.now(), lambda: True)
    assert log_of(shop, hook) == []


def test_a_delivery_is_sent_again_under_its_id_and_at_once(shop: Shop) -> None:
    with receiver(BAD, GOOD) as one:
        hook = make_hook(shop, one.url)
        send(shop, "1")
        deliver(shop)
        [delivery] = log_of(shop, hook)
        shop.store.deliveries.send_again(hook.hook.id, delivery.id, shop.clock.now())
        deliver(shop)
        assert fates(shop, hook) == ["delivered"]
        shop.store.deliveries.send_again(hook.hook.id, delivery.id, shop.clock.now())
        deliver(shop)
    assert len({request.id for request in one.received}) == 1
    assert len(one.received) == 3


def test_a_test_says_whose_it_is_and_nothing_else(shop: Shop) -> None:
    with receiver() as one:
        hook = make_hook(shop, one.url)
        shop.store.deliveries.send_test(hook.hook.id, shop.clock.now())
        deliver(shop)
    [request] = one.received
    assert request.told["type"] == "webhook.test"
    assert request.told["data"] == {"section": "shop", "webhook": hook.id, "name": "Partner"}


def test_one_that_is_off_is_not_tested(shop: Shop) -> None:
    hook = make_hook(shop, "http://127.0.0.1:1/", active=False)
    with pytest.raises(Problem) as refused:
        shop.store.deliveries.send_test(hook.hook.id, shop.clock.now())
    assert refused.value.code == "webhook-off"


def test_of_two_servers_one_has_a_webhook_at_a_time(shop: Shop) -> None:
    first, second = deliverer(shop, "first"), deliverer(shop, "second")
    with receiver() as one:
        hook = make_hook(shop, one.url)
        send(shop, *map(str, range(100)))

        def work(which: object) -> None:
            while fates(shop, hook).count("delivered") < 100:
                (first if which == 1 else second).turn(hook.hook.id)

        threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert one.most_at_once == 1
    assert events_in(one) == [*map(str, range(100))]


def test_whoever_was_replaced_notes_nothing_and_it_is_told_again_under_the_same_id(shop: Shop) -> None:
    with receiver() as one:
        hook = make_hook(shop, one.url)
        send(shop, "1")
        slow = shop.store.queue.take(hook.hook.id, "slow", shop.clock.now(), shop.clock.now() + HELD)
        assert slow is not None
        assert deliverer(shop).ready() == []
        shop.clock.forward(HELD / SECOND + 1)
        deliver(shop)
        assert not shop.store.queue.note(slow, "slow", [], Standing(9, 9), shop.clock.now())
    assert again(shop, hook).failures == 0


def test_beside_a_server_they_go_out_by_themselves_until_it_stops(shop: Shop) -> None:
    with receiver() as one, delivering(shop.store, shop.clock.now, "one", Sender(HERE)):
        hook = make_hook(shop, one.url)
        send(shop, "1", "2", "3")
        assert eventually(lambda: fates(shop, hook) == ["delivered"] * 3)
    assert one.types() == ["event.stored"] * 3


def test_switching_on_again_forgets_the_failures(shop: Shop) -> None:
    with receiver(answer(410), GOOD) as one:
        hook = make_hook(shop, one.url)
        send(shop, "1")
        deliver(shop)
        shop.store.webhooks.change(
            "shop", hook.id, lambda draft: replace(draft, is_on=True), ADMIN, shop.clock.now()
        )
        shop.clock.forward(5)
        deliver(shop)
    assert fates(shop, hook) == ["delivered"]
