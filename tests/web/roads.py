"""One contract, two roads: the marks of tests that run over the thin layer and over Flask alone."""

from __future__ import annotations

import pytest

BOTH_ROADS = [
    pytest.mark.parametrize(
        ("ready_database_url", "road"),
        [("sqlite", "layer"), ("postgresql", "layer"), ("sqlite", "flask")],
        indirect=True,
    ),
    pytest.mark.usefixtures("road"),
]
