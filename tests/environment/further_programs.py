"""Firefox, WebKit, Node.js, PHP, nginx and Spark for the long tests.

`python -m tests.environment.further_programs` brings them. They come as Debian's packages and are there on
PATH (Spark: from PyPI), or they are not: then their tests are skipped, and the reason stands in the summary
of the run. With `FIELDPOST_PROGRAMS=needed` it is a failure instead.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.environment import debian, spark

VARIABLE = "FIELDPOST_PROGRAMS"


@dataclass(frozen=True)
class Program:
    """What its tests need: commands (any of the names of each), and the packages that have them."""

    name: str
    commands: tuple[tuple[str, ...], ...]
    packages: tuple[str, ...]

    def is_here(self) -> bool:
        return all(map(_found, self.commands))

    @property
    def missing(self) -> str:
        return (
            f"{self.name} is not here and could not be had: install it "
            f"(on Debian: `apt-get install {' '.join(self.packages)}`)."
        )


FIREFOX = Program("Firefox", (("firefox-esr", "firefox"),), ("firefox-esr",))
WEBKIT = Program("WebKit", (("WebKitWebDriver",), ("Xvfb",)), ("webkit2gtk-driver", "xvfb"))
NODE = Program("Node.js with npm", (("node",), ("npm",)), ("npm",))
PHP = Program("PHP", (("php",),), ("php-cli",))
NGINX = Program("nginx", (("nginx",), ("openssl",)), ("nginx-light", "openssl"))


SYSTEMD = Path("/run/systemd/system")
"""Is there where systemd runs, which would start an nginx that is installed, on port 80."""


def main() -> None:
    wanted = (FIREFOX, WEBKIT, NODE, PHP) if SYSTEMD.exists() else (FIREFOX, WEBKIT, NODE, PHP, NGINX)
    absent = [one for one in wanted if not one.is_here() and not _brought(one)]
    for one in absent:
        print(f"{one.missing} Its tests are skipped.", file=sys.stderr, flush=True)
    has_spark = spark.install()
    if not has_spark:
        print(f"{spark.MISSING} Its tests are skipped.", file=sys.stderr, flush=True)
    if (absent or not has_spark) and are_needed():
        sys.exit(1)


def are_needed() -> bool:
    """Whether a run without one of them has failed."""
    return os.environ.get(VARIABLE) == "needed"


def firefox() -> str | None:
    """Where Firefox is."""
    return _found(FIREFOX.commands[0])


def _brought(program: Program) -> bool:
    return debian.install(*program.packages) and program.is_here()


def _found(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


if __name__ == "__main__":
    main()
