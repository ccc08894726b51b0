"""`fieldpost webhook`: made, listed, tried out; and what `fieldpost doctor` says of how they go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collector import clock
from tests.cast import EVERY_TYPE, Shop, open_shop, order
from tests.cli.conftest import CommandLine
from tests.delivery.hooks import deliver

URL = "https://warehouse.example/in"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    opened = open_shop(f"sqlite:///{tmp_path / 'fieldpost.db'}")
    opened.clock.moment = clock.now() - 300_000_000
    opened.define(EVERY_TYPE)
    return opened


@pytest.fixture
def line(shop: Shop, tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path, {"database": shop.store.database.url, "webhook_networks": "127.0.0.0/8"})


def webhooks_in(line: CommandLine) -> tuple[str, str]:
    """What the doctor says of them: a state and a sentence."""
    told = json.loads(line.run("doctor", "--json").stdout)["checks"]
    found = next(one for one in told if one["name"] == "webhooks")
    return found["state"], found["sentence"]


def test_one_is_made_with_a_secret_that_is_shown_once(line: CommandLine) -> None:
    made = line.data("webhook", "create", "--name", "Warehouse", "--read", "email", URL)
    assert made["secret"].startswith("whsec_")
    [listed] = line.data("webhook", "list")["webhooks"]
    assert (listed["id"], listed["url"], listed["grants"]["mobile"]) == (made["id"], URL, [])
    assert "whsec_" not in line.read("webhook", "list")
    assert line.read("webhook", "create", "--name", "Other", URL).startswith("whsec_")


def test_what_cannot_be_one_is_said_in_sentences(line: CommandLine) -> None:
    assert "public address" in line.refusal("webhook", "create", "--name", "x", "http://10.0.0.1/")
    words = ("--type", "segment.joined", "--read", "email")
    assert "read every identifier" in line.refusal("webhook", "create", "--name", "x", *words, URL)
    assert "no such webhook" in line.refusal("webhook", "test", "0000000000000")


def test_a_test_waits_for_a_server(line: CommandLine, shop: Shop) -> None:
    made = line.data("webhook", "create", "--name", "Warehouse", "http://127.0.0.1:9/")
    sent = line.data("webhook", "test", made["id"])
    assert (sent["type"], sent["state"]) == ("webhook.test", "waiting")
    assert "On its way as msg_" in line.read("webhook", "test", made["id"])
    assert line.data("webhook", "list")["webhooks"][0]["waiting"] == 2


def test_the_doctor_tells_of_receivers_that_fail_and_of_nobody_who_tells(
    line: CommandLine, shop: Shop
) -> None:
    assert webhooks_in(line) == ("good", "There are no webhooks.")
    line.data("webhook", "create", "--name", "Warehouse", "http://127.0.0.1:9/")
    assert webhooks_in(line)[0] == "good"
    shop.clock.forward(3)  # a server believes for two seconds that there is none
    shop.send(shop.key(), order())
    assert webhooks_in(line) == (
        "doubtful",
        "Webhooks have had something to tell for more than a minute: fieldpost serve tells it.",
    )
    shop.clock.forward(297)
    deliver(shop)
    assert webhooks_in(line) == ("doubtful", "Receivers of webhooks fail.")
