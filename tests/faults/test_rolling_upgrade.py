"""A server goes on under load while a newer one, whose steps only add, migrates and starts beside it.

The newer program is a copy of this one with steps of its own: no older build is needed, and what is tried is
what a server does that has started before a step was taken.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.load import loaded
from tests.faults.shop import new_shop
from tests.faults.test_kill import _wait_for_more, require_nothing_lost
from tests.servers.fieldpost import REPOSITORY, environment, running
from tests.servers.ports import free_port

pytestmark = pytest.mark.full

PARTS = ("collector", "snippet", "templates")
STEP = '''"""A column, a table and an index of a later time."""
from collector.store.online import make_indexes
ONLINE_INDEXES = {"event_of_later": "event (source, event_id, id)"}
def up(migrator, db):
    db.execute_sql("ALTER TABLE event ADD COLUMN later TEXT DEFAULT 'later'")
    db.execute_sql("CREATE TABLE later (id INTEGER PRIMARY KEY)")
    make_indexes(db, ONLINE_INDEXES)
'''


def newer_program(folder: Path) -> tuple[str, ...]:
    """The command of a Fieldpost that knows a step more."""
    for part in PARTS:
        shutil.copytree(REPOSITORY / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "collector" / "store" / "migrations" / "9000_later.py").write_text(STEP)
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); from collector.cli import main; main()"
    return (sys.executable, "-c", program)


def test_a_server_goes_on_while_a_newer_one_migrates_and_starts_beside_it(
    postgresql_ready_database_url: str, tmp_path: Path
) -> None:
    shop = new_shop(tmp_path, postgresql_ready_database_url)
    newer, beside = newer_program(tmp_path / "newer"), replace(shop, port=free_port())
    old = shop.serve()
    with loaded(shop, name="old") as load:
        _wait_for_more(load, 50)
        with running(shop.database, tmp_path, port=beside.port, command=newer):
            _wait_for_more(load, 50)
            with loaded(beside, name="new") as other:
                _wait_for_more(other, 50)
                _wait_for_more(load, 50)
                load.stop()
                old.stop()
                _wait_for_more(other, 50)
    assert (set(load.told.statuses), set(other.told.statuses)) == ({200}, {200})
    require_nothing_lost(shop, load)
    require_nothing_lost(beside, other)
    assert _taken(newer, shop.database, tmp_path) == []


def _taken(program: tuple[str, ...], database: str, folder: Path) -> list[str]:
    """Which steps were still to be taken, to the newer program."""
    done = subprocess.run(
        [*program, "migrate", "--json"],
        cwd=folder,
        env=environment(database=database),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    taken: list[str] = json.loads(done.stdout)["taken"]
    return taken
