"""`/api/openapi.json`, and `/api/docs`: a page to read it and to try it out, which asks nobody else."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import msgspec
from flask import Blueprint, Flask, Response, current_app, render_template, request, send_from_directory

from collector.core.problems import Problem
from collector.web.access import ANYBODY, allow
from collector.web.openapi.document import build_document

blueprint = Blueprint("reader", __name__)

SWAGGER_UI = Path(str(files("flask_swagger_ui"))) / "dist"
OF_SWAGGER_UI = ("swagger-ui.css", "swagger-ui-bundle.js")
OUR_OWN = ("reader.css", "reader.js")
DAY = 86_400
# Swagger UI's icons are data: images; everything else is ours, and nothing is inline.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@blueprint.get("/api/openapi.json")
@allow(ANYBODY)
def document() -> Response:
    """The OpenAPI 3.1 document."""
    answer = Response(_document(current_app._get_current_object()), content_type="application/json")  # type: ignore[attr-defined]
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@blueprint.get("/api/docs")
@allow(ANYBODY)
def page() -> Response:
    """The page to read it."""
    answer = Response(render_template("api/reader.html"), content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/api/docs/<name>")
@allow(ANYBODY)
def file(name: str) -> Response:
    """The page's scripts and styles."""
    if name in OF_SWAGGER_UI:
        answer = send_from_directory(SWAGGER_UI, name, max_age=DAY)
    elif name in OUR_OWN:
        answer = send_from_directory(Path(current_app.template_folder or "") / "api", name, max_age=0)
    else:
        raise Problem("not-found", "The reader has no such file.")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@lru_cache(maxsize=8)
def _document(app: Flask) -> bytes:
    return msgspec.json.encode(build_document(app))
