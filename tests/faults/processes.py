"""What the server consists of: its processes, and how much memory each has."""

from __future__ import annotations

import re
from pathlib import Path

from tests.servers.fieldpost import Server


def processes_of(server: Server) -> list[int]:
    """The server's own process, then its workers and whatever else it has started."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(child) for child in children)]


def resident_mebibytes(server: Server) -> list[float]:
    """The resident memory of each process."""
    found = []
    for process in processes_of(server):
        status = Path(f"/proc/{process}/status").read_text()
        resident = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert resident is not None
        found.append(int(resident[1]) / 1024)
    return found
