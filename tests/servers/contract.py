"""Running tests that are there once more, in a process of its own, with databases of another make."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from tests.servers.fieldpost import REPOSITORY


def run_once_more(variable: str, files: Sequence[str], chosen: str) -> None:
    """Runs the usual tests of `files` that fit `chosen` (`pytest -k`), with an environment variable set."""
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not full", *files]
    words += ["-p", "no:cacheprovider", "-p", "no:schemathesis"]
    done = subprocess.run(
        [*words, "-k", chosen],
        cwd=REPOSITORY,
        env=os.environ | {variable: "1"},
        capture_output=True,
        text=True,
        timeout=1_200,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:]
