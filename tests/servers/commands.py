"""The `fieldpost` command, as a process of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.servers.fieldpost import COMMAND, environment


def fieldpost(folder: Path, database: str, *words: str, **settings: object) -> Any:
    """Runs the command with `--json` in `folder` and gives what it printed. It must succeed."""
    done = subprocess.run(
        [*COMMAND, *words, "--json"],
        cwd=folder,
        env=environment(database=database, **settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None
