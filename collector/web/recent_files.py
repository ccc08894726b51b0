"""`GET /s/<id>.…` again: what Flask answered a moment ago is answered without asking it.

A file stands as long as its definition is the very one that it was made from, and a second at most: a version
may come into force without anybody's doing. Flask sees every other request, one that asks for a part too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from wsgiref.types import WSGIApplication, WSGIEnvironment

from werkzeug.test import run_wsgi_app

from collector.core.definitions import Definition
from collector.web.answers import Answer

SECONDS = 1_000_000  # in microseconds
MOST = 500
"""Files that are kept; then all are forgotten."""

DEPENDS_ON = (
    *("PATH_INFO", "SCRIPT_NAME", "HTTP_ACCEPT_ENCODING", "HTTP_ORIGIN"),
    *("wsgi.url_scheme", "HTTP_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST"),
)
"""What of a request a file may depend on: which one, packed how, and the server's own address in it."""

UNUSUAL = ("HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH")
_OF_A_BODY = "content-"


class _File(NamedTuple):
    definition: Definition
    made_at: int
    whole: Answer
    unchanged: Answer
    etag: str


class RecentFiles:
    """The files that `application` has made lately. `now` gives microseconds."""

    def __init__(self, application: WSGIApplication, now: Callable[[], int]) -> None:
        self._application = application
        self._now = now
        self._known: dict[tuple[Any, ...], _File] = {}

    def answer(self, environ: WSGIEnvironment, definition: Definition) -> Answer | None:
        """The answer to a GET of a file of `definition`; None for what Flask has to see."""
        if environ.get("QUERY_STRING") or any(name in environ for name in UNUSUAL):
            return None
        place = tuple(map(environ.get, DEPENDS_ON))
        file = self._known.get(place)
        if file is None or file.definition is not definition or self._now() - file.made_at > SECONDS:
            file = self._make(environ, definition)
            if file is None:
                return None
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[place] = file
        wanted = environ.get("HTTP_IF_NONE_MATCH")
        if wanted is None:
            return file.whole
        return file.unchanged if wanted == file.etag else None

    def _make(self, environ: WSGIEnvironment, definition: Definition) -> _File | None:
        made_at = self._now()
        whole = _ask(self._application, {**environ, "HTTP_IF_NONE_MATCH": ""})
        etag = next((value for name, value in whole.headers if name.lower() == "etag"), None)
        if whole.status != 200 or etag is None:
            return None
        told = tuple(
            (name, value) for name, value in whole.headers if not name.lower().startswith(_OF_A_BODY)
        )
        return _File(definition, made_at, whole, Answer(304, told, b""), etag)


def _ask(application: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    body, status, headers = run_wsgi_app(application, environ, buffered=True)
    shown = tuple((name, value) for name, value in headers if name.lower() != "content-length")
    return Answer(int(status[:3]), shown, b"".join(body))
