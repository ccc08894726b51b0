"""Who tries what when: a thread that looks for webhooks with something to tell, and some that tell it.

A webhook's messages go out one after the other, in the order in which they were recorded. One that fails is
waited for, some tries long; then it steps aside and is tried again by itself, so that a message which its
receiver never takes holds up no others. A receiver that fails is asked less and less often, and one thread at
a time waits for it.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from collector.core.problems import Problem
from collector.core.webhooks.hooks import Hook
from collector.core.webhooks.signing import SECOND, pause_after, signed
from collector.delivery.rendering import Renderer, Withheld
from collector.delivery.sending import SECONDS, Answer, Sender
from collector.metrics import counting
from collector.store.opening import Store
from collector.store.webhooks.messages import DELIVERED, GIVEN_UP, WAITING, WITHHELD, Attempt
from collector.store.webhooks.queue import Result, Standing, Taken, Waiting
from collector.traces import spans
from collector.traces.spans import Facts

LOOK_SECONDS = 0.5
AGAIN_SECONDS = 2.0
"""After something went wrong with the database."""

THREADS = 16
TOGETHER = 50
"""So many messages at most, and not for longer than `TURN`, before it is noted what became of them."""

TURN = SECOND
HELD = TURN + int((SECONDS + 5) * SECOND)
"""A turn, one try that takes as long as it may, and some seconds: who says nothing then is not there."""

RESULTS = {DELIVERED: "delivered", WAITING: "failed", GIVEN_UP: "given_up", WITHHELD: "withheld"}
"""What a try that leaves a message so is counted as."""

STEPS_ASIDE = 4
GONE = 410
STOP_SECONDS = 5.0

log = logging.getLogger(__name__)


class Deliverer:
    """Delivers for one server. `clock` gives microseconds; `holder` is a name that no other server has."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], int],
        holder: str,
        sender: Sender,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._queue = store.queue
        self._clock = clock
        self._holder = holder
        self._sender = sender
        self._chance = chance
        self._renderer = Renderer(store)

    def ready(self) -> list[int]:
        """The webhooks that have something to tell now. Raises `Problem("storage-unavailable")`."""
        return self._queue.ready(self._clock())

    def turn(self, webhook: int, goes_on: Callable[[], bool] = lambda: True) -> bool:
        """Tells what a webhook has to tell, for a moment; whether there may be more to tell at once.

        Raises `Problem("storage-unavailable")`.
        """
        began = self._clock()
        taken = self._queue.take(webhook, self._holder, began, began + HELD)
        if taken is None:
            return False
        results: list[Result] = []
        standing = Standing(taken.failures, 0)
        due = self._queue.due(webhook, began, TOGETHER)
        for message in due:
            if not goes_on() or self._clock() - began > TURN:
                break
            result, standing = self._deliver(taken, message, standing)
            results.append(result)
            if result.state in (WAITING, GIVEN_UP):
                break
        counting.delivered(RESULTS[one.state] for one in results)
        is_ours = self._queue.note(taken, self._holder, results, standing, self._clock())
        return is_ours and standing.failures == 0 and (len(due) == TOGETHER or len(results) < len(due))

    def _deliver(self, taken: Taken, message: Waiting, standing: Standing) -> tuple[Result, Standing]:
        now = self._clock()
        hook = taken.hook
        try:
            body = self._renderer.body(hook, message, now)
        except Withheld as withheld:
            return Result(message, Attempt(now, None, str(withheld), 0, ""), WITHHELD), standing
        answer = self._posted(hook, message, body, now)
        milliseconds = round(answer.seconds * 1000)
        attempt = Attempt(now, answer.status, answer.sentence, milliseconds, answer.text)
        if answer.is_good:
            return Result(message, attempt, DELIVERED), Standing(0, 0, delivered_at=self._clock())
        failures = standing.failures + 1
        pause = pause_after(failures, self._chance(), answer.retry_after)
        resume_at = self._clock() + pause
        return (
            self._failed(message, attempt, resume_at),
            Standing(failures, resume_at, answer.status == GONE, standing.delivered_at),
        )

    def _failed(self, message: Waiting, attempt: Attempt, resume_at: int) -> Result:
        """Tried again when the webhook is, at first; after some tries later than that, by itself.

        The next pause is at least as long as any of this one, so that those behind come before it.
        """
        tries = message.tries + 1
        due_at = resume_at
        if tries >= STEPS_ASIDE:
            due_at = max(due_at, self._clock() + pause_after(tries + 1, self._chance()))
        if due_at > message.until:
            return Result(message, attempt, GIVEN_UP)
        return Result(message, attempt, WAITING, due_at)

    def _posted(self, hook: Hook, message: Waiting, body: bytes, now: int) -> Answer:
        """One try. Its span tells neither where it leads nor what it says, and goes on at no receiver's."""
        facts: Facts = {"http.request.method": "POST", "http.request.resend_count": message.tries}
        with spans.begun("webhook", "client", facts) as span:
            answer = self._sender.post(hook.draft.url, body, self._headers(hook, message, body, now))
            if answer.status is not None:
                span.note({"http.response.status_code": answer.status})
            if not answer.is_good:
                span.fail("no answer" if answer.status is None else str(answer.status))
        return answer

    def _headers(self, hook: Hook, message: Waiting, body: bytes, now: int) -> dict[str, str]:
        secrets = self._store.webhooks.good_secrets(hook.id, now)
        return signed(message.id, now // SECOND, body, secrets)


class Deliveries:
    """The threads of one server."""

    def __init__(self, deliverer: Deliverer) -> None:
        self._deliverer = deliverer
        self._stopping = threading.Event()
        self._work: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._at_work: set[int] = set()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._tell, name=f"webhooks {number}", daemon=True)
            for number in range(THREADS)
        ]
        self._threads.append(threading.Thread(target=self._look, name="webhooks", daemon=True))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """What is on its way gets some seconds; what is not noted then is told again after the next start."""
        self._stopping.set()
        for _ in range(THREADS):
            self._work.put(None)
        waits = STOP_SECONDS / len(self._threads)
        for thread in self._threads:
            thread.join(waits)

    def _look(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = LOOK_SECONDS
            try:
                for webhook in self._deliverer.ready():
                    self._hand_out(webhook)
            except Problem as problem:
                log.warning("The webhooks wait for the database: %s", problem.detail)
                pause = AGAIN_SECONDS
            except Exception:
                log.exception("The webhooks could not be looked at")
                pause = AGAIN_SECONDS

    def _hand_out(self, webhook: int) -> None:
        with self._lock:
            if webhook not in self._at_work:
                self._at_work.add(webhook)
                self._work.put(webhook)

    def _tell(self) -> None:
        while (webhook := self._work.get()) is not None:
            has_more = False
            try:
                has_more = self._deliverer.turn(webhook, lambda: not self._stopping.is_set())
            except Problem as problem:
                log.warning("A webhook waits for the database: %s", problem.detail)
            except Exception:
                log.exception("A webhook could not be told")
                self._stopping.wait(AGAIN_SECONDS)
            if has_more and not self._stopping.is_set():
                self._work.put(webhook)  # behind those that have waited meanwhile
                continue
            with self._lock:
                self._at_work.discard(webhook)


@contextmanager
def delivering(store: Store, clock: Callable[[], int], holder: str, sender: Sender) -> Iterator[None]:
    """Delivers for as long as the block lasts."""
    if store.database.is_sqlite:
        store.queue.let_go_of_all()
    threads = Deliveries(Deliverer(store, clock, holder, sender))
    threads.start()
    try:
        yield
    finally:
        threads.stop()
