"""A receiver of OTLP over HTTP, as collectors of traces are: it keeps the spans that it is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
ERROR = 2


@dataclass(frozen=True, slots=True)
class Kept:
    """A span as it came; ids are hexadecimal, `parent` is empty where there is none, `links` are span ids."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    facts: dict[str, Any]
    links: frozenset[str]
    is_error: bool
    seconds: float
    service: dict[str, Any]


@dataclass
class Receiver:
    """`endpoint` is what `OTEL_EXPORTER_OTLP_ENDPOINT` is set to."""

    endpoint: str
    bodies: list[bytes] = field(default_factory=list)
    spans: list[Kept] = field(default_factory=list)

    def named(self, name: str) -> list[Kept]:
        return [one for one in list(self.spans) if one.name == name]

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        self.bodies.append(body)
        for resource in request.resource_spans:
            service = _facts(resource.resource.attributes)
            for scope in resource.scope_spans:
                self.spans += [_kept(span, service) for span in scope.spans]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listens on a free port of this machine for as long as the block lasts."""
    receiver = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self.rfile.read(int(self.headers["Content-Length"])))
            good = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
            self.send_response(200 if good else 400)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()


def _kept(span: Any, service: dict[str, Any]) -> Kept:
    return Kept(
        span.name,
        KINDS[span.kind],
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        _facts(span.attributes),
        frozenset(link.span_id.hex() for link in span.links),
        span.status.code == ERROR,
        (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        service,
    )


def _facts(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}
