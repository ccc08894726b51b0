"""Who changed something, and through which door: what the audit log says of a change's author."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`who` is a key, a person or a command; `door` is `api`, `pages`, `editor` or `command line`.

    `agent` is the program that was used, where it said so. An address on the network is never kept.
    """

    who: str
    door: str
    agent: str = ""


def of_command(user: str) -> Actor:
    """The command line, used by a login of the machine."""
    return Actor(f"command of {user}", "command line")
