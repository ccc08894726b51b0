"""The webhooks of sections: made, changed, deleted; their secrets, rotated. All of it is audited.

A secret is told when it is made and never again. The newest signs, and so does the one before it for another
day, so that a receiver can change over at leisure.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from peewee import fn

from collector.core import ids
from collector.core.actors import Actor
from collector.core.permissions import EVERY_KIND
from collector.core.problems import Problem
from collector.core.webhooks.hooks import Hook, HookDraft
from collector.core.webhooks.signing import secret_of
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.lists import newest_first
from collector.store.models_webhooks import Webhook as Row
from collector.store.models_webhooks import WebhookAttempt, WebhookMessage, WebhookSecret
from collector.store.webhooks.hook_rows import columns_of, hook_of
from collector.store.webhooks.messages import WAITS
from collector.store.webhooks.outbox import Outbox

OVERLAP = 24 * 3_600_000_000
"""How long the secret before the newest goes on signing: a day, in microseconds."""

MOST = 100
"""So many webhooks a section has at the most: each costs every commit a row."""

_BYTES = 32
_COUNT = fn.COUNT(WebhookMessage.id).alias("n")


@dataclass(frozen=True, slots=True)
class KeptHook:
    """A webhook and how it goes; times in microseconds. `failures` one after the other until now.

    `state` is `gone` if its receiver answered 410. `waiting` is how many messages are not delivered yet.
    """

    hook: Hook
    state: Literal["on", "off", "gone"]
    created_at: int
    updated_at: int
    delivered_at: int | None
    failures: int
    failing_since: int | None
    resume_at: int
    waiting: int = 0

    @property
    def id(self) -> str:
        return ids.encode(self.hook.id)


class Webhooks:
    """The webhooks of a store."""

    def __init__(self, database: Database, new_id: Callable[[], int], audit: Audit, outbox: Outbox) -> None:
        self._db = database
        self._new_id = new_id
        self._audit = audit
        self._outbox = outbox

    def create(self, section_id: str, draft: HookDraft, actor: Actor, now: int) -> tuple[KeptHook, str]:
        """A new webhook and its secret, which is told this once. Raises `Problem("too-many")`."""
        number = self._new_id()
        state = "on" if draft.is_on else "off"
        times = {"created_at": now, "updated_at": now}
        with self._db.writing():
            if len(self.all(section_id)) >= MOST:
                raise Problem("too-many", f"A section has at most {MOST} webhooks.")
            self._db.run(Row.insert(id=number, section=section_id, state=state, **columns_of(draft), **times))
            secret = self._make_secret(number, 1, now)
            self._record(section_id, number, actor, "webhook.created", now, after=told(draft))
        self._outbox.forget()
        return self.find(section_id, ids.encode(number)), secret

    def change(
        self,
        section_id: str,
        public_id: str,
        make: Callable[[HookDraft], HookDraft],
        actor: Actor,
        now: int,
    ) -> KeptHook:
        """Makes of the webhook what `make` makes of what is stored. Raises `Problem("not-found")`.

        One that is switched on, or leads elsewhere, begins anew: its failures are forgotten.
        """
        with self._db.writing():
            before = self._locked(section_id, public_id)
            draft = make(before.hook.draft)
            if draft == before.hook.draft:
                return before
            values = {**columns_of(draft), "updated_at": now}
            if draft.is_on != before.hook.draft.is_on:
                values["state"] = "on" if draft.is_on else "off"
            if draft.is_on and (not before.hook.draft.is_on or draft.url != before.hook.draft.url):
                values |= {"failures": 0, "failing_since": None, "resume_at": 0}
            self._db.run(Row.update(**values).where(Row.id == before.hook.id))
            was, now_is = told(before.hook.draft), told(draft)
            self._record(section_id, before.hook.id, actor, "webhook.changed", now, was, now_is)
        self._outbox.forget()
        return self.find(section_id, public_id)

    def delete(self, section_id: str, public_id: str, actor: Actor, now: int) -> None:
        """Deletes a webhook with all that it had to tell. Raises `Problem("not-found")`."""
        with self._db.writing():
            found = self._locked(section_id, public_id)
            number = found.hook.id
            for model in (WebhookAttempt, WebhookMessage, WebhookSecret):
                self._db.run(model.delete().where(model.webhook == number))
            self._db.run(Row.delete().where(Row.id == number))
            self._record(section_id, number, actor, "webhook.deleted", now, before=told(found.hook.draft))
        self._outbox.forget()

    def rotate(self, section_id: str, public_id: str, actor: Actor, now: int) -> str:
        """The next secret, told this once; the one before it signs too, for a day. Raises `Problem`."""
        with self._db.writing():
            number = self._locked(section_id, public_id).hook.id
            last = max(row["number"] for row in self._secrets(number))
            its_own = WebhookSecret.webhook == number
            self._db.run(WebhookSecret.delete().where(its_own & (WebhookSecret.number < last)))
            self._db.run(WebhookSecret.update(retired_at=now + OVERLAP).where(its_own))
            secret = self._make_secret(number, last + 1, now)
            self._record(section_id, number, actor, "webhook.rotated", now)
        return secret

    def good_secrets(self, number: int, now: int) -> list[str]:
        """What a delivery is signed with, the newest first."""
        return [
            row["secret"]
            for row in self._secrets(number)
            if row["retired_at"] is None or now < row["retired_at"]
        ]

    def overlap(self, number: int, now: int) -> int | None:
        """Until when the secret before the newest signs as well; None where it does not."""
        times = [row["retired_at"] for row in self._secrets(number)]
        return max((one for one in times if one is not None and one > now), default=None)

    def find(self, section_id: str, public_id: str) -> KeptHook:
        """Raises `Problem("not-found")`."""
        number = ids.decode(public_id)
        row = self._db.row(Row.select().where((Row.id == number) & (Row.section == section_id)))
        if number is None or row is None:
            raise Problem("not-found", "There is no such webhook.")
        return _kept(row, self._waiting(number))

    def all(self, section_id: str) -> list[KeptHook]:
        """Those of a section, oldest first."""
        rows = self._db.rows(Row.select().where(Row.section == section_id).order_by(Row.id))
        return [_kept(row, self._waiting(row["id"])) for row in rows]

    def page(self, section_id: str, limit: int, cursor: str | None) -> tuple[list[KeptHook], str | None]:
        """The newest first. Raises `Problem("request-invalid")` for a cursor that is none of ours."""
        query = Row.select().where(Row.section == section_id)
        found, more = newest_first(self._db, query, Row.id, limit, cursor)
        return [_kept(row, self._waiting(row["id"])) for row in found], more

    def _waiting(self, number: int) -> int:
        waits = (WebhookMessage.webhook == number) & WAITS
        return int(self._db.rows(WebhookMessage.select(_COUNT).where(waits))[0]["n"])

    def _locked(self, section_id: str, public_id: str) -> KeptHook:
        if not self._db.is_sqlite:
            self._db.rows(Row.select(Row.id).where(Row.id == ids.decode(public_id)).for_update())
        return self.find(section_id, public_id)

    def _make_secret(self, webhook: int, number: int, now: int) -> str:
        secret = secret_of(randomness.token_bytes(_BYTES))
        self._db.run(WebhookSecret.insert(webhook=webhook, number=number, secret=secret, made_at=now))
        return secret

    def _secrets(self, number: int) -> list[dict[str, Any]]:
        query = WebhookSecret.select().where(WebhookSecret.webhook == number)
        return self._db.rows(query.order_by(WebhookSecret.number.desc()))

    def _record(
        self,
        section_id: str,
        number: int,
        actor: Actor,
        action: str,
        now: int,
        before: Any = None,
        after: Any = None,
    ) -> None:
        subject = ids.encode(number)
        self._audit.record(section_id, actor, action, subject, now=now, before=before, after=after)


def told(draft: HookDraft) -> dict[str, Any]:
    """A webhook in the words of the API: for answers and for the audit log, without secrets."""
    return {
        "name": draft.name,
        "url": draft.url,
        "types": sorted(draft.types),
        "events": None if draft.events is None else sorted(draft.events),
        "goals": None if draft.goals is None else sorted(draft.goals),
        "segments": None if draft.segments is None else sorted(draft.segments),
        "grants": {kind: ["read"] if kind in draft.reads else [] for kind in sorted(EVERY_KIND)},
        "active": draft.is_on,
    }


def _kept(row: dict[str, Any], waiting: int) -> KeptHook:
    names = ("state", "created_at", "updated_at", "delivered_at", "failures", "failing_since", "resume_at")
    return KeptHook(hook_of(row), waiting=waiting, **{name: row[name] for name in names})
