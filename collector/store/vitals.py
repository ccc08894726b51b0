"""How the store is, in a few numbers that are quick to be had: for whoever looks every few seconds."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from peewee import fn

from collector.store.database import Database
from collector.store.jobs import Jobs, JobState
from collector.store.models_segments import Note
from collector.store.models_webhooks import Webhook, WebhookMessage
from collector.store.webhooks.messages import WAITS

STATES = ("on", "off", "gone")


@dataclass(frozen=True, slots=True)
class Vitals:
    """Times in microseconds, sizes in bytes; None where there is nothing, or nothing to be seen from here.

    `webhooks` counts them by state, `failing` those that are on and have failed last time. `notes` are
    what the follower of segments still has to look at.
    """

    jobs: Mapping[str, JobState]
    webhooks: Mapping[str, int]
    failing: int
    messages: int
    oldest_message_at: int | None
    notes: int
    size: int
    free: int | None
    total: int | None


def vitals(database: Database, now: int) -> Vitals:
    """Raises `Problem("storage-unavailable")`."""
    with database.connected():
        hooks = database.rows(
            Webhook.select(Webhook.state, fn.COUNT(Webhook.id).alias("number")).group_by(Webhook.state)
        )
        failing = Webhook.select().where((Webhook.state == "on") & Webhook.failing_since.is_null(False))
        waits = database.row(
            WebhookMessage.select(
                fn.COUNT(WebhookMessage.id).alias("number"),
                fn.MIN(WebhookMessage.recorded_at).alias("oldest"),
            ).where(WAITS)
        )
        due = Note.select().where(Note.due_at.is_null() | (Note.due_at <= now))
        assert waits is not None
        counted = {row["state"]: int(row["number"]) for row in hooks}
        free, total = _disk(database)
        return Vitals(
            jobs=Jobs(database).states(now),
            webhooks={state: counted.get(state, 0) for state in STATES},
            failing=failing.count(database.peewee),
            messages=int(waits["number"]),
            oldest_message_at=waits["oldest"],
            notes=due.count(database.peewee),
            size=_size(database),
            free=free,
            total=total,
        )


def connections(database: Database) -> tuple[int, int]:
    """How many connections of this process are in use, and how many stand by."""
    pool = database.peewee
    return len(pool._in_use), len(pool._connections)


def _size(database: Database) -> int:
    if not database.is_sqlite:
        return int(database.peewee.execute_sql("SELECT pg_database_size(current_database())").fetchone()[0])
    path = database.url.removeprefix("sqlite:///")
    size = 0
    for file in (path, f"{path}-wal"):
        with contextlib.suppress(FileNotFoundError):  # there is no log before the first write
            size += Path(file).stat().st_size
    return size


def _disk(database: Database) -> tuple[int | None, int | None]:
    if not database.is_sqlite:
        return None, None
    usage = shutil.disk_usage(Path(database.url.removeprefix("sqlite:///")).absolute().parent)
    return usage.free, usage.total
