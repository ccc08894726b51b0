"""`fieldpost doctor --hostile`: a real server keeps every promise; one that does not is told on."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from collector.cli import main
from collector.store.database import Database
from collector.store.models import Event, Profile
from tests.cast import EVERY_TYPE
from tests.servers.client import Client
from tests.servers.commands import fieldpost
from tests.servers.fieldpost import running


def doctor(url: str, key: str, *words: str, said: str = "") -> Result:
    return asked("--hostile", url, "--key", key, *words, said=said)


def asked(*words: str, said: str = "") -> Result:
    outside = {name: None for name in os.environ if name.startswith("FIELDPOST_")}
    return CliRunner(env=outside).invoke(main, ["doctor", *words], input=said)


def section_of_its_own(folder: Path, database: str) -> str:
    fieldpost(folder, database, "section", "create", "hostile")
    key: str = fieldpost(folder, database, "key", "create", "--name", "doctor")["key"]
    return key


def rows(url: str, model: Any) -> int:
    database = Database(url)
    try:
        with database.connected():
            return int(model.select().count(database.peewee))
    finally:
        database.close()


@pytest.mark.full
def test_a_real_server_keeps_every_promise_and_keeps_nobody(database_url: str, tmp_path: Path) -> None:
    key = section_of_its_own(tmp_path, database_url)
    with running(database_url, tmp_path) as server:
        done = doctor(server.url, key, "--yes", "--json", "--rate", "1000")
        assert done.stderr == ""
        told = json.loads(done.stdout)
        assert (told["wrong"], told["left_behind"], done.exit_code) == ([], [], 0)
        assert told["asked"]["json"] > 150
        assert told["asked"]["bytes"] > 40
        assert told["asked"]["identity"] > 60
        assert told["asked"]["twice"] > 60
        assert told["asked"]["storage"] > 40
        assert rows(database_url, Profile) == 0
        listed = Client(server.url, key).get("/api/v1/definitions").document
        assert listed["definitions"] == []
        again = doctor(server.url, key, "--yes", "--rate", "1000")
        assert again.stdout.endswith("All is as promised.\n")
        # Those that no page said anything about, behind a definition that is hidden.
        assert rows(database_url, Event) <= 20


def test_it_asks_first_and_takes_no_section_that_is_in_use(sqlite_database_url: str, tmp_path: Path) -> None:
    key = section_of_its_own(tmp_path, sqlite_database_url)
    with running(sqlite_database_url, tmp_path) as server:
        refused = doctor(server.url, key, said="n\n")
        assert refused.exit_code == 1
        assert "Go on?" in refused.stderr
        assert Client(server.url, key).get("/api/v1/definitions").document["definitions"] == []
        assert Client(server.url, key).post("/api/v1/definitions", EVERY_TYPE).status == 201
        in_use = doctor(server.url, key, "--yes")
        assert in_use.exit_code != 0
        assert "order.completed" in in_use.stderr
        wrong_key = doctor(server.url, "fp_nobody", "--yes")
        assert wrong_key.exit_code != 0
        assert "Definitions cannot be read" in wrong_key.stderr


def test_it_needs_a_key_and_an_address_where_somebody_is(free_port: int) -> None:
    assert "reached" in doctor(f"http://127.0.0.1:{free_port}", "fp_x", "--yes").stderr
    assert "http://" in doctor("fp.example", "fp_x", "--yes").stderr
    no_key = asked("--hostile", "http://127.0.0.1:1")
    assert no_key.exit_code != 0
    assert "--key" in no_key.stderr


class _Careless(BaseHTTPRequestHandler):
    """Says that all is stored, whatever comes, and nothing of origins."""

    protocol_version = "HTTP/1.1"
    timeout = 0.5

    def do_GET(self) -> None:
        self._answer(200, {"definitions": []})

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length") or ""
        body = self.rfile.read(int(length) if length.isdecimal() and len(length) < 8 else 0)
        is_definition = self.path == "/api/v1/definitions"
        hurts = b'"word"' in body and not is_definition
        self._answer(201 if is_definition else 500 if hurts else 200, {"id": "x", "event": {"data": {}}})

    do_DELETE = do_PUT = do_OPTIONS = do_HEAD = do_POST  # noqa: N815

    def _answer(self, status: int, document: Any) -> None:
        text = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Clients that go in the middle are what this is about."""


@pytest.fixture
def careless() -> Iterator[str]:
    server = _Quiet(("127.0.0.1", 0), _Careless)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_server_that_breaks_promises_is_told_on(careless: str) -> None:
    done = doctor(careless, "fp_x", "--yes", "--json", "--rate", "1000")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["as_promised"]) == (1, False)
    wrong = {one["corpus"]: one["wrong"] for one in told["wrong"]}
    assert wrong.keys() >= {
        *("json", "identifiers", "texts", "bytes", "paths", "origins"),
        *("identity", "twice", "money", "storage"),
    }
    assert "500 instead of 422" in {one["wrong"].replace("400 or ", "") for one in told["wrong"]}
    plain = doctor(careless, "fp_x", "--yes", "--rate", "1000")
    assert plain.stdout.endswith("Not all is as promised.\n")
    assert "… and" in plain.stdout
