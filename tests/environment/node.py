"""Published libraries for Node, which the tests point at the collector: `python -m tests.environment.node`.

Node is one that is there, or Debian's. The libraries are those of `published/package-lock.json`, each with
the hash of what is installed; no script of theirs runs while they are.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from tests.environment import debian

PUBLISHED = Path(__file__).parent / "published"
FILES = ("package.json", "package-lock.json")
FOLDER = Path(sys.prefix).resolve() / "published"
"""Where the libraries are, for this virtual environment."""

NO_NODE = (
    "These tests need Node and npm and could not get them: "
    "install them (on Debian: `apt-get install nodejs npm`)."
)
NO_LIBRARIES = (
    "The libraries for Node could not be installed (the reason is above); "
    "the first time, an npm registry must be within reach."
)


class Missing(Exception):
    """What a test that needs Node cannot have, in a sentence."""


def main() -> None:
    try:
        print(f"The libraries for Node are in {with_libraries()}.", flush=True)
    except Missing as missing:
        sys.exit(str(missing))


def node() -> str:
    """The program. Raises `Missing`."""
    for _ in range(2):
        if (found := _working("node")) and _working("npm"):
            return found
        if not debian.install("nodejs", "npm"):
            break
    raise Missing(NO_NODE)


def with_libraries() -> Path:
    """The folder in which the libraries are installed, which is done the first time. Raises `Missing`."""
    node()
    wanted = hashlib.sha256(b"".join((PUBLISHED / name).read_bytes() for name in FILES)).hexdigest()
    folder = FOLDER / wanted[:16]
    if not folder.exists():
        FOLDER.mkdir(exist_ok=True)
        _install(folder)
    return folder


def _install(folder: Path) -> None:
    """Aside first, since several processes may be at it: the first one that is done wins."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as aside:
        made = Path(aside) / "made"
        made.mkdir()
        for name in FILES:
            shutil.copy(PUBLISHED / name, made)
        quiet = ("--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund")
        npm = shutil.which("npm") or "npm"
        if not debian.runs([npm, "ci", "--prefix", made, *quiet], 300):
            raise Missing(NO_LIBRARIES)
        with contextlib.suppress(OSError):
            made.rename(folder)


def _working(name: str) -> str | None:
    path = shutil.which(name)
    return path if path and debian.runs([path, "--version"], 60, aloud=False) else None


if __name__ == "__main__":
    main()
