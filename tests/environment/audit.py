"""Known weaknesses of the libraries that Fieldpost runs with: `make audit`.

It asks a database on the internet (pip-audit, by default that of PyPI). Where that is out of reach, nothing
was audited, and it says so in these words; with `FIELDPOST_AUDIT=needed` that is a failure. A weakness always
is one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "fieldpost"
VARIABLE = "FIELDPOST_AUDIT"
PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Audited:
    """`weak`: a line for each known weakness. `unknown`: libraries that nobody could be asked about."""

    asked: int
    weak: tuple[str, ...]
    unknown: tuple[str, ...]


def main() -> None:
    pinned = sorted(needed(PROJECT))
    sys.exit(told(read(ask(pinned), pinned)))


def needed(project: str) -> set[str]:
    """Everything that the installed project needs to run, as `name==version`: no extras, no tools."""
    found: dict[str, str] = {}
    waiting = [(project, frozenset[str]())]
    while waiting:
        name, extras = waiting.pop()
        for one in _requirements(name, extras):
            if canonicalize_name(one.name) not in found:
                found[canonicalize_name(one.name)] = f"{one.name}=={metadata.version(one.name)}"
                waiting.append((one.name, frozenset(one.extras)))
    return set(found.values())


def ask(pinned: Sequence[str]) -> str:
    """What pip-audit prints, as it stands; nothing where it gave up."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "needed.txt")
        listed.write_text("\n".join(pinned) + "\n")
        words = ["--requirement", str(listed), "--no-deps", "--disable-pip", "--format=json"]
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", *words, "--progress-spinner=off"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=PATIENCE,
        )
    return done.stdout


def read(printed: str, pinned: Sequence[str]) -> Audited:
    """What pip-audit's JSON says. Of what it left out, and of all if it gave up, nothing is known."""
    try:
        found: list[dict[str, Any]] = json.loads(printed)["dependencies"]
    except (ValueError, KeyError):
        return Audited(len(pinned), (), tuple(pinned))
    weak = tuple(_weak(one, weakness) for one in found for weakness in one.get("vulns", ()))
    known = {canonicalize_name(one["name"]) for one in found if "skip_reason" not in one}
    unknown = tuple(one for one in pinned if canonicalize_name(one.partition("==")[0]) not in known)
    return Audited(len(pinned), weak, unknown)


def told(audited: Audited) -> int:
    """Prints it; with what to end."""
    for line in audited.weak:
        print(line, file=sys.stderr)
    left = len(audited.unknown)
    if left == audited.asked:
        print("The database of weaknesses is out of reach: nothing was audited.", file=sys.stderr)
    elif left:
        print(f"Nobody could be asked about: {', '.join(audited.unknown)}.", file=sys.stderr)
    if left < audited.asked:
        print(f"{audited.asked - left} libraries were looked up: {len(audited.weak)} known weaknesses.")
    is_needed = os.environ.get(VARIABLE) == "needed"
    return int(bool(audited.weak) or (bool(left) and is_needed))


def _requirements(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    for text in metadata.requires(name) or ():
        one = Requirement(text)
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras or {""}):
            yield one


def _weak(library: dict[str, Any], weakness: dict[str, Any]) -> str:
    fixed = ", ".join(weakness.get("fix_versions", ())) or "no version yet"
    return f"{library['name']} {library['version']} has {weakness['id']}; mended in {fixed}."


if __name__ == "__main__":
    main()
