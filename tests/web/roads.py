"""One contract, four roads: the marks of tests over the layer, Flask alone, the loop, and a stream."""

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
            ("sqlite", "stream"),
        ],
        indirect=True,
    ),
    pytest.mark.usefixtures("road"),
]
