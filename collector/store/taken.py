"""Messages of a stream become rows, each once, however often it comes.

Which of them are committed is written in their own transaction: a worker that dies before it could say so to
the stream leaves nothing that the next one would count a second time, rejections and the ledger included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peewee import BigIntegerField, CompositeKey, Model

from collector.core.events import Decision, Outcome
from collector.store.commit import Commit
from collector.store.database import Database


class TakenMessage(Model):
    """A message that is committed, and may come again: a stream by the moment it was made, and a number."""

    stream = BigIntegerField()
    number = BigIntegerField()

    class Meta:
        table_name = "taken_message"
        primary_key = CompositeKey("stream", "number")


@dataclass(frozen=True, slots=True)
class Message:
    """The decisions of one message. `stream` is the moment when its stream was made, in microseconds."""

    stream: int
    number: int
    decisions: Sequence[Decision]


class _Again(Exception):
    """Another worker has committed some of these messages at this moment."""


class Taken:
    """Commits messages, inside transactions of its own."""

    def __init__(self, database: Database, commit: Commit) -> None:
        self._db = database
        self._commit = commit
        self._insert = database.insertion(TakenMessage, ("stream", "number"), or_leave=True)

    def commit(self, messages: Sequence[Message], now: int) -> list[Outcome]:
        """What became of the decisions of those that had not come before; it is on disk when this returns.

        Raises `Problem("storage-unavailable")`, and `Unstorable` where the database refuses a row; then
        nothing is stored and none of them is taken.
        """
        while True:
            try:
                with self._commit.transaction():
                    fresh = self._take(messages)
                    decisions = [decision for message in fresh for decision in message.decisions]
                    return self._commit.write_within(decisions, now) if decisions else []
            except _Again:
                continue

    def forget(self, stream: int, until: int) -> int:
        """Lets go of messages up to this number, which come no more; how many there were."""
        query = TakenMessage.delete().where((TakenMessage.stream == stream) & (TakenMessage.number <= until))
        with self._db.writing():
            return self._db.touch(query)

    def _take(self, messages: Sequence[Message]) -> list[Message]:
        """Those that had not come before, taken now."""
        there = self._there(messages)
        fresh = {key: one for one in messages if (key := (one.stream, one.number)) not in there}
        if fresh and self._db.many(self._insert, sorted(fresh)) != len(fresh):
            raise _Again
        return [*fresh.values()]

    def _there(self, messages: Sequence[Message]) -> set[tuple[int, int]]:
        streams = {one.stream for one in messages}
        numbers = [one.number for one in messages]
        query = TakenMessage.select(TakenMessage.stream, TakenMessage.number).where(
            TakenMessage.stream.in_(streams) & TakenMessage.number.in_(numbers)
        )
        return {(int(stream), int(number)) for stream, number in self._db.tuples(query)}
