"""Somebody at the editor's doors, as the overlay on a page is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from collector.core.rights import Role
from collector.web.site_editor.tokens import LIFE_SECONDS, SECOND, Pass, make_token
from tests.cast import ADMIN, Shop

SITE = "https://shop.example"
BUY = {"on": "click", "selector": ".buy"}
TOTAL = {"name": "total", "type": "decimal", "required": True}


@dataclass
class Editor:
    """A page of `origin` with a token."""

    shop: Shop
    token: str
    origin: str = SITE

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.shop.client.open(
            f"/b/editor/{path}",
            method=method,
            json=body,
            headers={"Origin": self.origin, "Authorization": f"Bearer {self.token}", **headers},
        )

    def script(self, path: str = "") -> TestResponse:
        """What the token's own addresses answer: the overlay, or a snippet that can be tried."""
        return self.shop.client.get(f"/b/editor/{self.token}{path or '.js'}", headers={"Origin": self.origin})

    def show(self, name: str) -> dict[str, Any]:
        answer = self.ask("GET", f"definitions/{name}")
        assert answer.status_code == 200, answer.text
        return dict(answer.get_json())

    def keep(self, name: str, revision: str | None = "", **members: Any) -> TestResponse:
        """Saves a draft over the state of now, or of `revision`."""
        if revision == "":
            known = self.ask("GET", f"definitions/{name}")
            revision = known.get_json()["revision"] if known.status_code == 200 else None
        event_name = name.replace("~", "/")
        document = {
            "event_name": event_name,
            "category": "signal",
            "fields": [TOTAL],
            "triggers": [BUY],
            **members,
        }
        return self.ask("PUT", f"drafts/{name}", {"definition": document, "revision": revision})

    def publish(self, name: str, **members: Any) -> TestResponse:
        return self.ask("POST", f"publish/{name}", {"revision": self.show(name)["revision"], **members})


def person(shop: Shop, role: Role = "editor", section: str = "shop") -> int:
    """The number of somebody who has this role in a section."""
    invited, _ = shop.store.people.invite(f"{role}@example.com", section, role, ADMIN, shop.clock.now())
    return invited.id


def opened(shop: Shop, role: Role = "editor", origin: str = SITE, event_name: str | None = None) -> Editor:
    """The editor, opened on a page by somebody who has this role."""
    expires_at = shop.clock.now() + LIFE_SECONDS * SECOND
    told = Pass("shop", origin, person(shop, role), event_name, expires_at)
    return Editor(shop, make_token(told, shop.store.editing.seal()), origin)
