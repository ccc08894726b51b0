"""Webhooks in the tests' shop, delivered to real receivers on this machine."""

from __future__ import annotations

from typing import Any

from collector.core.webhooks.addresses import networks_in
from collector.core.webhooks.hooks import HookDraft
from collector.core.webhooks.reading import read_hook
from collector.delivery.delivering import Deliverer
from collector.delivery.sending import Sender
from collector.store.webhooks.kept import KeptHook
from collector.store.webhooks.messages import Delivery
from tests.cast import ADMIN, Shop

HERE = networks_in("127.0.0.0/8")


def make_hook(shop: Shop, url: str, section: str = "shop", **members: Any) -> KeptHook:
    """A webhook; its secret is in `shop.secrets` under its id."""
    draft = read_hook({"name": "Partner", "url": url, **members}, HERE)
    assert isinstance(draft, HookDraft), draft
    made, secret = shop.store.webhooks.create(section, draft, ADMIN, shop.clock.now())
    shop.secrets[made.id] = secret
    return made


def deliverer(shop: Shop, holder: str = "one", seconds: float = 10.0) -> Deliverer:
    """A server's; what is left to chance is as long as it may be."""
    sender = Sender(HERE, seconds=seconds)
    return Deliverer(shop.store, shop.clock.now, holder, sender, lambda: 1.0)


def deliver(shop: Shop, one: Deliverer | None = None) -> None:
    """All that can be told now."""
    one = one or deliverer(shop)
    while ready := one.ready():
        for webhook in ready:
            one.turn(webhook)


def log_of(shop: Shop, hook: KeptHook) -> list[Delivery]:
    """Its deliveries, the oldest first."""
    found, more = shop.store.deliveries.page(hook.hook.id, 500, None)
    assert more is None
    return found[::-1]


def fates(shop: Shop, hook: KeptHook) -> list[str]:
    return [one.fate for one in log_of(shop, hook)]


def again(shop: Shop, hook: KeptHook) -> KeptHook:
    """The webhook as it is now."""
    return shop.store.webhooks.find(hook.hook.section_id, hook.id)
