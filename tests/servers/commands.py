"""The `fieldpost` command: in this process, or, where the process is the point, as one of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from collector.cli import main
from tests.servers.fieldpost import COMMAND, environment


def fieldpost(folder: Path, database: str, *words: str, **settings: object) -> Any:
    """Runs the command with `--json` in `folder` and gives what it printed. It must succeed."""
    given = environment(database=database, **settings)
    outside = {name: None for name in os.environ if name not in given}
    runner = CliRunner(env={**outside, **given})
    # In a thread of its own: a browser's tests leave an event loop running in this one, beside which
    # a command could begin none.
    with contextlib.chdir(folder), ThreadPoolExecutor(1) as thread:
        done = thread.submit(runner.invoke, main, [*words, "--json"], prog_name="fieldpost").result()
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout) if done.stdout.strip() else None


def fieldpost_beside(folder: Path, database: str, *words: str, **settings: object) -> Any:
    """The same as a process of its own, with connections that nobody else has a part in."""
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
