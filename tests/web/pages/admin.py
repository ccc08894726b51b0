"""Somebody who is signed in and looks at the admin's pages of the section `shop`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from collector.core import ids
from tests.cast import Shop
from tests.web.test_sessions import signed_in

TAG = re.compile(r"<[^>]*>")
PHONE = "+46701234567"
JOINED = {
    "event_name": "newsletter/joined",
    "title": "Newsletter joined",
    "category": "conversion",
    "fields": [{"name": "form", "type": "text"}],
    "extra_fields": "keep",
}


@dataclass(frozen=True)
class Admin:
    """A browser without JavaScript. Paths are those below the section."""

    client: FlaskClient

    def ask(self, path: str, **query: str) -> TestResponse:
        address = path if path.startswith("/") else f"/sections/shop/{path}"
        return self.client.get(address, query_string=query or None)

    def read(self, path: str, **query: str) -> str:
        """The HTML of a page that must be there."""
        answer = self.ask(path, **query)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:400])
        return answer.text

    def send(self, path: str, **form: str) -> TestResponse:
        """Sends a form of ours, as one of our pages would."""
        page = self.client.get("/sections/shop/definitions").text
        token = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
        return self.client.post(f"/sections/shop/{path}", data={"csrf": token, **form})


def admin(shop: Shop, role: str = "owner") -> Admin:
    return Admin(signed_in(shop, role))


def words(html: str) -> str:
    """What a page says, as one line of text."""
    return " ".join(unescape(TAG.sub(" ", html)).split())


def links(html: str, part: str) -> list[str]:
    """The addresses of the links that have `part` in them, each once, in their order."""
    return list(dict.fromkeys(unescape(one) for one in re.findall(r'href="([^"]+)"', html) if part in one))


def profile_of(shop: Shop, kind: str, value: str) -> str:
    found = shop.store.profiles.find("shop", kind, value)
    assert found is not None
    return ids.encode(found.id)


def event_names(html: str) -> list[str]:
    return re.findall(r'<a class="event"[^>]*><bdi>([^<]*)</bdi>', html)


def shown_ids(html: str) -> list[str]:
    return re.findall(r'data-id="([^"]+)"', html)
