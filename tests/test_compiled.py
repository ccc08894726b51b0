"""What the apps of these tests take over from one another is what each would have compiled by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from collector.web.addresses import Route
from tests import compiled
from tests.cast import open_shop


def routes(app: Flask) -> dict[str, list[Any]]:
    """Everything that is compiled of each route: what matches, in what order, and what it is written as."""
    return {
        f"{rule.rule} {rule.endpoint}": [
            *(repr(part) for part in rule._parts),
            *sorted(rule.arguments),
            rule._trace,
            list(rule._converters),
        ]
        for rule in app.url_map.iter_rules()
    }


def test_a_second_app_has_the_routes_that_it_would_have_alone(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Route, "compile", Rule.compile)
        alone = routes(app_in(tmp_path / "alone"))
        compiled.use(patch)
        first, second = app_in(tmp_path / "first"), app_in(tmp_path / "second")
    assert routes(first) == alone
    assert routes(second) == alone


def test_a_second_app_compiles_no_template_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled.use(monkeypatch)
    first, second = app_in(tmp_path / "first"), app_in(tmp_path / "second")
    with first.app_context():
        first.jinja_env.get_template("pages/home.html")
    monkeypatch.setattr(second.jinja_env, "_generate", None)
    second.jinja_env.get_template("pages/home.html")


def app_in(folder: Path) -> Flask:
    folder.mkdir()
    shop = open_shop(f"sqlite:///{folder / 'fieldpost.db'}")
    shop.store.close()
    return shop.app
