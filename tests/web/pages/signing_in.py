"""Signing in to the pages, as a browser does it, and reading what they show."""

from __future__ import annotations

import re
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.cast import ADMIN, Shop


def signed_in(shop: Shop, role: str = "owner", section: str = "shop") -> FlaskClient:
    """A browser in which somebody with this role is signed in."""
    client = shop.app.test_client()
    _, link = shop.store.people.invite(f"{role}@example.com", section, role, ADMIN, shop.clock.now())
    assert client.get(f"/sign-in/{link}").status_code == 303
    return client


def csrf_in(answer: TestResponse) -> str:
    """The token that the forms of a page carry."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', answer.get_data(as_text=True))
    assert found is not None
    return found[1]


def text_of(answer: TestResponse) -> str:
    """What a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).split())
