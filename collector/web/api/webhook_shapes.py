"""How webhooks and their deliveries look in answers."""

from __future__ import annotations

from collector.core.fields import format_timestamp
from collector.store.webhooks.kept import KeptHook, told
from collector.store.webhooks.messages import Attempt, Delivery
from collector.web.api.shapes import Json


def webhook_json(kept: KeptHook) -> Json:
    """A webhook and how it goes, without its secret."""
    return {
        "id": kept.id,
        **told(kept.hook.draft),
        "state": kept.state,
        "waiting": kept.waiting,
        "failures": kept.failures,
        "failing_since": _moment(kept.failing_since),
        "next_try_at": _moment(kept.resume_at or None),
        "delivered_at": _moment(kept.delivered_at),
        "created_at": format_timestamp(kept.created_at),
        "updated_at": format_timestamp(kept.updated_at),
    }


def delivery_json(delivery: Delivery) -> Json:
    """A delivery with all its tries."""
    is_waiting = delivery.fate == "waiting"
    return {
        "id": delivery.id,
        "message_id": delivery.message_id,
        "type": delivery.type,
        "state": delivery.fate,
        "recorded_at": format_timestamp(delivery.recorded_at),
        "next_try_at": _moment(delivery.due_at if is_waiting else None),
        "ended_at": _moment(delivery.ended_at),
        "tries": [_try_json(one) for one in delivery.attempts],
    }


def _try_json(attempt: Attempt) -> Json:
    return {
        "at": format_timestamp(attempt.at),
        "status": attempt.status,
        "sentence": attempt.sentence,
        "milliseconds": attempt.duration,
        "answer": attempt.answer,
    }


def _moment(micros: int | None) -> str | None:
    return None if micros is None else format_timestamp(micros)
