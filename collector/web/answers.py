"""JSON answers. Decimals keep all their digits; times are RFC 3339."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def json_answer(document: Any, status: int = 200) -> Response:
    """`document` as JSON; `msgspec.Raw` in it goes out as it is."""
    answer = Response(_ENCODER.encode(document), status=status, content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
