"""Answers before a framework has them, and in JSON: decimals keep all their digits; times are RFC 3339."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from flask import Response

_ENCODER = msgspec.json.Encoder(decimal_format="number")


Headers = tuple[tuple[str, str], ...]

JSON: Headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


class Answer(NamedTuple):
    """What is answered: by Flask, or by the layer in front of it."""

    status: int
    headers: Headers
    body: bytes

    def as_response(self) -> Response:
        return Response(self.body, self.status, self.headers)


def in_json(document: Any, status: int = 200, headers: Headers = JSON) -> Answer:
    """`document` as JSON; `msgspec.Raw` in it goes out as it is."""
    return Answer(status, headers, _ENCODER.encode(document))


def json_answer(document: Any, status: int = 200) -> Response:
    """The same as Flask has it."""
    return in_json(document, status).as_response()
