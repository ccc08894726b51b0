"""One contract, three roads: the marks of tests that run over the layer, Flask alone, and the loop."""

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
        ],
        indirect=True,
    ),
    pytest.mark.usefixtures("road"),
]
