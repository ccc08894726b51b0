"""Keep .venv as pyproject.toml wants it: `python3 -m tests.environment.venv [EXTRA]`.

Nothing happens when it is up to date. It is made anew when pyproject.toml, the Python or the folder
changed, and only added to when an extra is missing. It runs before anything is installed, so it uses
nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import platform
import shutil
import sys
from pathlib import Path

from tests.environment import debian

REPOSITORY = Path(__file__).resolve().parents[2]
VENV = REPOSITORY / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "fieldpost.json"
PATIENCE = 1800.0

NO_VENV = (
    "This Python cannot make virtual environments: install the rest of it "
    "(on Debian: `apt-get install python3-venv`) and try again."
)
NO_PACKAGES = (
    "The packages could not be installed (the reason is above); "
    "the first time, a Python package index must be within reach."
)


def main(extras: list[str]) -> None:
    here = fingerprint()
    present = installed(here)
    if present is None:
        print(f"Making a virtual environment in .venv with Python {platform.python_version()}.", flush=True)
        make_anew()
        present = set()
    elif present >= {"", *extras}:
        return
    wanted = sorted({*present, *extras} - {""})
    purpose = f", with what is needed to {' and '.join(wanted)} it," if wanted else ""
    print(f"Installing fieldpost{purpose} into .venv: the first time, this takes a minute.", flush=True)
    install(wanted)
    STAMP.write_text(json.dumps({"fingerprint": here, "extras": ["", *wanted]}))


def fingerprint() -> str:
    """Changes with everything that makes an old .venv useless."""
    project = (REPOSITORY / "pyproject.toml").read_bytes()
    return hashlib.sha256(project + f"{platform.python_version()} {VENV}".encode()).hexdigest()


def installed(here: str) -> set[str] | None:
    """The extras in .venv (`""` is the project itself); None if it is not there, half made or outdated."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return None
    return set(stamp["extras"]) if stamp["fingerprint"] == here and PYTHON.exists() else None


def make_anew() -> None:
    """Make an empty .venv with pip in it, in whichever way this Python can."""
    if VENV.exists():
        shutil.rmtree(VENV)
    if importlib.util.find_spec("ensurepip"):
        done = runs("venv", str(VENV))
    elif importlib.util.find_spec("virtualenv"):
        done = runs("virtualenv", "--quiet", str(VENV))
    elif importlib.util.find_spec("pip"):
        done = runs("venv", "--without-pip", str(VENV)) and runs(
            "pip", "--python", str(PYTHON), "install", "-q", "pip"
        )
    else:
        done = debian.install("python3-venv") and runs("venv", str(VENV))
    if not done:
        sys.exit(NO_VENV)


def runs(module: str, *arguments: str) -> bool:
    return debian.runs([sys.executable, "-m", module, *arguments], PATIENCE)


def install(extras: list[str]) -> None:
    what = f"{REPOSITORY}[{','.join(extras)}]" if extras else str(REPOSITORY)
    options = ("--quiet", "--disable-pip-version-check", "--editable")
    if not debian.runs([PYTHON, "-m", "pip", "install", *options, what], PATIENCE):
        sys.exit(NO_PACKAGES)


if __name__ == "__main__":
    main(sys.argv[1:])
