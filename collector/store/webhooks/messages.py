"""The log of deliveries: what was told, when, how often, with what answer. It is kept for a week, and of each
webhook the newest ten thousand; what waits for longer than a day at a receiver that fails is given up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from peewee import SQL

from collector.core import ids
from collector.core.problems import Problem
from collector.core.webhooks.hooks import TEST
from collector.core.webhooks.signing import TRIED_FOR
from collector.store.database import Database
from collector.store.lists import newest_first
from collector.store.models_webhooks import Webhook, WebhookAttempt, WebhookMessage
from collector.store.webhooks.outbox import Message, Outbox

Fate = Literal["waiting", "delivered", "given up", "withheld"]
FATES: tuple[Fate, ...] = ("waiting", "delivered", "given up", "withheld")
"""By their numbers in the table. `withheld`: there was nothing left of it that the webhook may be told."""

WAITING, DELIVERED, GIVEN_UP, WITHHELD = range(4)

WAITS = WebhookMessage.state == SQL(str(WAITING))
"""As the index of those that wait has it: SQLite would not know it in a bound value."""

KEPT_FOR = 7 * 24 * 3_600_000_000
KEPT = 10_000
MOST_WAITING = 100_000
"""So many messages of a webhook wait at the most; the oldest beyond are given up."""

_PART = 500


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try: `status` is None where no answer came; `duration` in milliseconds."""

    at: int
    status: int | None
    sentence: str
    duration: int
    answer: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message and how it was delivered, the first try first; times in microseconds."""

    number: int
    type: str
    fate: Fate
    recorded_at: int
    due_at: int
    tries: int
    ended_at: int | None
    attempts: tuple[Attempt, ...] = ()

    @property
    def id(self) -> str:
        return ids.encode(self.number)

    @property
    def message_id(self) -> str:
        """The same on every try: receivers know by it what they have had already."""
        return message_id(self.number)


def message_id(number: int) -> str:
    """What a message is called to its receiver."""
    return f"msg_{ids.encode(number)}"


class Deliveries:
    """The deliveries of a store's webhooks."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._db = database
        self._outbox = outbox

    def page(
        self, webhook: int, limit: int, cursor: str | None, fate: Fate | None = None
    ) -> tuple[list[Delivery], str | None]:
        """The newest first, each with all its tries. Raises `Problem` for a cursor that is none of ours."""
        query = WebhookMessage.select().where(WebhookMessage.webhook == webhook)
        if fate is not None:
            query = query.where(WebhookMessage.state == FATES.index(fate))
        found, more = newest_first(self._db, query, WebhookMessage.id, limit, cursor)
        return self._with_attempts(found), more

    def find(self, webhook: int, public_id: str) -> Delivery:
        """Raises `Problem("not-found")`."""
        number = ids.decode(public_id)
        its_own = (WebhookMessage.webhook == webhook) & (WebhookMessage.id == number)
        row = self._db.row(WebhookMessage.select().where(its_own))
        if row is None:
            raise Problem("not-found", "There is no such delivery.")
        return self._with_attempts([row])[0]

    def send_again(self, webhook: int, public_id: str, now: int) -> Delivery:
        """Has a message delivered once more, under the same id, for a day from now on, and at once.

        Raises `Problem`: `not-found`, `webhook-off`.
        """
        with self._db.writing():
            delivery = self.find(webhook, public_id)
            self._wake(webhook)
            fresh = {"state": WAITING, "due_at": now, "until": now + TRIED_FOR, "ended_at": None}
            self._db.run(WebhookMessage.update(**fresh).where(WebhookMessage.id == delivery.number))
        return self.find(webhook, public_id)

    def send_test(self, webhook: int, now: int) -> Delivery:
        """Has a message delivered that tells of nothing. Raises `Problem("webhook-off")`."""
        with self._db.writing():
            self._wake(webhook)
            [number] = self._outbox.leave([Message(webhook, TEST)], now)
        return self.find(webhook, ids.encode(number))

    def _wake(self, webhook: int) -> None:
        """Whoever looks at a receiver that failed does not wait for its pause to end."""
        is_it = (Webhook.id == webhook) & (Webhook.state == "on")
        if self._db.touch(Webhook.update(resume_at=0).where(is_it)) == 0:
            raise Problem("webhook-off", "This webhook is off. Switch it on first.")

    def tidy(self, now: int, goes_on: Callable[[], bool]) -> dict[str, int]:
        """Gives up what waits for too long or is too much, and deletes what is old; how many of each."""
        counts = {"given_up": 0, "deleted": 0}
        rows = self._db.rows(Webhook.select(Webhook.id, Webhook.state, Webhook.failures))
        for row in rows:
            if goes_on():
                counts["given_up"] += self._give_up(row, now)
                counts["deleted"] += self._forget_old(row["id"], now)
        # A commit that did not know yet may have left messages of a webhook that was deleted meanwhile.
        orphans = WebhookMessage.webhook.not_in(Webhook.select(Webhook.id))
        counts["deleted"] += self._delete(orphans)
        return counts

    def _give_up(self, hook: dict[str, Any], now: int) -> int:
        waits = (WebhookMessage.webhook == hook["id"]) & WAITS
        too_late = waits & (WebhookMessage.until < now)
        given_up = 0
        if hook["state"] != "on" or hook["failures"]:
            given_up += self._end(too_late, now)
        newest = WebhookMessage.select(WebhookMessage.id).where(waits).order_by(WebhookMessage.id.desc())
        edge = self._db.row(newest.offset(MOST_WAITING))
        if edge is not None:
            given_up += self._end(waits & (WebhookMessage.id <= edge["id"]), now)
        return given_up

    def _end(self, condition: Any, now: int) -> int:
        with self._db.writing():
            ended = WebhookMessage.update(state=GIVEN_UP, ended_at=now)
            return self._db.touch(ended.where(condition))

    def _forget_old(self, webhook: int, now: int) -> int:
        is_over = (WebhookMessage.webhook == webhook) & (WebhookMessage.state != WAITING)
        deleted = self._delete(is_over & (WebhookMessage.ended_at < now - KEPT_FOR))
        newest = WebhookMessage.select(WebhookMessage.id).where(is_over).order_by(WebhookMessage.id.desc())
        edge = self._db.row(newest.offset(KEPT))
        if edge is not None:
            deleted += self._delete(is_over & (WebhookMessage.id <= edge["id"]))
        return deleted

    def _delete(self, condition: Any) -> int:
        deleted = 0
        query = WebhookMessage.select(WebhookMessage.id).where(condition).limit(_PART)
        while numbers := [row["id"] for row in self._db.rows(query)]:
            with self._db.writing():
                self._db.run(WebhookAttempt.delete().where(WebhookAttempt.message.in_(numbers)))
                deleted += self._db.touch(WebhookMessage.delete().where(WebhookMessage.id.in_(numbers)))
        return deleted

    def _with_attempts(self, found: list[dict[str, Any]]) -> list[Delivery]:
        numbers = [row["id"] for row in found]
        attempts: dict[int, list[Attempt]] = {number: [] for number in numbers}
        query = WebhookAttempt.select().where(WebhookAttempt.message.in_(numbers)).order_by(WebhookAttempt.id)
        for row in self._db.rows(query) if numbers else ():
            names = ("at", "status", "sentence", "duration", "answer")
            attempts[row["message"]].append(Attempt(*(row[name] for name in names)))
        return [_delivery(row, tuple(attempts[row["id"]])) for row in found]


def _delivery(row: dict[str, Any], attempts: tuple[Attempt, ...]) -> Delivery:
    times = (row["recorded_at"], row["due_at"], row["tries"], row["ended_at"])
    return Delivery(row["id"], row["type"], FATES[row["state"]], *times, attempts)
