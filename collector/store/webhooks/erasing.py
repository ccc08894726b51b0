"""What an erasure does about webhooks, inside its transaction: what waits to be told of the person is told no
more, and the log forgets what receivers answered to what was told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from collector.store.database import Database
from collector.store.models_webhooks import Webhook, WebhookAttempt, WebhookMessage
from collector.store.whole_person import WholePerson

_PART = 500


class WebhookErasure:
    """Takes people out of outboxes and logs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def forget(self, person: WholePerson, events: Collection[int]) -> None:
        """Deletes every message about these events or about the person, and answers that name them."""
        query = Webhook.select(Webhook.id).where(Webhook.section == person.section_id)
        hooks = [row["id"] for row in self._db.rows(query)]
        if not hooks:
            return
        its_own = WebhookMessage.webhook.in_(hooks)
        for numbers in _parts(events):
            self._delete(its_own & WebhookMessage.event.in_(numbers))
        for numbers in _parts(person.profiles):
            self._delete(its_own & WebhookMessage.profile.in_(numbers))
        self._clear_answers(person, hooks)

    def _delete(self, condition: Any) -> None:
        found = [
            row["id"] for row in self._db.rows(WebhookMessage.select(WebhookMessage.id).where(condition))
        ]
        for numbers in _parts(found):
            self._db.run(WebhookAttempt.delete().where(WebhookAttempt.message.in_(numbers)))
            self._db.run(WebhookMessage.delete().where(WebhookMessage.id.in_(numbers)))

    def _clear_answers(self, person: WholePerson, hooks: Collection[int]) -> None:
        """A receiver may have answered with anybody's name."""
        described = person.described
        told = (WebhookAttempt.webhook.in_(list(hooks))) & (WebhookAttempt.answer != "")
        query = WebhookAttempt.select(WebhookAttempt.id, WebhookAttempt.answer).where(told)
        names = [value for _, value in person.names] + sorted(person.visitors)
        for row in self._db.rows(query):
            answer = row["answer"]
            if described.is_named_in(answer) or any(name in answer for name in names):
                self._db.run(WebhookAttempt.update(answer="").where(WebhookAttempt.id == row["id"]))


def _parts(numbers: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(numbers)
    return (ordered[start : start + _PART] for start in range(0, len(ordered), _PART))
