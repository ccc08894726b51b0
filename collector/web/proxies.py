"""Reverse proxies: the `X-Forwarded-…` headers of as many as are configured are believed, of others never."""

from __future__ import annotations

from wsgiref.types import WSGIEnvironment

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def install(app: Flask, trusted: int) -> None:
    """Believes the last `trusted` proxies about the client's address, the protocol and the host."""
    if trusted:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=trusted)  # type: ignore[method-assign]


def client_address(environ: WSGIEnvironment, trusted: int) -> str:
    """The client's network address, as the last `trusted` proxies tell it."""
    if trusted:
        environ = dict(environ)
        ProxyFix(lambda environ, start_response: [], x_for=trusted)(environ, lambda *_: lambda data: None)
    address: str = environ.get("REMOTE_ADDR", "")
    return address
