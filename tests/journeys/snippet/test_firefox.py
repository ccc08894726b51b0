"""The journeys of Chromium in a real Firefox."""

from __future__ import annotations

import pytest

from tests.journeys.snippet.losing_nothing import JOURNEYS, Journey
from tests.journeys.snippet.shop import Shop
from tests.journeys.snippet.tabs import Tab

pytestmark = pytest.mark.full


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: str(journey.__name__))
def test_every_event_is_stored_once(shop: Shop, firefox_tab: Tab, journey: Journey) -> None:
    journey(shop, firefox_tab)
