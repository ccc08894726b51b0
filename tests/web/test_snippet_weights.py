"""What a definition's current address serves weighs no more than its row in the table of docs/snippet.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from collector.core.definitions import Definition
from collector.core.versions import current
from collector.web import snippets
from collector.web.snippets import plan_of
from snippet.build import build
from snippet.plan import Plan
from snippet.triggers import Trigger
from tests.cast import Shop, open_shop
from tests.snippet.test_weight import TABLE, Row, bare

ONLY_WHAT_IS_NEEDED = {"attributes": False, "trigger_numbers": False, "prerendered": "send", "debug": False}


@pytest.fixture
def far_shop(ready_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A shop whose collector is at the address of the table, and builds as it does for everybody."""
    monkeypatch.setattr(snippets, "build", build)
    shop = open_shop(ready_database_url, public_url="https://c.example")
    yield shop
    shop.store.close()


def defined(shop: Shop, plan: Plan, **settings: Any) -> Definition:
    """A definition whose snippet is to have what the plan has; `settings` of its web tracking."""
    document = {
        "event_name": plan.event_name,
        "category": "transaction",
        "fields": [field.as_json() for field in plan.fields],
        "web_tracking": {
            "enabled": True,
            "queue": plan.queue,
            "consent": plan.consent,
            "triggers": [_document_of(one) for one in plan.triggers],
            **settings,
        },
    }
    return shop.define(document)


def _document_of(trigger: Trigger) -> dict[str, Any]:
    return {"on": trigger.on, **({"selector": trigger.selector} if trigger.selector else {})}


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_the_file_at_a_current_address_weighs_no_more_than_its_row(far_shop: Shop, row: Row) -> None:
    definition = defined(far_shop, row.plan, **ONLY_WHAT_IS_NEEDED)
    answer = far_shop.client.get(f"/s/{definition.id}.js", headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert len(answer.data) <= row.limit
    version = current(definition.versions, far_shop.clock.now())
    assert version is not None
    with far_shop.app.test_request_context():
        served = plan_of(definition, version)
    assert replace(served, version_id=row.plan.version_id) == row.plan


def test_what_nobody_has_switched_off_is_in_the_file(far_shop: Shop) -> None:
    plan = bare(TABLE[3].plan.fields, triggers=TABLE[3].plan.triggers)
    text = far_shop.client.get(f"/s/{defined(far_shop, plan).id}.js").text
    parts = ("[data-fieldpost=", "prerendering", "/fieldpost=")
    assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize(
    ("member", "off", "part"),
    [
        ("attributes", False, "data-fieldpost"),
        ("prerendered", "send", "prerendering"),
        ("debug", False, "/fieldpost="),
    ],
)
@pytest.mark.parametrize("pinned", [False, True])
def test_what_is_switched_off_is_not_in_the_file(
    far_shop: Shop, member: str, off: object, part: str, pinned: bool
) -> None:
    definition = defined(far_shop, TABLE[3].plan, **{member: off})
    stem = definition.versions[0].id if pinned else definition.id
    assert part not in far_shop.client.get(f"/s/{stem}.js").text
