"""The settings, the store and the section that a command works with."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager

from collector import clock
from collector.cli.refusals import Refusal
from collector.core.actors import Actor, of_command
from collector.core.definitions import Definition
from collector.intake.stream.line import require_library
from collector.settings import Settings
from collector.store.keeping import Kept
from collector.store.opening import Store, open_store
from collector.store.sections import Section
from collector.store.steps import require_current


def settings() -> Settings:
    """The settings of the environment. Raises `BadSettings`."""
    return Settings.from_environment(os.environ)


@contextmanager
def opened(database: str | None = None) -> Iterator[Store]:
    """The store at `database`, else at the setting's address, made or brought up to date; closed at the end.

    Raises `BadSettings`, `OlderDatabase` and what `open_store` raises.
    """
    given = settings()
    url = database or given.database
    if given.migrate == "refuse" and url == given.database:
        require_current(url)
    kept = Kept(given.rejections_kept, given.unnamed_days)
    store = open_store(url, clock.now, clock.tick, kept)
    try:
        yield store
    finally:
        store.close()


def require_stream(store: Store) -> None:
    """That events can go through a stream. Raises `Refusal` and `MissingLibrary`."""
    require_library()
    if store.database.is_sqlite:
        raise Refusal("A stream (FIELDPOST_STREAM) needs PostgreSQL (FIELDPOST_DATABASE), not SQLite.")


def the_actor() -> Actor:
    """Whoever gives the command, for the audit log: the login of this machine."""
    try:
        return of_command(getpass.getuser())
    except (KeyError, OSError):
        return of_command(f"user {os.getuid()}")  # a container's number without a name


def the_section(store: Store, given: str | None) -> Section:
    """The section called `given`; without a name, the only one there is. Raises `Refusal`."""
    sections = store.sections.all()
    known = ", ".join(one.id for one in sections)
    if not sections:
        raise Refusal("There is no section yet. Make one: fieldpost section create NAME")
    if given is None:
        if len(sections) > 1:
            raise Refusal(f"There are several sections ({known}). Say which one with --section.")
        return sections[0]
    found = next((one for one in sections if one.id == given), None)
    if found is None:
        raise Refusal(f"There is no section {given!r}. There is: {known}.")
    return found


def find_definition(store: Store, in_section: str | None, name: str) -> Definition:
    """The definition of an event in the section that was given, or the only one. Raises `Refusal`."""
    owner = the_section(store, in_section)
    found = store.definitions.find(owner.id, name)
    if found is None:
        raise Refusal(f"The section {owner.id} has no event called {name}.")
    return found
