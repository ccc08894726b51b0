"""The files of snippets: which web settings each has, and what stays as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collector.core.definitions import Definition
from collector.store.definitions import Edit
from tests.cast import ADMIN, EVERY_TYPE, Shop

CLICK = {"on": "click", "selector": ".buy-now"}


@pytest.fixture
def definition(shop: Shop) -> Definition:
    return shop.define(EVERY_TYPE)


def settings(shop: Shop, definition: Definition, **changed: Any) -> Definition:
    """The definition after its web settings were changed."""
    draft = definition.draft
    edit = Edit(replace(draft, web_tracking=replace(draft.web_tracking, **changed)), definition.revision)
    return shop.store.definitions.save(definition, edit, 3600, ADMIN, shop.clock.now())


def text_at(shop: Shop, path: str) -> str:
    answer = shop.client.get(path)
    assert answer.status_code == 200, path
    return answer.text


def test_the_current_file_has_the_settings_of_now(shop: Shop, definition: Definition) -> None:
    assert ".buy-now" not in text_at(shop, f"/s/{definition.id}.js")
    settings(shop, definition, triggers=(CLICK,))
    shop.clock.forward(3)
    assert ".buy-now" in text_at(shop, f"/s/{definition.id}.js")


def test_later_settings_are_at_an_address_of_their_own_for_good(shop: Shop, definition: Definition) -> None:
    version = definition.versions[0].id
    changed = settings(shop, definition, triggers=(CLICK,))
    path = f"/s/{version}.{changed.revision}.js"
    first = text_at(shop, path)
    assert ".buy-now" in first
    assert ".buy-now" not in text_at(shop, f"/s/{version}.js")
    settings(shop, changed, triggers=(), visitor="page")
    shop.clock.forward(3)
    assert text_at(shop, path) == first
    assert shop.client.get(path).headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_revision_that_nobody_was_shown_is_not_found(shop: Shop, definition: Definition) -> None:
    version = definition.versions[0].id
    for path in (f"{version}.{definition.revision + 1}", f"{version}.0", f"{definition.id}.1", "nobody.1"):
        assert shop.client.get(f"/s/{path}.js").status_code == 404


def test_files_that_never_change_load_nothing_else(shop: Shop, definition: Definition) -> None:
    version = definition.versions[0].id
    for path in (f"/s/{version}.js", f"/s/{version}.{definition.revision}.js"):
        assert "import(" not in text_at(shop, path)
    assert "import(" in text_at(shop, f"/s/{definition.id}.js")


def test_the_tools_know_their_snippet(shop: Shop, definition: Definition) -> None:
    answer = shop.client.get(f"/b/{definition.versions[0].id}.js")
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert '"event": "order.completed"' in answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert shop.client.get("/b/0000000000000.js").status_code == 404


GPC = {"Origin": "https://shop.example", "Sec-GPC": "1", "User-Agent": "Mozilla/5.0 Firefox/153.0"}


def test_gpc_is_honoured_unless_the_snippet_says_that_it_has_looked(
    shop: Shop, definition: Definition
) -> None:
    settings(shop, definition, consent="gpc")
    shop.clock.forward(3)
    verdicts = [
        shop.client.post(
            f"/b/{definition.versions[0].id}{query}", json={"id": "1", "data": {"total": 1}}, headers=GPC
        ).get_json()["verdict"]
        for query in ("", "?consent")
    ]
    assert verdicts == ["filtered", "stored"]
