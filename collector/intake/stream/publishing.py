"""A collector's end of the stream: judged decisions are published, and safe once the stream says so.

It stands where the store's commit does, behind the same `GroupCommit`: whoever waits at the same moment
shares one message, which is one write on the stream's disks.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from collector.core.events import Decision, Filtered, Outcome, Rejection, Write
from collector.core.problems import Fault, Problem
from collector.intake.commit import Destination, refused
from collector.intake.stream import messages, places
from collector.intake.stream.lag import LOOK_SECONDS, Lag, lag
from collector.intake.stream.line import Line
from collector.intake.stream.settling import SETTLING_SECONDS, settled
from collector.traces import spans

if TYPE_CHECKING:
    from nats.aio.client import Client

PATIENCE_SECONDS = 4.0
"""Less than those wait who come meanwhile: while a cluster has no leader, everybody is told soon."""
ANSWER_SECONDS = 1.0
"""After so long without an answer, a message is published again."""
PAUSE_SECONDS = 0.1
"""So long it waits while nobody takes what is published: a stream that has no leader."""
HEADERS_BYTES = 4_096
"""As much of the largest message is left for what stands in front of it."""
BELIEVED_SECONDS = 1.0
"""For so long it is believed that the stream takes messages, or does not, if anybody may ask."""

TOO_LARGE = Fault("event-too-large", "", "This event is larger than the stream takes (max_payload).")
NO_TEXT = Fault("row-refused", "", "This event has text that is no Unicode.")


class Publisher:
    """Publishes groups of decisions. What is all or nothing goes to the store, which is `direct`, at once."""

    def __init__(self, line: Line, direct: Destination, tick: Callable[[], float]) -> None:
        """`tick` gives monotonic seconds."""
        self._line = line
        self._direct = direct
        self._tick = tick
        self._is_made = False
        self._names, self._numbers = secrets.token_hex(8), itertools.count()
        self._turn = threading.Lock()
        self._asked_at = -BELIEVED_SECONDS
        self._failure: Problem | None = None

    def write(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        """`queued` for each write; the stream has them all when this returns.

        Raises `Problem("storage-unavailable")`: then it may have them, and a retry is a duplicate.
        """
        span = spans.current()
        carries = {spans.TRACEPARENT: span.traceparent} if span is not None else {}
        return self._line.ask(lambda client: self._publish(client, decisions, carries), PATIENCE_SECONDS)

    def write_whole(
        self, decisions: Sequence[Decision], instead: Sequence[Rejection], now: int
    ) -> list[Outcome]:
        return self._direct.write_whole(decisions, instead, now)

    def rehearse(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        return self._direct.rehearse(decisions, now)

    def require_room(self) -> None:
        """Raises `Problem("storage-unavailable")` unless the stream took a message within the last second."""
        with self._turn:
            if self._tick() - self._asked_at >= BELIEVED_SECONDS:
                self._failure = self._try()
                self._asked_at = self._tick()
            failure = self._failure
        if failure is not None:
            raise Problem(failure.code, failure.detail, retry_after=failure.retry_after) from failure

    def settle(self) -> None:
        """Returns once workers have stored all that is in the stream now.

        Raises `Problem("storage-unavailable")` where they are behind.
        """
        self._line.ask(settled, SETTLING_SECONDS + PATIENCE_SECONDS)

    def lag(self) -> Lag:
        """How far workers are behind. Raises `Problem("storage-unavailable")`."""
        return self._line.ask(lag, LOOK_SECONDS)

    def close(self) -> None:
        self._line.close()

    def _try(self) -> Problem | None:
        """Publishes a message that says nothing: only that tells of a stream that is full or leaderless."""
        try:
            self.write((), 0)
        except Problem as problem:
            return problem
        return None

    async def _publish(
        self, client: Client, decisions: Sequence[Decision], carries: dict[str, str]
    ) -> list[Outcome]:
        if not self._is_made:
            await places.made(client)
            self._is_made = True
        most = client.max_payload - HEADERS_BYTES
        sent = [_piece(decision, most) for decision in decisions]
        bodies = messages.packed([piece for piece, _ in sent], most)
        try:
            await asyncio.gather(*(_publish(client, body, self._headers(carries)) for body in bodies))
        except BaseException:
            self._is_made = False
            raise
        return [outcome for _, outcome in sent]

    def _headers(self, carries: dict[str, str]) -> dict[str, str]:
        """With a name by which the stream knows a message that is published again.

        What clients send again is for the commit to tell: the same payload with another between is another
        write, if it names no time of its own.
        """
        return {"Nats-Msg-Id": f"{self._names}-{next(self._numbers)}", **carries}


async def _publish(client: Client, body: bytes, headers: dict[str, str]) -> None:
    """Publishes until the stream says that it has it; under one name, so that it is there once."""
    from nats.errors import TimeoutError as NoAnswer
    from nats.js.errors import NoStreamResponseError

    stream = client.jetstream(timeout=ANSWER_SECONDS)
    while True:
        try:
            await stream.publish(places.SUBJECT, body, stream=places.EVENTS, headers=headers)
        except NoAnswer:
            continue  # whoever asked gives up in time
        except NoStreamResponseError:
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return


def _piece(decision: Decision, most: int) -> tuple[bytes, Outcome]:
    """A decision as the stream takes it, and what is said of it; refused, if it takes it in no way."""
    try:
        piece = messages.encode(decision)
    except (UnicodeEncodeError, OverflowError):
        return _piece(refused(decision, NO_TEXT), most)
    if not messages.fits(piece, most):
        return _piece(refused(decision, TOO_LARGE), most)
    return piece, _outcome(decision)


def _outcome(decision: Decision) -> Outcome:
    if isinstance(decision, Write):
        return Outcome("queued", written=decision)
    if isinstance(decision, Filtered):
        return Outcome("filtered")
    return Outcome("rejected", None, decision.faults, decision.code, decision.retry_after)
