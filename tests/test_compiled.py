"""What the apps of these tests take over from one another is what each would have compiled by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from collector.store.database import Database
from collector.store.opening import open_store
from collector.web.addresses import Route
from tests import compiled
from tests.cast import NOON, open_shop


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


def test_a_second_store_has_the_statements_that_it_would_have_alone(
    ready_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Database, "statement", in_peewee_s_words)
        alone = texts_of(ready_database_url)
        compiled.use(patch)
        first, second = texts_of(ready_database_url), texts_of(ready_database_url)
    assert len([text for text in alone.values() if text.startswith(("INSERT", "UPDATE", "SELECT"))]) > 5
    assert first == alone
    assert second == alone


def in_peewee_s_words(database: Database, query: Any) -> str:
    return str(database.peewee.get_sql_context().sql(query).query()[0])


def texts_of(url: str) -> dict[str, str]:
    """Every text that a new store and its parts have, by where it is."""
    with closing(open_store(url, lambda: NOON, lambda: 0.0)) as store:
        return dict(texts_in(store, "store", set()))


def texts_in(part: object, place: str, seen: set[int]) -> Iterator[tuple[str, str]]:
    seen.add(id(part))
    for name in (*getattr(part, "__dict__", ()), *getattr(part, "__slots__", ())):
        value = getattr(part, name)
        if isinstance(value, str):
            yield f"{place}.{name}", value
        elif type(value).__module__.startswith("collector.store") and id(value) not in seen:
            yield from texts_in(value, f"{place}.{name}", seen)


def app_in(folder: Path) -> Flask:
    folder.mkdir()
    shop = open_shop(f"sqlite:///{folder / 'fieldpost.db'}")
    shop.store.close()
    return shop.app
