"""One shape for every refusal: `application/problem+json` (RFC 9457); other APIs' doors have their own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from collector.core.events import Outcome
from collector.core.failures import words_of
from collector.core.problems import Problem
from collector.metrics import counting
from collector.web.answers import Answer, Headers, in_json

log = logging.getLogger(__name__)

_CODES = {
    400: "request-invalid",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "media-type-unsupported",
}


Shape = Callable[[Problem], dict[str, Any]]
"""The members of the answer that a problem becomes."""

Shapes = Mapping[str, Shape]
"""What addresses begin with → how refusals look there, where a door speaks another API's language."""

OURS: Shapes = MappingProxyType({})

Page = Callable[[Problem], Response | None]
"""A refusal as a page, where a person's browser asks."""


def problem_json(problem: Problem) -> dict[str, Any]:
    """The members of the answer that a problem becomes."""
    return {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        **({"errors": [fault.as_json() for fault in problem.faults]} if problem.faults else {}),
        **problem.extra,
    }


def shaped(problem: Problem, path: str, shapes: Shapes) -> tuple[dict[str, Any], str]:
    """The members of the answer at an address, and its content type; a refusal is counted here."""
    counting.refused(problem.code)
    for beginning, shape in shapes.items():
        if path.startswith(beginning):
            return shape(problem), "application/json"
    return problem_json(problem), "application/problem+json"


def answer_of(problem: Problem, path: str, shapes: Shapes = OURS) -> Answer:
    """The answer that a problem becomes at an address."""
    document, content_type = shaped(problem, path, shapes)
    headers: Headers = (("Content-Type", content_type), ("Cache-Control", "no-store"))
    if problem.retry_after is not None:
        headers += (("Retry-After", str(problem.retry_after)),)
    if problem.wanted is not None:
        headers += (problem.wanted,)
    if problem.status == 401:
        headers += (("WWW-Authenticate", "Bearer"),)
    return in_json(document, problem.status, headers)


def problem_answer(problem: Problem, shapes: Shapes = OURS) -> Response:
    """The same for the request that Flask is at."""
    return answer_of(problem, request.path, shapes).as_response()


def problem_in(error: Exception) -> Problem:
    """The problem that went wrong, or that what nobody thought of becomes; faults of ours are logged."""
    if isinstance(error, Problem):
        report(error)
        return error
    log.exception("unforeseen: %s", type(error).__name__, exc_info=error)
    return Problem("internal", "This is a fault of ours. Nothing was stored.", retry_after=5)


def install(app: Flask, shapes: Shapes = OURS, page: Page = lambda problem: None) -> None:
    """Shapes everything that goes wrong in `app`; `page` is how it looks to a person."""

    def answered(problem: Problem) -> Response:
        shown = page(problem)
        if shown is None:
            return problem_answer(problem, shapes)
        counting.refused(problem.code)
        return shown

    @app.errorhandler(HTTPException)
    def _werkzeugs(error: HTTPException) -> Response:
        code = _CODES.get(error.code or 500, "request-invalid" if (error.code or 500) < 500 else "internal")
        answer = answered(Problem(code, error.description or error.name))
        if error.code is not None:
            answer.status_code = error.code
        if error.code == 405 and (allowed := getattr(error, "valid_methods", None)):
            answer.headers["Allow"] = ", ".join(sorted(allowed))
        return answer

    @app.errorhandler(Exception)
    def _any(error: Exception) -> Response:
        return answered(problem_in(error))


def report(problem: Problem) -> None:
    """Writes what is no fault of who asked into the log."""
    if problem.status == 503:
        # One line: while the database is away, every request ends here.
        why = words_of(problem.__cause__) if problem.__cause__ is not None else problem.code
        log.error("%s (%s)", problem.detail, why)
    elif problem.status >= 500:
        log.error("%s", problem.detail, exc_info=problem.__cause__ or problem)


def refused(outcome: Outcome) -> Problem:
    """The problem of one payload that was rejected."""
    faults = outcome.faults
    detail = faults[0].message if len(faults) == 1 else f"{len(faults)} things are wrong with this payload."
    return Problem(
        outcome.code, detail, faults=faults, retry_after=outcome.retry_after, extra={"verdict": "rejected"}
    )
