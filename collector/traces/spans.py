"""What the other rooms make spans with. Where no traces are kept, a span is nothing and costs nearly as much.

A span belongs to the one that its thread is at (`current`), or to what comes from elsewhere: those that a
group carries, or a `traceparent` of W3C Trace Context (https://www.w3.org/TR/trace-context/). Names of facts
are those of OpenTelemetry's semantic conventions where these have one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Literal, Protocol

TRACEPARENT = "traceparent"
"""The header with which a message carries its span."""

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Facts = Mapping[str, str | int]
"""What is told of a span: never what somebody sent."""

_NO_FACTS: Facts = {}
_HERE = threading.local()


class Span:
    """Something that takes its time. This one is nothing: that of a process that keeps no traces.

    As a context manager it is what its thread is at, ends with the block, and has failed if the block has.
    """

    __slots__ = ()

    @property
    def traceparent(self) -> str:
        """What others can go on from; empty if there is nothing."""
        return ""

    def note(self, facts: Facts) -> None:
        """Tells more of it."""

    def rename(self, name: str) -> None:
        """Calls it by what became known of it later."""

    def fail(self, kind: str) -> None:
        """It failed: with an error of this kind, or this status."""

    def end(self) -> None:
        """It is over."""

    def __enter__(self) -> Span:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        return None


class Maker(Protocol):
    """Who makes spans of a process that keeps traces."""

    def begin(self, name: str, kind: Kind, facts: Facts, parent: Span | None) -> Span: ...

    def begin_for(self, name: str, kind: Kind, facts: Facts, carried: Iterable[Span | None]) -> Span: ...

    def remote(self, traceparent: str) -> Span | None: ...

    def end(self, seconds: float) -> None: ...


NOTHING = Span()
_maker: Maker | None = None


def use(maker: Maker | None) -> None:
    """Has this maker make the spans of this process from now on; None: there are none."""
    global _maker
    _maker = maker


def in_use() -> Maker | None:
    """Who makes the spans of this process, if anybody does."""
    return _maker


def are_kept() -> bool:
    """Whether this process keeps traces."""
    return _maker is not None


def begun(name: str, kind: Kind = "internal", facts: Facts = _NO_FACTS, parent: Span | None = None) -> Span:
    """A span that begins now, within `parent`, or else what this thread is at."""
    return NOTHING if _maker is None else _maker.begin(name, kind, facts, parent or current())


def begun_for(name: str, kind: Kind, facts: Facts, carried: Iterable[Span | None]) -> Span:
    """A span of what is done for many at once: linked to each, and within the first that is recorded."""
    return NOTHING if _maker is None else _maker.begin_for(name, kind, facts, carried)


def remote(traceparent: str | None) -> Span | None:
    """The span of somebody else that a header tells of; None if it tells of none."""
    return None if _maker is None or not traceparent else _maker.remote(traceparent)


def current() -> Span | None:
    """What this thread is at."""
    return getattr(_HERE, "span", None)


def be_at(span: Span | None) -> None:
    """This thread is at this span now, or at none."""
    _HERE.span = span
