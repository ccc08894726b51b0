"""One collector, one shop and one browser for many journeys; each has an event and a tab of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from tests.environment.further_programs import FIREFOX, WEBKIT, Program, are_needed, firefox
from tests.journeys.snippet.shop import Shop, opened
from tests.journeys.snippet.tabs import PlaywrightTab, Tab, WebDriverTab
from tests.journeys.snippet.webkit import screen, webkit


@pytest.fixture(scope="session")
def whole_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with opened(tmp_path_factory.mktemp("journeys")) as shop:
        yield shop


@pytest.fixture
def shop(whole_shop: Shop) -> Iterator[Shop]:
    yield whole_shop
    whole_shop.gate.open()


@pytest.fixture
def tab(whole_chromium: Browser) -> Iterator[Tab]:
    context = whole_chromium.new_context()
    context.set_default_timeout(20_000)
    yield PlaywrightTab(context)
    context.close()


def needs(program: Program) -> None:
    """Where an program cannot be had its journeys are skipped, and the summary of the run says why."""
    if not program.is_here():
        (pytest.fail if are_needed() else pytest.skip)(program.missing)


@pytest.fixture(scope="module")
def started_firefox(playwright: Playwright) -> Iterator[Browser]:
    needs(FIREFOX)
    started = playwright.firefox.launch(channel="moz-firefox", executable_path=firefox())
    yield started
    started.close()


@pytest.fixture
def firefox_tab(started_firefox: Browser) -> Iterator[Tab]:
    context = started_firefox.new_context()
    context.set_default_timeout(20_000)
    yield PlaywrightTab(context)
    context.close()


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    needs(WEBKIT)
    with screen() as name:
        yield name


@pytest.fixture
def webkit_tab(display: str) -> Iterator[Tab]:
    with webkit(display) as driver:
        yield WebDriverTab(driver)
