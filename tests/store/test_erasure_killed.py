"""A server that is killed in the middle of an erasure has erased all of the person, or nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from collector import clock
from collector.store.opening import open_store
from collector.store.recount import recount
from tests.cast import EVERY_TYPE, Shop
from tests.servers.fieldpost import REPOSITORY
from tests.store.erased import TRACES, everything, fill, traces

ERASE = """
import sys
sys.path.insert(0, {repository!r})
from collector import clock
from collector.core.actors import of_command
from collector.store.database import Database
from collector.store.erasure import Erasures
from collector.store.opening import open_store

def wait(*_):
    print("here", flush=True)
    sys.stdin.read()

store = open_store({database!r}, clock.now, clock.tick)
step = {step!r}
if step == "committed":
    Database.leave_nothing_behind = wait
else:
    done = getattr(Erasures, step)
    def do(*words):
        done(*words)
        wait()
    setattr(Erasures, step, do)
store.erasures.erase("shop", ("email", "alice@example.com"), of_command("ada"), {now})
"""


@pytest.mark.parametrize("step", ["_erase_events", "_erase_mentions", "_erase_profiles", "committed"])
def test_all_or_nothing(shop: Shop, step: str) -> None:
    fill(shop, shop.define(EVERY_TYPE))
    before = everything(shop)
    database = shop.store.database.url
    program = ERASE.format(repository=str(REPOSITORY), database=database, step=step, now=shop.clock.now())
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.kill()
    store = open_store(database, clock.now, clock.tick)
    assert [one.differences for one in recount(store.database) if one.differences] == []
    store.close()
    after = everything(shop)
    if step == "committed":
        assert traces(shop, *TRACES) == []
    else:
        assert {table: rows for table, rows in after.items() if table != "node"} == {
            table: rows for table, rows in before.items() if table != "node"
        }
