"""Nothing is lost and nothing is counted twice in a real Chromium, against the real collector."""

from __future__ import annotations

import pytest

from tests.journeys.snippet.losing_nothing import JOURNEYS, Journey
from tests.journeys.snippet.shop import Shop
from tests.journeys.snippet.tabs import Tab


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: str(journey.__name__))
def test_every_event_is_stored_once(shop: Shop, tab: Tab, journey: Journey) -> None:
    journey(shop, tab)
