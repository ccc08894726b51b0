"""The styles, scripts and pictures of the pages; every address changes with its content."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, current_app, send_from_directory

from collector.core.problems import Problem
from collector.web.access import ANYBODY, allow

blueprint = Blueprint("assets", __name__, url_prefix="/assets")

ENDINGS = (".css", ".js", ".svg")


@blueprint.get("/<path:name>")
@allow(ANYBODY)
def file(name: str) -> Response:
    """One file of templates/pages/."""
    if not name.endswith(ENDINGS):
        raise Problem("not-found", "There is no such file.")
    answer = send_from_directory(_folder(), name)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@blueprint.app_url_defaults
def _with_content(endpoint: str, values: dict[str, object]) -> None:
    if endpoint == "assets.file":
        values["v"] = _digest(_folder() / str(values["name"]))


def _folder() -> Path:
    return Path(str(current_app.template_folder)) / "pages"


@lru_cache(maxsize=256)
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
