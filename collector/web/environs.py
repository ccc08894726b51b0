"""A request as RSGI tells it, told as WSGI does (PEP 3333)."""

from __future__ import annotations

import io
import sys
from functools import lru_cache
from wsgiref.types import WSGIEnvironment

from granian.rsgi import Scope

_SAME = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "Granian",
    "wsgi.version": (1, 0),
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}
_UNMARKED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_MOST_NAMES = 1_000
_names: dict[str, str] = {}


def environ_of(scope: Scope) -> WSGIEnvironment:
    """The environ of a request without its body; headers that came twice are joined (RFC 9110 §5.3)."""
    path = scope.path
    environ: WSGIEnvironment = {
        **_SAME,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": path if path.isascii() else path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    environ["SERVER_NAME"], environ["SERVER_PORT"] = _own(scope.server)
    environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = _host_and_port(scope.client)
    for given, value in scope.headers.items():
        if "_" in given:
            continue  # in an environ it could not be told from the one with a hyphen, which proxies vouch for
        name = _names.get(given) or _name(given)
        if name in environ:
            value = f"{environ[name]}{';' if name == 'HTTP_COOKIE' else ','}{value}"
        environ[name] = value
    return environ


def _host_and_port(address: str) -> tuple[str, str]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), port


_own = lru_cache(maxsize=16)(_host_and_port)
"""Of the server's own addresses, which are always the same. Those of callers are remembered nowhere."""


def _name(given: str) -> str:
    name = _UNMARKED.get(given) or "HTTP_" + given.upper().replace("-", "_")
    if len(_names) < _MOST_NAMES:
        _names[given] = name
    return name
