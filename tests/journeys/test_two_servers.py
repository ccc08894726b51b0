"""What is changed at one place is obeyed everywhere within two seconds.

On PostgreSQL the change is made through a second server, on SQLite by the command line.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cast import EVERY_TYPE, order
from tests.servers.client import Client
from tests.servers.commands import fieldpost
from tests.servers.fieldpost import running
from tests.servers.waiting import eventually

PATH = "/api/v1/definitions/order.completed"
WITHIN = 2.0


@dataclass(frozen=True)
class Installation:
    """The server that is watched, and the place where changes are made."""

    watched: Client
    folder: Path
    database: str
    second: Client | None

    def revoke(self, key_id: str) -> None:
        if self.second is not None:
            assert self.second.ask("DELETE", f"/api/v1/keys/{key_id}").status == 204
        else:
            fieldpost(self.folder, self.database, "key", "revoke", key_id)

    def apply(self, document: dict[str, Any]) -> None:
        if self.second is not None:
            etag = self.second.get(PATH).headers["etag"]
            assert self.second.put(PATH, document, If_Match=etag).status == 200
        else:
            (self.folder / "events.json").write_text(json.dumps(document))
            fieldpost(self.folder, self.database, "definition", "apply", "events.json", edit_hold=1)


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    fieldpost(tmp_path, database_url, "section", "create", "Shop")
    (tmp_path / "events.json").write_text(json.dumps(EVERY_TYPE))
    fieldpost(tmp_path, database_url, "definition", "apply", "events.json")
    key = fieldpost(tmp_path, database_url, "key", "create", "--name", "admin")["key"]
    with ExitStack() as stack:
        first = stack.enter_context(running(database_url, tmp_path, edit_hold=1))
        second = None
        if database_url.startswith("postgresql"):
            (tmp_path / "second").mkdir()
            other = stack.enter_context(running(database_url, tmp_path / "second", edit_hold=1))
            second = Client(other.url, key)
        yield Installation(Client(first.url, key), tmp_path, database_url, second)


def obeyed_after(is_obeyed: Callable[[], bool]) -> float:
    """How many seconds it takes until the watched server does as it is told."""
    begun = time.monotonic()
    assert eventually(is_obeyed)
    return time.monotonic() - begun


def test_a_revoked_key_is_refused(installation: Installation, tmp_path: Path) -> None:
    made = fieldpost(tmp_path, installation.database, "key", "create", "--name", "till")
    till = Client(installation.watched.url, made["key"])
    assert till.post("/api/v1/events", order()).status == 200
    installation.revoke(made["id"])
    assert obeyed_after(lambda: till.post("/api/v1/events", order()).status == 401) < WITHIN


def test_changed_operations_are_obeyed(installation: Installation) -> None:
    watched = installation.watched
    assert watched.post("/api/v1/events", order()).status == 200
    installation.apply({**EVERY_TYPE, "allowed_operations": {"crm_id": ["write"]}})
    assert obeyed_after(lambda: watched.post("/api/v1/events", order()).status == 403) < WITHIN


def test_a_new_version_becomes_current_by_itself(installation: Installation) -> None:
    watched = installation.watched
    longer = {**EVERY_TYPE, "fields": [*EVERY_TYPE["fields"], {"name": "coupon", "type": "text"}]}
    with_coupon = order(data={"total": 1, "coupon": "X"})
    assert watched.post("/api/v1/events/validate", with_coupon).status == 422
    installation.apply(longer)
    hold = 1.0
    accepted = obeyed_after(lambda: watched.post("/api/v1/events/validate", with_coupon).status == 200)
    assert accepted < hold + WITHIN
    versions = watched.get(f"{PATH}/versions").document["versions"]
    assert [one["state"] for one in versions] == ["superseded", "current"]


def test_a_hidden_definition_is_gone(installation: Installation) -> None:
    watched = installation.watched
    changer = installation.second or watched
    assert watched.post("/api/v1/events", order()).status == 200
    assert changer.post(f"{PATH}/hide", {"confirm": True}).status == 204
    assert obeyed_after(lambda: watched.post("/api/v1/events", order()).status == 410) < WITHIN
