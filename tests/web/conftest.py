"""What the tests of the doors may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask

from collector.web import custom_paths, front
from tests.servers.loop import on_a_loop


@pytest.fixture
def road(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """`layer`: as the app is; `flask`: without the layer in front; `loop`: as the server runs it."""
    chosen: str = request.param
    with ExitStack() as loops:
        if chosen == "flask":
            monkeypatch.setattr(front, "install", lambda app, parts: None)
        if chosen == "loop":
            outermost = custom_paths.install

            def install(app: Flask, *paths: Any) -> None:
                outermost(app, *paths)
                app.wsgi_app = loops.enter_context(on_a_loop(app))  # type: ignore[method-assign]

            monkeypatch.setattr(custom_paths, "install", install)
        yield chosen
