"""What is measured, each as a process of its own on the same server with the same number of threads.

`fieldpost serve` itself, and what it is compared with: an empty Flask route, Fieldpost with a commit for
each request, and runlight mounted in Flask.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask

from tests.servers.fieldpost import COMMAND, REPOSITORY, Server, running

HERE = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); from benchmarks.serving import main; main()"
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Stat(NamedTuple):
    """A process: seconds of processor time of its own and of its ended children, bytes in memory."""

    number: int
    cpu: float
    ended: float
    memory: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A server whose processor time and memory are looked at.

    `database` is the first process of a database server that works for it alone: its time is told apart.
    """

    server: Server
    database: int | None = None

    @property
    def url(self) -> str:
        return self.server.url

    def cpu(self) -> float:
        """Seconds of processor time, in programs and in the kernel, of all its processes so far."""
        return _cpu_of(self.server.process.pid)

    def database_cpu(self) -> float:
        """The same of the database's processes; 0 where the database is a file."""
        return _cpu_of(self.database) if self.database is not None else 0.0

    def memory(self) -> int:
        """Bytes in memory of the process that has most: the worker."""
        return max(one.memory for one in family(self.server.process.pid))


def family(first: int) -> Iterator[Stat]:
    """A process, its children, and what else is in its group."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in parentheses may have spaces; what follows it begins with the state.
            fields = path.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        number, parent, group = int(path.parent.name), int(fields[1]), int(fields[2])
        if first in (number, parent, group):
            own, ended = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
            yield Stat(number, own / _TICKS, ended / _TICKS, int(fields[21]) * _PAGE)


def _cpu_of(first: int) -> float:
    found = list(family(first))
    return sum(one.cpu for one in found) + sum(one.ended for one in found if one.number == first)


@contextmanager
def fieldpost(url: str, folder: Path, workers: int = 1, database: int | None = None) -> Iterator[Measured]:
    """The product as it is. `database` is the first process of the server behind `url`, if it is one."""
    command = COMMAND if workers == 1 else _command("fieldpost", workers)
    with running(url, folder, command=command) as server:
        yield Measured(server, database)


@contextmanager
def one_commit_each(url: str, folder: Path) -> Iterator[Measured]:
    """The product, but every request has a transaction of its own."""
    with running(url, folder, command=_command("one_commit_each")) as server:
        yield Measured(server)


@contextmanager
def empty_route(folder: Path, workers: int = 1) -> Iterator[Measured]:
    """A Flask app whose one route answers nothing."""
    with running("sqlite:///unused", folder, command=_command("empty", workers)) as server:
        yield Measured(server)


@contextmanager
def runlight(folder: Path) -> Iterator[Measured]:
    """runlight in a Flask app, as its documentation mounts it; its database is `runlight.db` in `folder`."""
    with running("sqlite:///runlight.db", folder, command=_command("runlight")) as server:
        yield Measured(server)


def _command(name: str, workers: int = 1) -> tuple[str, ...]:
    return (sys.executable, "-c", HERE, name, str(workers))


def main() -> None:
    """`NAME WORKERS serve --host HOST --port PORT …`, as `running` calls it."""
    from granian.constants import Interfaces

    from collector.cli.listening import Address, serve_forever

    name, workers, *words = sys.argv[1:]
    host, port = (words[words.index(option) + 1] for option in ("--host", "--port"))
    load = functools.partial(_application, name)
    interface = Interfaces.WSGI if name in ("empty", "runlight") else Interfaces.RSGI
    serve_forever(load, Address(host, int(port)), int(workers), lambda: None, interface=interface)


def _application(name: str) -> Any:
    loads: dict[str, Callable[[], Any]] = {
        "fieldpost": _fieldpost,
        "one_commit_each": _one_commit_each,
        "empty": _empty,
        "runlight": _runlight,
    }
    return loads[name]()


def _fieldpost() -> Any:
    from collector.app import create_app
    from collector.settings import Settings
    from collector.web.rsgi import Served

    return Served(create_app(Settings.from_environment(os.environ)))


def _one_commit_each() -> Any:
    from collector.intake import commit

    commit.GROUP = 1
    return _fieldpost()


def _empty() -> Flask:
    app = Flask("empty")

    @app.route("/", methods=["GET", "POST"])
    def nothing() -> str:
        return ""

    @app.get("/ready")
    def ready() -> str:
        return ""

    return app


def _runlight() -> Flask:
    import runlight.flask
    from runlight import Runlight
    from runlight.store import Stores

    app = _empty()
    counter = Runlight(
        store=Stores.sqlite("runlight.db"),
        site={"name": "shop.example", "hostnames": ["shop.example"]},
        rate_limit=False,
    )
    runlight.flask.init_app(app, counter)
    return app
