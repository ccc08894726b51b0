"""Spans as OpenTelemetry's SDK makes them; imported only where traces are kept.

The SDK sends from a thread of its own, out of a queue that drops what it has no room for: a receiver that is
away holds up nothing. What the SDK would add of its own accord is left out: errors' words, which repeat what
somebody sent, and the `tracestate` of callers, which is text of theirs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace import Span as SdkSpan
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from collector.traces import spans
from collector.traces.spans import TRACEPARENT, Facts, Kind, Span

NAME = "fieldpost"
UNNAMED = "unknown_service"
"""What the SDK calls a service that nobody has named."""

_KINDS = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
_READER = TraceContextTextMapPropagator()


class _Kept(Span):
    """A span of the SDK."""

    __slots__ = ("_before", "span")

    def __init__(self, span: SdkSpan) -> None:
        self.span = span
        self._before: Span | None = None

    @property
    def context(self) -> SpanContext:
        return self.span.get_span_context()

    @property
    def traceparent(self) -> str:
        context = self.context
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def note(self, facts: Facts) -> None:
        self.span.set_attributes(facts)

    def rename(self, name: str) -> None:
        self.span.update_name(name)

    def fail(self, kind: str) -> None:
        self.span.set_attribute("error.type", kind)
        self.span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        self.span.end()

    def __enter__(self) -> Span:
        self._before = spans.current()
        spans.be_at(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        spans.be_at(self._before)
        if isinstance(error, Exception):
            self.fail(type(error).__name__)
        self.end()


class Sdk:
    """Makes and sends the spans of one process, as the variables of the environment say."""

    def __init__(self, version: str) -> None:
        self._provider = TracerProvider(resource=_resource(version), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer(NAME, version)

    def begin(self, name: str, kind: Kind, facts: Facts, parent: Span | None) -> Span:
        context = parent.context if isinstance(parent, _Kept) else None
        return self._begun(name, kind, facts, context, ())

    def begin_for(self, name: str, kind: Kind, facts: Facts, carried: Iterable[Span | None]) -> Span:
        contexts = [one.context for one in carried if isinstance(one, _Kept)]
        recorded = [one for one in contexts if one.trace_flags.sampled]
        first = next(iter(recorded or contexts), None)
        return self._begun(name, kind, facts, first, [Link(one) for one in recorded])

    def remote(self, traceparent: str) -> Span | None:
        span = get_current_span(_READER.extract({TRACEPARENT: traceparent}, Context()))
        return _Kept(span) if span.get_span_context().is_valid else None

    def end(self, seconds: float) -> None:
        """Sends what is left, for so many seconds at most."""
        ending = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        ending.start()
        ending.join(seconds)

    def _begun(
        self, name: str, kind: Kind, facts: Facts, parent: SpanContext | None, links: Iterable[Link]
    ) -> Span:
        within = Context() if parent is None else set_span_in_context(NonRecordingSpan(parent), Context())
        started = self._tracer.start_span(
            name, within, _KINDS[kind], facts, tuple(links), record_exception=False
        )
        return _Kept(started)


def _resource(version: str) -> Resource:
    """What `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say, and our name where they give none."""
    found = Resource.create({SERVICE_VERSION: version})
    if str(found.attributes[SERVICE_NAME]).startswith(UNNAMED):
        return found.merge(Resource({SERVICE_NAME: NAME}))
    return found
