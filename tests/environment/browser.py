"""A Chromium for the tests: find one, or get one with `python -m tests.environment.browser`.

An installed one, Playwright's own, or Debian's package, whichever can be had.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tests.environment import debian

VARIABLE = "FIELDPOST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NOTE = Path(sys.prefix) / "chromium"
"""Holds the path of the browser that was chosen for this virtual environment."""

MISSING = (
    "The tests need Chromium and could not get one: install it "
    f"(on Debian: `apt-get install chromium`) or say in {VARIABLE} where it is."
)


UNUSABLE = f"{VARIABLE} names a browser that does not run: correct it, or leave it out to have one found."


def main() -> None:
    found = installed()
    if found is None and VARIABLE in os.environ:
        sys.exit(UNUSABLE)
    found = found or playwrights_own() or from_debian()
    if found is None:
        sys.exit(MISSING)
    print(f"The tests use the browser {found}.", flush=True)
    NOTE.write_text(str(found))


def installed() -> Path | None:
    """A browser that is there already: the one of the variable, the one noted before, one on the PATH."""
    if VARIABLE in os.environ:
        return working(os.environ[VARIABLE])
    noted = NOTE.read_text() if NOTE.exists() else None
    return next((path for name in (noted, *NAMES) if (path := working(name))), None)


def playwrights_own() -> Path | None:
    """Playwright's build, downloaded if its host is within reach."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if working(path) is None:
        print("No Chromium is installed: trying Playwright's.", flush=True)
        if not debian.runs([sys.executable, "-m", "playwright", "install", "chromium"], 300, aloud=False):
            print("Playwright's could not be downloaded.", flush=True)
    return working(path)


def from_debian() -> Path | None:
    return working("chromium") if debian.install("chromium") else None


def working(name: str | None) -> Path | None:
    """Where the program is, if it runs: a stand-in that only says how to install it does not count."""
    path = shutil.which(name) if name else None
    return Path(path) if path and debian.runs([path, "--version"], 60, aloud=False) else None


if __name__ == "__main__":
    main()
