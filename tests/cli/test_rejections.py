"""`fieldpost rejections`: the causes, and a replay that says first what it would do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collector import clock
from tests.cast import EVERY_TYPE, ORDER, open_shop, order
from tests.cli.conftest import CommandLine
from tests.intake.test_replay import correct

LOW = {**ORDER, "total": -5}


@pytest.fixture
def sent(tmp_path: Path) -> CommandLine:
    """A section whose minimum was corrected after two orders below it and one wrong one came."""
    url = f"sqlite:///{tmp_path / 'fieldpost.db'}"
    shop = open_shop(url)
    shop.clock.moment = clock.now() - 3_600_000_000
    definition = shop.define(EVERY_TYPE)
    shop.send(shop.key(), order("1", data=LOW), order("2", data=LOW), order("\x1b[31m3", data={"total": "x"}))
    correct(shop, definition, total={"minimum": -10})
    shop.store.close()
    return CommandLine(tmp_path, {"database": url})


def test_the_causes_are_listed_the_most_frequent_first(sent: CommandLine) -> None:
    lines = sent.read("rejections", "list").splitlines()
    assert lines[0].split() == ["count", "event", "what", "is", "wrong", "last", "cause"]
    assert lines[1].split()[:4] == ["2", "order.completed", "too-small", "/data/total"]
    assert len(lines) == 3
    [first, _] = sent.data("rejections", "list", "--event", "order.completed")["causes"]
    assert (first["count"], first["example"]["payload"]["identifiers"]) == (2, {"email": "•••"})
    each = sent.data("rejections", "list", "--cause", first["cause"])["rejections"]
    assert [one["event_id"] for one in each] == ["2", "1"]
    assert "\x1b" not in sent.read("rejections", "list", "--cause", first["cause"])
    assert sent.data("rejections", "list", "--event", "odd") == {"causes": []}
    assert "is no cause" in sent.refusal("rejections", "list", "--cause", "odd")


@pytest.mark.usefixtures("durable")
def test_a_replay_asks_first_and_does_nothing_until_it_is_told_to(sent: CommandLine) -> None:
    asked = sent.run("rejections", "replay", stdin="n\n")
    assert asked.exit_code == 1
    assert "3 judged: 2 would be released, 1 stay." in asked.stdout
    assert sent.data("rejections", "replay")["preview"] is True
    assert sent.data("rejections", "replay", "--preview", "--yes")["released"] == 2
    told = sent.read("rejections", "replay", stdin="y\n")
    assert "3 judged: 2 were released, 1 stay.\n  stored: 2" in told
    assert sent.data("rejections", "replay", "--yes") == {
        **dict.fromkeys(("released", "stored", "updated", "duplicate", "ignored", "gone"), 0),
        "preview": False,
        "checked": 1,
        "rejected": 1,
        "reasons": [{"code": "type-wrong", "pointer": "/data/total", "count": 1, "example": "\x1b[31m3"}],
    }
    audit = json.dumps(sent.data("doctor"))
    assert "rejections" in audit


@pytest.mark.parametrize("command", ["list", "replay"])
def test_help_has_an_example(empty: CommandLine, command: str) -> None:
    assert f"fieldpost rejections {command} --" in empty.read("rejections", command, "--help")


def test_applying_a_correction_offers_to_release_what_fits_it(sent: CommandLine) -> None:
    document = {**EVERY_TYPE, "fields": [{"name": "total", "type": "text"}], "extra_fields": "drop"}
    file = sent.file("looser.json", json.dumps(document))
    assert "To release them" not in sent.run("definition", "apply", file, "--dry-run").stderr
    result = sent.run("definition", "apply", file)
    assert result.exit_code == 0, result.stderr
    assert "Rejections of order.completed that fit version 3 from " in result.stderr
    assert result.stderr.endswith("fieldpost rejections replay --event order.completed\n")
