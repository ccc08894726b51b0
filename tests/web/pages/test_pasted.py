"""What the snippet page offers to be pasted."""

from __future__ import annotations

import re
from html import unescape

from tests.cast import EVERY_TYPE, Shop
from tests.web.pages.signing_in import signed_in


def test_everything_that_is_pasted_has_a_button_that_copies_it(shop: Shop) -> None:
    definition = shop.define(EVERY_TYPE)
    text = unescape(signed_in(shop).get("/sections/shop/definitions/order.completed/snippet").text)
    blocks = dict(re.findall(r'<code id="(\w+)">(.*?)</code>', text, re.DOTALL))
    assert {"tag", "call", "pixel", "bundle", "policy", "pinned", "types"} <= set(blocks)
    assert set(re.findall(r'data-copy="(\w+)"', text)) == set(blocks)
    assert f"/s/{definition.id}.js" in blocks["tag"]
    assert f"/b/{definition.id}.gif" in blocks["pixel"]
    assert "/s/shop/bundle.js" in blocks["bundle"]
    assert "script-src" in blocks["policy"]
    assert f"/s/{definition.versions[0].id}.js" in blocks["pinned"]
    assert blocks["types"].strip() == shop.client.get(f"/s/{definition.id}.d.ts").text.strip()
