"""Firefox and WebKit for the journeys of `make test-full`: `python -m tests.environment.other_engines`.

They come as Debian's packages and are there on PATH, or they are not: then their journeys are skipped, and
the reason stands in the summary of the run. With `FIELDPOST_ENGINES=needed` it is a failure instead.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass

from tests.environment import debian

VARIABLE = "FIELDPOST_ENGINES"


@dataclass(frozen=True)
class Engine:
    """What its journeys need: programs (any of the names of each), and the packages that have them."""

    name: str
    programs: tuple[tuple[str, ...], ...]
    packages: tuple[str, ...]

    def is_here(self) -> bool:
        return all(map(_found, self.programs))

    @property
    def missing(self) -> str:
        return (
            f"{self.name} is not here and could not be had: install it "
            f"(on Debian: `apt-get install {' '.join(self.packages)}`)."
        )


FIREFOX = Engine("Firefox", (("firefox-esr", "firefox"),), ("firefox-esr",))
WEBKIT = Engine("WebKit", (("WebKitWebDriver",), ("Xvfb",)), ("webkit2gtk-driver", "xvfb"))


def main() -> None:
    absent = [one for one in (FIREFOX, WEBKIT) if not one.is_here() and not _brought(one)]
    for one in absent:
        print(f"{one.missing} Its journeys are not tested in this run.", file=sys.stderr, flush=True)
    if absent and are_needed():
        sys.exit(1)


def are_needed() -> bool:
    """Whether a run without one of the engines has failed."""
    return os.environ.get(VARIABLE) == "needed"


def firefox() -> str | None:
    """Where Firefox is."""
    return _found(FIREFOX.programs[0])


def _brought(engine: Engine) -> bool:
    return debian.install(*engine.packages) and engine.is_here()


def _found(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


if __name__ == "__main__":
    main()
