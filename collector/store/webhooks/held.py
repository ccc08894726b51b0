"""What webhooks have told of a person: for the person to have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collector.store.database import Database
from collector.store.models import Event
from collector.store.models_webhooks import Webhook, WebhookMessage
from collector.store.webhooks.messages import FATES, Fate
from collector.store.whole_person import WholePerson, own_events


@dataclass(frozen=True, slots=True)
class Told:
    """A message about the person; times in microseconds."""

    webhook: str
    type: str
    fate: Fate
    recorded_at: int
    ended_at: int | None


def told_of(database: Database, person: WholePerson) -> Iterator[Told]:
    """The messages about somebody's events, joining and leaving, the oldest first."""
    events = Event.select(Event.id).where(own_events(database, person))
    about = WebhookMessage.event.in_(events) | WebhookMessage.profile.in_(list(person.profiles))
    query = (
        WebhookMessage.select(WebhookMessage, Webhook.name)
        .join(Webhook, on=(Webhook.id == WebhookMessage.webhook))
        .where((Webhook.section == person.section_id) & about)
        .order_by(WebhookMessage.id)
    )
    for row in database.rows(query):
        yield Told(row["name"], row["type"], FATES[row["state"]], row["recorded_at"], row["ended_at"])
