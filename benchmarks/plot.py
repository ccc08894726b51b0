"""A line in an SVG, for the documents: readable in light and in dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

WIDTH, HEIGHT = 720, 240
_LEFT, _TOP, _RIGHT, _BOTTOM = 56, 12, 16, 40
_STYLE = (
    "text{font:12px sans-serif;fill:#57606a}line{stroke:#8c959f;stroke-width:.5}"
    "polyline{fill:none;stroke:#0969da;stroke-width:2}"
    "@media(prefers-color-scheme:dark){text{fill:#9198a1}polyline{stroke:#4493f8}}"
)


def draw(points: Sequence[tuple[float, float]], across: str, up: str, path: Path) -> None:
    """Writes the picture of `points`; `across` and `up` name the axes, and both begin at nought."""
    most_across = max(point[0] for point in points)
    step = round_step(max(point[1] for point in points) / 4)
    most_up = step * math.ceil(max(point[1] for point in points) / step)

    def place(point: tuple[float, float]) -> str:
        x = _LEFT + point[0] / most_across * (WIDTH - _LEFT - _RIGHT)
        y = HEIGHT - _BOTTOM - point[1] / most_up * (HEIGHT - _TOP - _BOTTOM)
        return f"{x:.1f},{y:.1f}"

    levels = [step * number for number in range(round(most_up / step) + 1)]
    lines = [_level(level, place((0, level)).split(",")[1]) for level in levels]
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>{up} against {across}</title><style>{_STYLE}</style>{''.join(lines)}"
        f'<polyline points="{" ".join(map(place, points))}"/>'
        f'<text x="{_LEFT}" y="{HEIGHT - 8}">{up}; across: {across}, to {most_across:,.0f}</text></svg>\n'
    )


def round_step(least: float) -> float:
    """The least of 1, 2, 5, 10, 20, 50 … that is not less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * part for part in (1, 2, 5, 10) if power * part >= least)


def _level(value: float, y: str) -> str:
    return (
        f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
        f'<text x="{_LEFT - 6}" y="{y}" text-anchor="end" dominant-baseline="middle">{value:.0f}</text>'
    )
