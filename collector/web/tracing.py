"""The span of a request: its method, the template of its route, its door and the status of its answer.

Its address, which has ids and people in it, its query, headers, body and caller are in no span.

A `traceparent` is gone on from where an integration sends it: at its doors, with something to authorise it
and no `Origin`. From pages it is ignored: anybody may send a beacon, and could so choose what we record and
mix strangers' requests into a trace. `tracestate` and `baggage`, which are text of others, are never read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import Flask, request

from collector.traces import spans
from collector.traces.spans import Facts, Span

SPAN = "fieldpost.span"
"""In a request's environ: its span, where traces are kept."""

INTEGRATIONS = frozenset({"api", "notifuse", "segment", "cloudevents", "apsis"})
"""Doors of those who send with a key."""

ROUTE = "http.route"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FAILED = 500
_PLACES = re.compile(r"<(?:[^:>]*:)?([^>]+)>")
_FILE = re.compile(r"/[0-9a-z]{13}(\.js|\.mjs|\.d\.ts)")


def begun(environ: dict[str, Any], door: str) -> Span:
    """The span of a request that is there whole, for `ended`."""
    method = _method(environ)
    facts: Facts = {"http.request.method": method, "fieldpost.door": door}
    span = environ[SPAN] = spans.begun(method, "server", facts, _caller(environ, door))
    route = _thin_route(environ["PATH_INFO"], door)
    if route is not None:
        _tell_route(span, environ, route)
    return span


def ended(span: Span, status: int) -> None:
    """It was answered."""
    span.note({"http.response.status_code": status})
    if status >= FAILED:
        span.fail(str(status))
    span.end()


def install(app: Flask) -> None:
    """Has Flask tell the span which route it takes; call it before whatever may refuse a request."""

    @app.before_request
    def _tell() -> None:
        span = request.environ.get(SPAN)
        if span is not None and request.url_rule is not None:
            _tell_route(span, request.environ, template(request.url_rule.rule))


@lru_cache(maxsize=512)
def template(rule: str) -> str:
    """`/b/<stem:public_id>` as others write it: `/b/{public_id}`."""
    return _PLACES.sub(r"{\1}", rule)


def _tell_route(span: Span, environ: Mapping[str, Any], route: str) -> None:
    span.rename(f"{_method(environ)} {route}")
    span.note({ROUTE: route})


def _thin_route(path: str, door: str) -> str | None:
    """What the thin layer in front of Flask may answer, where nobody else tells of the route."""
    if door == "beacon":
        return "/b/{public_id}"
    if door == "snippet" and (file := _FILE.fullmatch(path, path.rfind("/"))):
        return f"/s/{{public_id}}{file[1]}"
    return path if path == "/api/v1/events" else None


def _method(environ: Mapping[str, Any]) -> str:
    method: str = environ["REQUEST_METHOD"]
    return method if method in METHODS else "_OTHER"


def _caller(environ: Mapping[str, Any], door: str) -> Span | None:
    """The span that an integration says it is at."""
    if door not in INTEGRATIONS or "HTTP_AUTHORIZATION" not in environ or "HTTP_ORIGIN" in environ:
        return None
    return spans.remote(environ.get("HTTP_TRACEPARENT"))
