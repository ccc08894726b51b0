"""One collector, one shop and one browser for many journeys; each has an event and a tab of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.snippet.shop import Shop, opened
from tests.journeys.snippet.tabs import PlaywrightTab, Tab


@pytest.fixture(scope="module")
def whole_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with opened(tmp_path_factory.mktemp("journeys")) as shop:
        yield shop


@pytest.fixture
def shop(whole_shop: Shop) -> Iterator[Shop]:
    yield whole_shop
    whole_shop.gate.open()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Tab]:
    context = chromium.new_context()
    context.set_default_timeout(20_000)
    yield PlaywrightTab(context)
    context.close()
