"""What the tests of the doors may ask for."""

from __future__ import annotations

import pytest

from collector.web import front


@pytest.fixture
def road(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """`layer`: as the app is; `flask`: without the thin layer in front of Flask."""
    chosen: str = request.param
    if chosen == "flask":
        monkeypatch.setattr(front, "install", lambda app, parts: None)
    return chosen
