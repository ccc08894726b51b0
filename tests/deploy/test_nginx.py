"""nginx in front of the server, configured as docs/deploy/nginx.conf says."""

from __future__ import annotations

import getpass
import json
import re
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from collector.settings import Settings
from tests.deploy.files import DEPLOY
from tests.environment.further_programs import NGINX, are_needed
from tests.servers.fieldpost import running
from tests.servers.ports import free_port
from tests.servers.waiting import eventually

HOST = "events.example.com"
AROUND = """\
daemon off; user {user}; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  include {folder}/site.conf;
}}
"""


@dataclass(frozen=True)
class Heard:
    status: int
    headers: Message
    body: bytes


class _Unfollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def ask(url: str, body: bytes | None = None) -> Heard:
    """What is answered to whoever asks for our host and takes any certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _Unfollowed)
    request = urllib.request.Request(url, body, {"Host": HOST, "Content-Type": "application/json"})
    try:
        with opener.open(request, timeout=10) as answer:
            return Heard(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Heard(error.code, error.headers, error.read())


def certified(folder: Path) -> None:
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    words += ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(words, check=True, capture_output=True)


@contextmanager
def in_front_of(server: str, folder: Path) -> Iterator[tuple[str, str]]:
    """nginx as its example says, on free ports: where it listens without TLS and with it."""
    plain, secure = free_port(), free_port()
    certified(folder)
    text = (DEPLOY / "nginx.conf").read_text().replace("127.0.0.1:8000", server.removeprefix("http://"))
    text = text.replace(f"/etc/letsencrypt/live/{HOST}", str(folder))
    text = re.sub(r"\n    listen \[::\].*", "", text)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{plain};")
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{secure} ssl")
    (folder / "site.conf").write_text(text)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=getpass.getuser()))
    command = ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    asked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert asked.returncode == 0, asked.stderr
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        assert eventually(lambda: _listens(f"http://127.0.0.1:{plain}/")), (folder / "error.log").read_text()
        yield f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}"
    finally:
        process.terminate()
        process.wait(20)


def _listens(url: str) -> bool:
    try:
        return ask(url).status == 308
    except OSError:
        return False


@pytest.mark.full
def test_nginx_passes_on_what_it_should(sqlite_ready_database_url: str, tmp_path: Path) -> None:
    if shutil.which("nginx") is None or shutil.which("openssl") is None:
        (pytest.fail if are_needed() else pytest.skip)(NGINX.missing)
    settings = {"trusted_proxies": 1, "public_url": f"https://{HOST}"}
    with (
        running(sqlite_ready_database_url, tmp_path, **settings) as server,
        in_front_of(server.url, tmp_path) as (plain, secure),
    ):
        moved = ask(f"{plain}/sign-in?next=/")
        assert (moved.status, moved.headers["Location"]) == (308, f"https://{HOST}/sign-in?next=/")
        assert ask(f"{secure}/ready").status == 200
        assert ask(f"{secure}/metrics").status == 404
        assert ask(f"{server.url}/metrics").status == 401  # it knows that a proxy stands between
        assert b'action="/sign-in"' in ask(f"{secure}/sign-in").body
        whole = b" " * Settings().max_body
        assert json.loads(ask(f"{secure}/api/v1/events", whole).body)["code"] == "key-missing"
        assert ask(f"{secure}/api/v1/events", whole + b" ").status == 413
