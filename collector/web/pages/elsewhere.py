"""What a person sees at an address that is none, and where something of ours breaks: a page, not JSON."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from collector.core.problems import Problem
from collector.web.access import is_page
from collector.web.pages.frame import show_problem

SENTENCES: Mapping[str, str] = {
    "not-found": "The address leads nowhere: perhaps it was cut short.",
    "method-not-allowed": "This address is only sent to: go to the page that leads there, and try again.",
    "internal": "This is a fault of ours. What you were about to change was not changed.",
}
"""Code → what a person can do with it, where no page of ours said more."""


def page_for_people(problem: Problem) -> Response | None:
    """The refusal as a page; None where a program asks: those name JSON, or nothing in particular."""
    if not is_page() and not _is_lost():
        return None
    detail = SENTENCES.get(problem.code, problem.detail)
    return show_problem(Problem(problem.code, detail, faults=problem.faults, retry_after=problem.retry_after))


def _is_lost() -> bool:
    """Whether a person's browser asks for an address that is none."""
    is_a_persons = "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")
    return is_a_persons and request.url_rule is None
