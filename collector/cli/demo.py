"""`fieldpost demo`: the main job in one go, on SQLite, in a folder of its own."""

from __future__ import annotations

import functools
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from collector import clock
from collector.app import create_app, templates_folder
from collector.cli.applying import apply, changes_of
from collector.cli.definition_files import read_definitions
from collector.cli.listening import Address, serve_forever
from collector.cli.opening import opened, the_actor
from collector.cli.refusals import Refusal
from collector.cli.serve import jobs_of
from collector.cli.words import example
from collector.core.permissions import ALL_OPERATIONS, SCOPES
from collector.settings import Settings
from collector.store.keys import KeyRequest
from collector.store.opening import Store
from collector.web.demo import PERSON, Demo, install
from collector.web.rsgi import Served

FOLDER = Path("fieldpost-demo")
SECTION = "demo"
DEFINITIONS = "demo/definitions.yaml"


@dataclass(frozen=True, slots=True)
class Files:
    """What a demo keeps. Definitions list origins, which have the port in them: so each port has its own."""

    folder: Path
    port: int

    @property
    def database(self) -> Path:
        return self.folder / f"shop-{self.port}.db"

    @property
    def secrets(self) -> Path:
        """The key and the token, for nobody but the owner of the file."""
        return self.folder / f"shop-{self.port}.json"

    def make_room(self) -> None:
        """Raises `Refusal` if the folder cannot be made or written to."""
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            (self.folder / ".writable").touch()
            (self.folder / ".writable").unlink()
        except OSError as error:
            raise Refusal(f"The demo cannot use the folder {self.folder}: {error.strerror}.") from error

    def remove(self) -> None:
        """Removes what the demo made, and nothing else."""
        for path in self.folder.glob(f"shop-{self.port}.*"):
            path.unlink()


@click.command(epilog=example("fieldpost demo --port 8080"))
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--reset", is_flag=True, help="Begin anew, without what the demo collected so far.")
def demo(port: int, reset: bool) -> None:
    """Run a demo shop, its snippets and a live timeline on this machine.

    Everything is kept in ./fieldpost-demo. Settings of the environment do not count here.
    """
    address = Address("127.0.0.1", port)
    address.require_free()
    if Address("::1", port).is_taken():
        raise Refusal(f"Port {port} of localhost is taken. Choose another one with --port.")
    files = Files(FOLDER.absolute(), port)
    if reset:
        files.remove()
    files.make_room()
    chosen = Settings(database=f"sqlite:///{files.database}", public_url=address.url)
    made = prepare(files, chosen)
    sign_in = f"{address.url}/sign-in/{_sign_in_link(chosen)}"
    load = functools.partial(application, chosen, made)
    with opened(chosen.database) as store, jobs_of(store, chosen):
        serve_forever(load, address, 1, lambda: click.echo(welcome(made, sign_in)))


def application(chosen: Settings, made: Demo) -> Served:
    """What the demo's worker serves: the collector, and the shop beside it."""
    app = create_app(chosen)
    install(app, made)
    return Served(app)


def prepare(files: Files, chosen: Settings) -> Demo:
    """The demo's section, definitions and key, made where they are not there yet."""
    shop = f"http://localhost:{files.port}"
    with opened(chosen.database) as store:
        if store.sections.find(SECTION) is None:
            store.sections.create(SECTION, "reject", the_actor(), clock.now())
        changes = changes_of(store, SECTION, _definitions(shop))
        changes.update.clear()  # the person's own edits stay
        apply(store, SECTION, changes, 0, the_actor(), clock.now())
        key, token = _secrets(store, files.secrets)
    return Demo(
        section_id=SECTION,
        shop=shop,
        collector=chosen.public_url,
        database=chosen.database,
        token=token,
        key=key,
        event_id=f"curl-{secrets.token_hex(3)}",
    )


def _definitions(shop: str) -> list[tuple[Any, Any]]:
    path = templates_folder() / DEFINITIONS
    documents = read_definitions(path.read_bytes(), path.name)
    for _, document in documents:
        document["web_tracking"]["origins"] = [shop]
    return list(documents)


def _secrets(store: Store, path: Path) -> tuple[str, str]:
    """The key and the live page's token: those of the last time, if they still open something."""
    try:
        kept = json.loads(path.read_text())
        key, token = str(kept["key"]), str(kept["token"])
    except (OSError, ValueError, KeyError, TypeError):
        key, token = "", ""
    if not token or store.keys.by_secret(key) is None:
        request = KeyRequest(SECTION, "API", frozenset(SCOPES), ALL_OPERATIONS, events=None)
        _, key = store.keys.create(request, the_actor(), clock.now())
        token = secrets.token_urlsafe(18)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w") as file:
            json.dump({"key": key, "token": token}, file)
    return key, token


def _sign_in_link(chosen: Settings) -> str:
    """The secret of a link that signs the demo's owner in, once."""
    with opened(chosen.database) as store:
        _, secret = store.people.invite(PERSON, SECTION, "owner", the_actor(), clock.now())
    return secret


def welcome(made: Demo, sign_in: str) -> str:
    """What is printed once the demo answers; `sign_in` is a one-time link to the admin's pages."""
    return f"""\
Fieldpost's demo is running.

  Shop           {made.shop_url}
  Live timeline  {made.live_url}
  Admin pages    {sign_in}  (signs you in once)
  Key            {made.key}

Open both side by side and click around in the shop. Or send an event from another terminal:

{made.curl}

and read that person's timeline back:

{made.read_back}

Everything is in ./{FOLDER}; `fieldpost demo --reset` begins anew. Ctrl-C stops."""
