"""The files of docs/deploy, taken apart; and what they say is run, run as it stands there."""

from __future__ import annotations

import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.servers.client import Client
from tests.servers.fieldpost import COMMAND, REPOSITORY, Server, environment
from tests.servers.ports import free_port
from tests.servers.waiting import eventually

DEPLOY = REPOSITORY / "docs" / "deploy"
PROGRAM = "/opt/fieldpost/bin/fieldpost"
PORT = "8000"
STOPPING_SECONDS = 15
"""What a server needs after FIELDPOST_DRAIN (docs/operations.md)."""


def unit(name: str) -> dict[str, list[str]]:
    """The directives of a systemd unit, whatever section they are in: name → values, in their order."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / name).read_text().splitlines():
        if line and not line.startswith(("#", "[")):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return document


def manifests() -> list[dict[str, Any]]:
    names = ("kubernetes.yaml", "kubernetes-workers.yaml")
    return [one for name in names for one in yaml.safe_load_all((DEPLOY / name).read_text())]


def pods() -> dict[str, dict[str, Any]]:
    """The pod of everything that has one, by kind and name."""
    found = {}
    for one in manifests():
        spec = one.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found[f"{one['kind']} {one['metadata']['name']}"] = spec["template"]["spec"]
    return found


def words_of(command: str | Sequence[str]) -> list[str]:
    """The words after the program itself."""
    words = shlex.split(command) if isinstance(command, str) else list(command)
    return words[1:] if words[0] in (PROGRAM, "fieldpost") else words


def run(words: Sequence[str], folder: Path, environ: Mapping[str, str]) -> str:
    """A command that must succeed; what it printed."""
    done = subprocess.run(
        [*COMMAND, *words], cwd=folder, env=dict(environ), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def serving(
    words: Sequence[str], folder: Path, environ: Mapping[str, str], patience: float
) -> Iterator[Server]:
    """The server that these words start, at a free port of this machine; it has to stop within `patience`."""
    port = str(free_port())
    replaced = [port if word == PORT else "127.0.0.1" if word == "0.0.0.0" else word for word in words]
    assert port in replaced
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*COMMAND, *replaced], cwd=folder, env=dict(environ), stdout=output, stderr=output
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        assert eventually(lambda: process.poll() is not None or _is_ready(server.url)), log.read_text()
        assert process.poll() is None, log.read_text()
        yield server
        process.send_signal(signal.SIGTERM)
        assert process.wait(patience) == 0, log.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def settings_file(folder: Path, database: str, **more: str) -> dict[str, str]:
    """A fieldpost.conf as an operator has it, and the environment that leads to it and to nothing else."""
    lines = [f"FIELDPOST_DATABASE={database}", *(f"{name}={value}" for name, value in more.items())]
    path = folder / "fieldpost.conf"
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o640)
    return environment(settings=path)


def _is_ready(url: str) -> bool:
    try:
        return Client(url).get("/ready").status == 200
    except OSError:
        return False
