"""How long a trigger is usually silent."""

from __future__ import annotations

from collector.store.firings import HALF_LIFE, HOUR, usual_gap


def test_a_long_silence_is_usual_for_a_while() -> None:
    night = 10 * HOUR
    assert usual_gap(night, HOUR // 4) > night * 0.99
    assert usual_gap(night, 12 * HOUR) == 12 * HOUR
    assert usual_gap(night, HALF_LIFE // 100 * 100) == HALF_LIFE // 100 * 100
    assert usual_gap(8 * HALF_LIFE, HALF_LIFE) == 4 * HALF_LIFE
