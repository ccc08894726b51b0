"""What axe finds on a page. The browser reads its script once for a page, not for each look at it."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Frame, Page

VIOLATIONS = {"resultTypes": ["violations"]}


def violations(page: Page | Frame, options: dict[str, Any] = VIOLATIONS) -> list[dict[str, Any]]:
    """The rules that are broken, each with where. Of the others nothing is sent here, which is most of it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(
        "options => axe.run(options).then(found => found.violations)", options
    )
    return found
