"""A Chromium for the tests: find one, or get one with `python -m tests.environment.browser`.

An installed one, Playwright's own, or Debian's package, whichever can be had. Most tests need no more of it
than its headless shell, which is the same engine of the same release and takes less than half the processor's
time for a page: that comes from where the whole one comes from, if it can be had there.
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

SHELL = "chromium-headless-shell"
SHELL_NOTE = Path(sys.prefix) / SHELL
"""Holds the path of the headless shell, or nothing where none could be had: that is asked once."""

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
    if VARIABLE not in os.environ and not SHELL_NOTE.exists():
        SHELL_NOTE.write_text(str(shell_beside(found) or ""))


def installed() -> Path | None:
    """A browser that is there already: the one of the variable, the one noted before, one on the PATH."""
    if VARIABLE in os.environ:
        return working(os.environ[VARIABLE])
    noted = NOTE.read_text() if NOTE.exists() else None
    return next((path for name in (noted, *NAMES) if (path := working(name))), None)


def without_windows() -> Path | None:
    """Its headless shell; the whole one where there is no shell or the variable names a browser."""
    noted = SHELL_NOTE.read_text() if SHELL_NOTE.exists() and VARIABLE not in os.environ else None
    return working(noted) or installed()


def shell_beside(whole: Path) -> Path | None:
    """The headless shell of the same release: Playwright has it beside its own, Debian as a package."""
    for of_playwright in list(whole.parents)[2:3]:
        for path in of_playwright.glob("chromium_headless_shell-*/*/*headless*shell"):
            return working(str(path))
    if working(SHELL):
        return working(SHELL)
    version = debian.version_of("chromium-common")
    return working(SHELL) if version and debian.install(f"{SHELL}={version}") else None


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
