"""Debian's packages, for what a Python package index does not have."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

PATIENCE = 900.0
"""Seconds that one call of apt-get may take."""


def install(*packages: str) -> bool:
    """Install Debian packages, if this is a Debian and we may; whether that went well."""
    prefix = as_root()
    if shutil.which("apt-get") is None or prefix is None:
        return False
    print(f"Installing {' and '.join(packages)} with apt-get.", flush=True)
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    return runs([*prefix, *quiet, "update"], PATIENCE) and runs(
        [*prefix, *quiet, "install", "-y", "--no-install-recommends", *packages], PATIENCE
    )


def version_of(package: str) -> str | None:
    """The version in which a package is installed, or None."""
    if shutil.which("dpkg-query") is None:
        return None
    asked = ["dpkg-query", "--show", "--showformat=${Version}", package]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout or None


def as_root() -> Sequence[str] | None:
    """What to put before a command so that root runs it; None if that would need a password."""
    if os.geteuid() == 0:
        return ()
    if shutil.which("sudo") and runs(["sudo", "-n", "true"], 10, aloud=False):
        return ("sudo", "-n")
    return None


def runs(command: Sequence[str | os.PathLike[str]], patience: float, *, aloud: bool = True) -> bool:
    """Whether a command ends well within `patience` seconds; if not, its last lines are printed."""
    try:
        done = subprocess.run(
            command,
            timeout=patience,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        done = subprocess.CompletedProcess(command, 1, str(error))
    if done.returncode != 0 and aloud:
        print(*done.stdout.splitlines()[-12:], sep="\n", file=sys.stderr, flush=True)
    return done.returncode == 0
