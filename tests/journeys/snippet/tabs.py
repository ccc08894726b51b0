"""A tab of a browser, as the journeys need it: the same words for Chromium, Firefox and WebKit."""

from __future__ import annotations

from typing import Any, Protocol

from playwright.sync_api import BrowserContext, Error, Page
from selenium.webdriver import WebKitGTK

from tests.servers.waiting import eventually


class Tab(Protocol):
    """One tab. `run` runs statements in the page, `value` gives the value of an expression."""

    def go(self, url: str) -> None: ...
    def run(self, script: str) -> None: ...
    def value(self, expression: str) -> Any: ...
    def leave(self, script: str, url: str) -> None:
        """Runs statements and goes to another page in the same task."""

    def back(self, url: str) -> None:
        """To the page before, at this address. It may be still alive: no load is waited for."""

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

    def back(self, url: str) -> None:
        self.run("history.back()")
        assert eventually(lambda: self._is_at(url))

    def close(self) -> None:
        self.page.close()

    def another(self) -> PlaywrightTab:
        return PlaywrightTab(self.context)

    def _is_at(self, url: str) -> bool:
        try:
            return bool(self.value("location.href") == url)
        except Error:  # between two pages there is nobody to ask
            return False


class WebDriverTab:
    """A tab of WebKit."""

    def __init__(self, driver: WebKitGTK) -> None:
        self._driver = driver
        self._window = driver.current_window_handle

    def go(self, url: str) -> None:
        self._here().get(url)

    def run(self, script: str) -> None:
        self._here().execute_script(script)

    def value(self, expression: str) -> Any:
        return self._here().execute_script(f"return ({expression})")

    def leave(self, script: str, url: str) -> None:
        self.run(f"{script}; location.href = {url!r}")
        assert eventually(
            lambda: self.value(f"location.href == {url!r} && document.readyState == 'complete'")
        )

    def back(self, url: str) -> None:
        self.run("history.back()")

    def close(self) -> None:
        self._here().close()

    def another(self) -> WebDriverTab:
        self._here().switch_to.new_window("tab")
        return WebDriverTab(self._driver)

    def _here(self) -> WebKitGTK:
        """The driver, looking at this tab."""
        self._driver.switch_to.window(self._window)
        return self._driver
