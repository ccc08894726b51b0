"""An extension that blocks the snippet's requests: few tries, no noise, nothing piles up, nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright

from tests.conftest import CHROMIUM_ARGUMENTS, LEFT_OUT
from tests.environment import browser
from tests.journeys.snippet.shop import Shop
from tests.servers.waiting import eventually

MANIFEST = {
    "manifest_version": 3,
    "name": "Blocks beacons",
    "version": "1",
    "permissions": ["declarativeNetRequest"],
    "background": {"service_worker": "worker.js"},
    "declarative_net_request": {"rule_resources": [{"id": "beacons", "enabled": True, "path": "rules.json"}]},
}
RULE = {
    "id": 1,
    "action": {"type": "block"},
    "condition": {"urlFilter": "/b/", "resourceTypes": ["xmlhttprequest"]},
}
ALLOW = "chrome.declarativeNetRequest.updateEnabledRulesets({disableRulesetIds: ['beacons']})"
TRIES = 10  # the first, and nine by the clock
DAY_MS = 86_400_000
KEPT = "Object.keys(localStorage).filter(key => key.includes('#fieldpost')).length"


@pytest.fixture
def blocked(playwright: Playwright, tmp_path: Path) -> Iterator[BrowserContext]:
    """A Chromium of its own with the extension, which needs the browser's new headless mode."""
    extension = tmp_path / "extension"
    extension.mkdir()
    for name, text in {
        "manifest.json": json.dumps(MANIFEST),
        "rules.json": json.dumps([RULE]),
        "worker.js": "",
    }.items():
        (extension / name).write_text(text)
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile",
        executable_path=browser.installed(),
        headless=False,
        args=[
            *CHROMIUM_ARGUMENTS,
            "--headless=new",
            f"--disable-extensions-except={extension}",
            f"--load-extension={extension}",
            "--disable-features=DisableLoadExtensionCommandLineSwitch",
        ],
        ignore_default_args=[*LEFT_OUT, "--disable-extensions"],
    )
    context.set_default_timeout(20_000)
    yield context
    context.close()


def test_an_extension_that_blocks_every_beacon(shop: Shop, blocked: BrowserContext) -> None:
    event = shop.event()
    page = blocked.new_page()
    failures: list[str] = []
    noise: list[str] = []
    page.on("requestfailed", lambda request: failures.append(request.failure or ""))
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.clock.install()
    page.goto(shop.page(f"/{event.name}", event.url))
    page.evaluate(event.call(0))
    assert eventually(lambda: page.evaluate("Object.keys(fieldpost.w).length == 1"))
    page.evaluate(event.calls(1000))
    for _ in range(TRIES):
        page.clock.fast_forward(DAY_MS)
        eventually(lambda: page.evaluate("Object.keys(fieldpost.w).length == 200"))
    assert 2 <= len(failures) <= TRIES
    assert set(failures) == {"net::ERR_BLOCKED_BY_CLIENT"}
    # The browser says each time that it was blocked; the snippet adds nothing.
    assert len(noise) <= len(failures)
    assert all("ERR_BLOCKED_BY_CLIENT" in text for text in noise)
    assert page.evaluate(KEPT) == 200
    assert page.evaluate("fieldpost.q.length") == 0
    worker = (
        blocked.service_workers[0] if blocked.service_workers else blocked.wait_for_event("serviceworker")
    )
    worker.evaluate(ALLOW)
    page.reload()
    assert len(event.stored(200)) == 200
    # They are stored before the page has heard of it.
    assert eventually(lambda: page.evaluate(KEPT) == 0)
