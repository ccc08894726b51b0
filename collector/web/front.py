"""The thin layer in front of Flask: what comes by the thousand is answered here, at a fraction of the cost.

Three doors: `POST /b/<id>`, `POST /api/v1/events` and `GET /s/<id>.…`. The layer takes a request only if all
about it is usual (a plain body of known length, the usual headers, a page that may send); any other goes on
to Flask as it came. Judging, access and answers are the same functions that the Flask routes call, and the
tests of those routes run over both roads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from collector.core.definitions import Definition
from collector.core.events import Decision, Outcome
from collector.core.permissions import Key
from collector.core.problems import Problem
from collector.intake.accept import Intake
from collector.intake.limits import Spent
from collector.store import patience
from collector.web import beacons
from collector.web.access import integration, require_right
from collector.web.answers import Answer, Headers
from collector.web.api import events
from collector.web.bodies import read_usual
from collector.web.judged import Judged
from collector.web.origins import is_listed, sharing
from collector.web.parts import Parts
from collector.web.problems import answer_of, problem_in
from collector.web.rate_limits import require_some_left, told
from collector.web.recent_files import RecentFiles

ID_LENGTH = 13
ID_END = len("/s/") + ID_LENGTH

SPENT = "fieldpost.spent"
"""In a request's environ: what was counted of its key's limit already."""

NOT_MODIFIED = HTTPStatus.NOT_MODIFIED.value
_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Pending(Iterable[bytes]):
    """An answer that comes when decisions are on disk; `headers` are there whatever it says.

    It stands where a WSGI app's answer would, and is none: whoever gets it calls `answer`, and `close` then.
    """

    __slots__ = ("_headers", "_judged", "_leave", "_path")

    def __init__(self, judged: Judged, path: str, headers: Headers) -> None:
        self._judged = judged
        self._path = path
        self._headers = headers
        self._leave: Callable[[], object] | None = None

    @property
    def decisions(self) -> Sequence[Decision]:
        return self._judged.decisions

    def committed(self, intake: Intake) -> Answer:
        """Commits, and answers."""
        return self.answer(lambda: intake.commit(self.decisions))

    def answer(self, outcomes: Callable[[], Sequence[Outcome]]) -> Answer:
        """The answer to what `outcomes` gives, or to the `Problem` that it raises.

        May be asked twice, if the first time it would have waited.
        """
        try:
            answer = self._judged.answer(outcomes())
        except Exception as error:
            return _refusal(error, self._path, self._headers)
        return answer._replace(headers=answer.headers + self._headers)

    def when_closed(self, leave: Callable[[], object]) -> None:
        """Has `leave` called once, by `close`."""
        self._leave = leave

    def close(self) -> None:
        """It was answered, or nobody waits for the answer any more."""
        if self._leave is not None:
            self._leave()
            self._leave = None

    def __iter__(self) -> Iterator[bytes]:
        raise TypeError("hand its decisions in, and ask for the answer")


class Front:
    """A WSGI application (PEP 3333) in front of another, `behind`."""

    def __init__(self, behind: WSGIApplication, parts: Parts) -> None:
        self.behind = behind
        self._parts = parts
        self._files = RecentFiles(self._behind, parts.now)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        if answer is None:
            return self._behind(environ, start_response)
        if isinstance(answer, Pending):
            if patience.is_hurried():
                return answer
            answer = answer.committed(self._parts.intake)
        status, headers, body = answer
        length = () if status == NOT_MODIFIED else (("Content-Length", str(len(body))),)
        start_response(_LINES[status], [*headers, *length])
        return [body]

    def _behind(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        patience.wait()
        return self.behind(environ, start_response)

    def _answer(self, environ: WSGIEnvironment) -> Answer | Pending | None:
        """The answer to a usual request at one of the doors; None for everything else."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if method == "POST":
            if path == "/api/v1/events":
                return self._events(environ)
            if path.startswith("/b/"):
                return self._beacon(environ, path[3:])
        elif method == "GET" and path.startswith("/s/") and path[ID_END : ID_END + 1] == ".":
            definition = self._tracked(path[3:ID_END])
            return None if definition is None else self._files.answer(environ, definition)
        return None

    def _events(self, environ: WSGIEnvironment) -> Answer | Pending | None:
        """Events from an integration: a key, no browser, JSON."""
        header = environ.get("HTTP_AUTHORIZATION")
        if not header or "HTTP_ORIGIN" in environ or environ.get("CONTENT_TYPE") != "application/json":
            return None
        limits: Headers = ()
        try:
            asking = integration(self._parts, header)
            require_right(asking, "events.write")
            body = read_usual(environ, self._parts.settings.max_body)
            if body is None:
                return None
            if asking.key and (spent := self._spend(asking.key, environ)):
                limits = told(spent)
                require_some_left(spent)
            return Pending(events.judge(self._parts, asking, body), environ["PATH_INFO"], limits)
        except Exception as error:
            return _refusal(error, environ["PATH_INFO"], limits)

    def _spend(self, key: Key, environ: WSGIEnvironment) -> Spent | None:
        """Counts a request once, though it may come a second time, in a thread that may wait."""
        spent: Spent | None = environ.get(SPENT) or self._parts.limits.spend(key, self._parts.now())
        environ[SPENT] = spent
        return spent

    def _beacon(self, environ: WSGIEnvironment, public_id: str) -> Answer | Pending | None:
        """A beacon from a page that may send it."""
        definition = self._tracked(public_id)
        if definition is None or not _is_plain(environ.get("CONTENT_TYPE", "")):
            return None
        origin = environ.get("HTTP_ORIGIN")
        if not is_listed(origin, definition.draft.web_tracking.origins):
            return None
        shared = sharing(origin, definition)
        try:
            body = read_usual(environ, self._parts.settings.max_body)
            if body is None:
                return None
            judged = beacons.judge(self._parts, definition, public_id, environ, body)
            return Pending(judged, environ["PATH_INFO"], shared)
        except Exception as error:
            return _refusal(error, environ["PATH_INFO"], shared)

    def _tracked(self, public_id: str) -> Definition | None:
        """The definition at an address, if pages may send its events."""
        if len(public_id) != ID_LENGTH:
            return None
        try:
            definition = self._parts.store.definitions.by_id(public_id)
        except Problem:
            return None
        if definition is None or definition.hidden_at is not None:
            return None
        return definition if definition.draft.web_tracking.enabled else None


def _refusal(error: Exception, path: str, headers: Headers) -> Answer:
    answer = answer_of(problem_in(error), path)
    return answer._replace(headers=answer.headers + headers)


def _is_plain(content_type: str) -> bool:
    return content_type.partition(";")[0] in ("", "text/plain", "application/json")


def install(app: Flask, parts: Parts) -> None:
    """Puts the layer in front of a Flask app, as Flask's documentation has it."""
    app.wsgi_app = Front(app.wsgi_app, parts)  # type: ignore[method-assign]
