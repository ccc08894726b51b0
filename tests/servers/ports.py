"""Addresses for the servers that the tests start."""

from __future__ import annotations

import secrets
import socket

# Below the range from which systems take the ports of outgoing connections: those of a browser
# would now and then be quicker than the server that was given the port.
FIRST, LAST = 20_000, 32_000


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    while True:
        port = FIRST + secrets.randbelow(LAST - FIRST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
