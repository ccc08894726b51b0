"""Addresses of an operator's own for what pages load and send, which lists of known names do not have.

What comes to `FIELDPOST_SCRIPT_PATH` is answered as at `/s`, what comes to `FIELDPOST_BEACON_PATH` as at
`/b`. These two go on answering, for the snippets that are installed already.
"""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask


class CustomPaths:
    """A WSGI application (PEP 3333) that renames paths for the one behind it."""

    def __init__(self, behind: WSGIApplication, names: tuple[tuple[str, str], ...]) -> None:
        self.behind = behind
        self._names = names

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        for own, usual in self._names:
            if path.startswith(f"{own}/"):
                environ["PATH_INFO"] = usual + path[len(own) :]
                break
        return self.behind(environ, start_response)


def install(app: Flask, script_path: str, beacon_path: str) -> None:
    """Puts it in front of everything, if there is anything to rename."""
    names = tuple((own, usual) for own, usual in ((script_path, "/s"), (beacon_path, "/b")) if own != usual)
    if names:
        app.wsgi_app = CustomPaths(app.wsgi_app, names)  # type: ignore[method-assign]
