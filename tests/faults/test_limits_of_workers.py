"""One limit for all workers of all servers, over the wire."""

from __future__ import annotations

import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cast import open_shop
from tests.servers.client import Client, Heard
from tests.servers.fieldpost import running

LIMIT, ASKED = 100, 400


@pytest.mark.full
def test_two_servers_of_two_workers_let_no_more_through_than_one(
    postgresql_ready_database_url: str, tmp_path: Path
) -> None:
    shop = open_shop(postgresql_ready_database_url)
    key = shop.key("till", rate_limit=LIMIT)
    secret = shop.secrets[key.id]
    shop.store.close()
    with (
        running(postgresql_ready_database_url, tmp_path, workers=2) as one,
        running(postgresql_ready_database_url, tmp_path, workers=2) as other,
        ThreadPoolExecutor(8) as pool,
    ):
        clients = [Client(one.url, secret), Client(other.url, secret)]
        heard = list(pool.map(lambda turn: ask(clients[turn % 2]), range(ASKED)))
    through = Counter(minute for minute, answer in heard if answer.status == 200)
    assert max(through.values()) <= LIMIT
    assert max(through.values()) >= LIMIT * 0.9, "what four workers hold at the end is a few hundredths"
    refused = [answer for _, answer in heard if answer.status != 200]
    assert {answer.status for answer in refused} == {429}
    assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in refused)


def ask(client: Client) -> tuple[int, Heard]:
    """An answer, and the minute that it counts in: asking may go on into the next one."""
    answer = client.get("/api/v1/definitions")
    seconds = re.search(r"t=(\d+)", answer.headers["ratelimit"])
    assert seconds is not None
    return round((time.time() + int(seconds[1])) / 60), answer
