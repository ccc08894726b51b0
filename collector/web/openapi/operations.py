"""What is said of a route, beside the route."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

from marshmallow import Schema

from collector.core.problems import STATUS
from collector.web.openapi.shown import Problem

P = ParamSpec("P")
R = TypeVar("R")

Shape = type[Schema] | Mapping[str, Any]
"""A marshmallow schema, or JSON Schema for what marshmallow cannot say."""

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes when all is well: one of `shapes`, or nothing. `headers`: name → what it says.

    `is_queued`: where events go through a stream, the same comes with 202.
    """

    shapes: Sequence[Shape] = ()
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    is_queued: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """What a request brings: one of `shapes`. `examples`: a name of each → a body that is accepted.

    `required`: whether there must be one. `also`: what it may be with other content types.
    """

    shapes: Sequence[Shape]
    examples: Mapping[str, Any]
    content_types: Sequence[str] = ("application/json",)
    required: bool = True
    also: Sequence[Body] = ()


@dataclass(frozen=True, slots=True)
class Manners:
    """How routes take a key, and how they refuse. `schemes`: names of `document.py`.

    `problem`: the shape of a refusal, of `content_type`. `has_code`: whether its member `code` is ours.
    `name`: what those who refuse alike are called; empty: ours.
    """

    name: str
    problem: type[Schema]
    content_type: str = "application/json"
    has_code: bool = True
    schemes: Sequence[str] = ("key",)


OURS = Manners("", Problem, "application/problem+json")


@dataclass(frozen=True, slots=True)
class Documentation:
    """All that a route says of itself. `codes` are those that `codes.py` cannot know."""

    answer: Answer
    body: Body | None
    query: type[Schema] | None
    headers: type[Schema] | None
    path: Mapping[str, str]
    codes: frozenset[str]
    manners: Manners


NO_CONTENT = Answer(status=204)


def documented(
    answer: Answer | type[Schema],
    *,
    body: Body | None = None,
    query: type[Schema] | None = None,
    headers: type[Schema] | None = None,
    path: Mapping[str, str] = NOTHING,
    codes: str = "",
    manners: Manners = OURS,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Says what a route takes and answers; stands right above its function.

    `answer` is what comes when all is well (a schema alone: 200 and JSON). `query` and `headers` are schemas
    of parameters, `path` describes those parts of the address that `requests.PATH` does not know. `codes` are
    the problem codes of the route's own, with blanks between them. `manners` are those of another API.
    """
    named = frozenset(codes.split())
    if unknown := named - STATUS.keys():
        raise ValueError(f"No such problem codes: {', '.join(sorted(unknown))}")
    said = Documentation(
        answer=answer if isinstance(answer, Answer) else Answer((answer,)),
        body=body,
        query=query,
        headers=headers,
        path=path,
        codes=named,
        manners=manners,
    )

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        view.documentation = said  # type: ignore[attr-defined]
        return view

    return declare


def documentation_of(view: Callable[..., object]) -> Documentation | None:
    """What a view says of itself, if anything."""
    return getattr(view, "documentation", None)
