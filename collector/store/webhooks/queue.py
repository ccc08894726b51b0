"""What is to be delivered: taken by one server at a time for each webhook, and noted when it was.

Whoever delivers holds the webhook for some seconds and writes only what it found out as its holder. One that
is killed between a delivery and its note is replaced when its time is over, and the message is told again,
under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import fn

from collector.core import ids
from collector.core.actors import Actor
from collector.core.webhooks.hooks import Hook
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.models_webhooks import Webhook, WebhookAttempt, WebhookMessage
from collector.store.webhooks.hook_rows import hook_of
from collector.store.webhooks.messages import WAITS, Attempt, message_id

RECEIVER = Actor("the receiver, by 410", "webhook")
"""Who switches a webhook off that nobody switched off here."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A webhook that is held, and how often it has failed one time after the other."""

    hook: Hook
    failures: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is due, by the numbers of what it is about."""

    number: int
    type: str
    event: int | None
    profile: int | None
    segment: int | None
    definition: int | None
    about: str | None
    recorded_at: int
    until: int
    tries: int

    @property
    def id(self) -> str:
        """What it is called to its receiver."""
        return message_id(self.number)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a message. `due_at`: when it is tried again; None: never."""

    message: Waiting
    attempt: Attempt
    state: int
    due_at: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a webhook stands after some deliveries. `delivered_at` None: nothing was delivered."""

    failures: int
    resume_at: int
    is_gone: bool = False
    delivered_at: int | None = None


class Queue:
    """The messages of a store that are due."""

    def __init__(self, database: Database, take_ids: Callable[[int], list[int]], audit: Audit) -> None:
        self._db = database
        self._audit = audit
        self._take_ids = take_ids

    def ready(self, now: int) -> list[int]:
        """The webhooks that have something to tell and that nobody is at."""
        due = WebhookMessage.select(WebhookMessage.id).where(
            (WebhookMessage.webhook == Webhook.id) & WAITS & (WebhookMessage.due_at <= now)
        )
        query = Webhook.select(Webhook.id).where(_is_free(now) & fn.EXISTS(due))
        return [row["id"] for row in self._db.rows(query.order_by(Webhook.resume_at, Webhook.id))]

    def let_go_of_all(self) -> None:
        """Where one server serves a database: whoever held something before it started is no more."""
        with self._db.writing():
            self._db.run(Webhook.update(holder=None, held_until=0).where(Webhook.held_until > 0))

    def take(self, number: int, holder: str, now: int, until: int) -> Taken | None:
        """Takes a webhook, unless it is off, pauses, or somebody else has it."""
        claim = Webhook.update(holder=holder, held_until=until).where((Webhook.id == number) & _is_free(now))
        with self._db.writing():
            if self._db.touch(claim) == 0:
                return None
        row = self._db.row(Webhook.select().where(Webhook.id == number))
        return Taken(hook_of(row), row["failures"]) if row is not None else None

    def due(self, number: int, now: int, most: int) -> list[Waiting]:
        """The oldest messages that are due, in the order in which they were recorded."""
        waits = (WebhookMessage.webhook == number) & WAITS
        query = WebhookMessage.select().where(waits & (WebhookMessage.due_at <= now))
        names = (
            "id",
            "type",
            "event",
            "profile",
            "segment",
            "definition",
            "about",
            "recorded_at",
            "until",
            "tries",
        )
        rows = self._db.rows(query.order_by(WebhookMessage.id).limit(most))
        return [Waiting(*(row[name] for name in names)) for row in rows]

    def note(
        self, taken: Taken, holder: str, results: Sequence[Result], standing: Standing, now: int
    ) -> bool:
        """Writes down what became of messages and lets the webhook go; False if somebody else has it."""
        number = taken.hook.id
        with self._db.writing():
            if self._db.touch(_let_go(standing, now).where(_held_by(number, holder))) == 0:
                return False
            if standing.is_gone:
                told = {"state": "gone"}
                subject = ids.encode(number)
                self._audit.record(
                    taken.hook.section_id, RECEIVER, "webhook.gone", subject, now=now, after=told
                )
            for one in results:
                self._note(one, now)
            for attempt_id, one in zip(self._take_ids(len(results)), results, strict=True):
                self._db.run(WebhookAttempt.insert(**_attempt_row(attempt_id, number, one)))
        return True

    def _note(self, one: Result, now: int) -> None:
        values: dict[str, Any] = {"state": one.state, "tries": WebhookMessage.tries + 1}
        if one.due_at is not None:
            values["due_at"] = one.due_at
        else:
            values["ended_at"] = now
        self._db.run(WebhookMessage.update(**values).where(WebhookMessage.id == one.message.number))


def _let_go(standing: Standing, now: int) -> Any:
    values: dict[str, Any] = {
        "holder": None,
        "held_until": 0,
        "failures": standing.failures,
        "resume_at": standing.resume_at,
    }
    if standing.failures == 0:
        values["failing_since"] = None
    else:
        values["failing_since"] = fn.COALESCE(Webhook.failing_since, now)
    if standing.delivered_at is not None:
        values["delivered_at"] = standing.delivered_at
    if standing.is_gone:
        values["state"] = "gone"
    return Webhook.update(**values)


def _is_free(now: int) -> Any:
    return (Webhook.state == "on") & (Webhook.resume_at <= now) & (Webhook.held_until <= now)


def _held_by(number: int, holder: str) -> Any:
    return (Webhook.id == number) & (Webhook.holder == holder)


def _attempt_row(number: int, webhook: int, one: Result) -> dict[str, Any]:
    attempt = one.attempt
    return {
        "id": number,
        "webhook": webhook,
        "message": one.message.number,
        "at": attempt.at,
        "status": attempt.status,
        "sentence": attempt.sentence,
        "duration": attempt.duration,
        "answer": attempt.answer,
    }
