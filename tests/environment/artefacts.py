"""What a release consists of: the source and the wheel, built alike twice, tried out, and listed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.servers.waiting import eventually

PATIENCE_SECONDS = 60.0
SUMS = "SHA256SUMS"


class Unfit(Exception):
    """What was built may not be released; the text says why."""


def build(repository: Path, commit: str, target: Path) -> list[Path]:
    """Builds source and wheel of a commit into an empty folder. Raises `Unfit` if a second time differs.

    The times in them are the commit's (SOURCE_DATE_EPOCH, https://reproducible-builds.org/specs/).
    """
    epoch = _said(["git", "show", "--no-patch", "--format=%ct", commit], repository).strip()
    with tempfile.TemporaryDirectory() as again:
        for folder in (target, Path(again)):
            _build_once(repository, commit, folder, {"SOURCE_DATE_EPOCH": epoch})
        made, other = digests(target), digests(Path(again))
    if made != other:
        raise Unfit(f"Built twice, it is not the same: {made} and {other}.")
    return sorted(target.iterdir())


def digests(folder: Path) -> dict[str, str]:
    """File name → SHA-256."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def try_out(wheel: Path) -> dict[str, Any]:
    """Installs a wheel where nothing else is and runs the demo; what is installed there (`bill_of`).

    Raises `Unfit`.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder, "environment")
        _said([sys.executable, "-m", "venv", "--without-pip", str(environment)])
        python = environment / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", str(python)]
        _said([*pip, "install", str(wheel)])
        _run_the_demo(environment / "bin" / "fieldpost", Path(folder))
        return bill_of(json.loads(_said([*pip, "inspect"])))


def bill_of(inspected: Mapping[str, Any]) -> dict[str, Any]:
    """What `pip inspect` found, as a bill of materials (CycloneDX 1.6); the moment is not in it."""
    found = [one["metadata"] for one in inspected["installed"]]
    components = [
        {
            "type": "library",
            "name": one["name"],
            "version": one["version"],
            "purl": f"pkg:pypi/{re.sub(r'[-_.]+', '-', one['name']).lower()}@{one['version']}",
            **_licence(one),
        }
        for one in sorted(found, key=lambda one: str(one["name"]).lower())
    ]
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}


def write_sums(folder: Path) -> None:
    """Lists every file of a folder as `sha256sum --check` reads it."""
    lines = [f"{digest}  {name}\n" for name, digest in digests(folder).items() if name != SUMS]
    (folder / SUMS).write_text("".join(lines))


def _build_once(repository: Path, commit: str, target: Path, settings: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "source.tar")
        _said(["git", "archive", f"--output={archive}", commit], repository)
        _said(["tar", "--extract", f"--file={archive}"], Path(folder))
        archive.unlink()
        command = [sys.executable, "-m", "hatchling", "build", "--directory", str(target)]
        _said(command, Path(folder), settings)


def _run_the_demo(program: Path, folder: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(program), "demo", "--port", str(port)], cwd=folder, stdout=output, stderr=output
        )
    try:
        address = f"http://127.0.0.1:{port}/ready"
        eventually(lambda: process.poll() is not None or (_answers(address) and "Ctrl-C" in log.read_text()))
        pages = re.findall(r"(?:Shop|Live timeline) +(http\S+)", log.read_text())
        if len(pages) != 2 or not all(_answers(page) for page in pages):
            raise Unfit(f"The demo's pages do not answer.\n{log.read_text()}")
        process.send_signal(signal.SIGINT)
        if process.wait(PATIENCE_SECONDS):
            raise Unfit(f"The demo ended with {process.returncode}.\n{log.read_text()}")
    finally:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _licence(metadata: Mapping[str, Any]) -> dict[str, Any]:
    named = metadata.get("license_expression")
    return {"licenses": [{"expression": named}]} if named else {}


def _said(command: list[str], folder: Path | None = None, settings: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **(settings or {})}, capture_output=True, text=True
    )
    if done.returncode:
        raise Unfit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
