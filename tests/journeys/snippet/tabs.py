"""A tab of a browser, as the journeys need it: the same words for Chromium, Firefox and WebKit."""

from __future__ import annotations

from typing import Any, Protocol

from playwright.sync_api import BrowserContext, Page


class Tab(Protocol):
    """One tab. `run` runs statements in the page, `value` gives the value of an expression."""

    def go(self, url: str) -> None: ...
    def run(self, script: str) -> None: ...
    def value(self, expression: str) -> Any: ...
    def leave(self, script: str, url: str) -> None:
        """Runs statements and goes to another page in the same task."""

    def back(self) -> None: ...
    def close(self) -> None: ...
    def another(self) -> Tab:
        """A further tab with the same storage."""


class PlaywrightTab:
    """A tab of Chromium or Firefox."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))

    def go(self, url: str) -> None:
        self.page.goto(url)

    def run(self, script: str) -> None:
        self.page.evaluate(f"() => {{ {script} }}")

    def value(self, expression: str) -> Any:
        return self.page.evaluate(f"() => ({expression})")

    def leave(self, script: str, url: str) -> None:
        self.run(f"{script}; location.href = {url!r}")
        self.page.wait_for_url(url)

    def back(self) -> None:
        self.page.go_back()

    def close(self) -> None:
        self.page.close()

    def another(self) -> PlaywrightTab:
        return PlaywrightTab(self.context)
