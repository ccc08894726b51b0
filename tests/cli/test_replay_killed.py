"""A replay whose process is killed at any moment: nothing is lost, nothing stored twice, and it goes on."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector import clock
from collector.store.models import Event, Rejection
from tests.cast import EVERY_TYPE, ORDER, Shop, open_shop, order
from tests.intake.test_replay import correct, is_exact
from tests.servers.fieldpost import COMMAND, environment
from tests.servers.waiting import eventually
from tests.store.writes import count

PAYLOADS = 4_000
KILLS = 3
LOW = {**ORDER, "total": -5}


@pytest.fixture
def refused(database_url: str) -> Shop:
    """A shop whose minimum was corrected after many orders below it had come."""
    shop = open_shop(database_url)
    shop.clock.moment = clock.now() - 3_600_000_000
    definition = shop.define(EVERY_TYPE)
    till = shop.key()
    for start in range(0, PAYLOADS, 500):
        shop.send(till, *(order(str(number), data=LOW) for number in range(start, start + 500)))
    correct(shop, definition, total={"minimum": -10})
    return shop


@dataclass(frozen=True)
class Replaying:
    """Replays of everything, each in a process of its own."""

    shop: Shop
    folder: Path
    database: str

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*COMMAND, "rejections", "replay", "--yes"],
            cwd=self.folder,
            env=environment(database=self.database),
            stdout=subprocess.DEVNULL,
        )

    def is_killed_half_way(self) -> bool:
        """Starts one and kills it as soon as it has released something."""
        left, started = count(self.shop, Rejection), self.start()
        eventually(lambda: count(self.shop, Rejection) < left or started.poll() is not None)
        started.kill()
        return started.wait() == -9


@pytest.mark.full
def test_a_killed_replay_has_done_a_part_of_its_work_and_the_next_goes_on(
    refused: Shop, database_url: str, tmp_path: Path
) -> None:
    replaying = Replaying(refused, tmp_path, database_url)
    killed = 0
    for _ in range(KILLS):
        killed += replaying.is_killed_half_way()
        assert count(refused, Event) + count(refused, Rejection) == PAYLOADS
        assert is_exact(refused)
    assert replaying.start().wait(60) == 0
    assert (count(refused, Event), count(refused, Rejection)) == (PAYLOADS, 0)
    assert is_exact(refused)
    assert killed > 0
    refused.store.close()
