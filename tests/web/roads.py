"""One contract, four roads: the layer, Flask alone, the loop, and a stream, which takes the longest."""

from __future__ import annotations

import pytest

EVERY_ROAD = [
    pytest.mark.parametrize(
        ("ready_database_url", "road"),
        [
            ("sqlite", "layer"),
            ("postgresql", "layer"),
            ("sqlite", "flask"),
            ("sqlite", "loop"),
            pytest.param("sqlite", "stream", marks=pytest.mark.full),
        ],
        indirect=True,
    ),
    pytest.mark.usefixtures("road"),
]
