"""What the tests of the doors may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from flask import Flask

from collector import app as app_module
from collector.intake.accept import Intake
from collector.store.opening import Store
from collector.web import custom_paths, front
from tests.servers.loop import on_a_loop
from tests.stream.through import Through


@pytest.fixture
def road(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """`layer`: as the app is; `flask`: without the layer in front; `loop`: as the server runs it;
    `stream`: what comes goes through a message of a stream and is answered as a worker commits it."""
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
        if chosen == "stream":
            url = request.getfixturevalue("nats_url")

            def through(store: Store, now: Callable[[], int], publisher: None) -> Intake:
                way = loops.enter_context(closing(Through(url, store)))
                return Intake(store, now, way)

            monkeypatch.setattr(app_module, "Intake", through)
        yield chosen
