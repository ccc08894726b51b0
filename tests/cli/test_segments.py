"""`fieldpost segment`: made of a file, counted, listed and deleted."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from collector import clock
from collector.store.opening import open_store
from tests.cast import EVERY_TYPE, ORDER, open_shop, order
from tests.cli.conftest import CommandLine
from tests.core.segments.trees import goal

SPENT = {"name": "Spent", "tree": goal(value=100)}


@pytest.fixture
def bought(tmp_path: Path) -> CommandLine:
    """A section in which two of three spent 100."""
    url = f"sqlite:///{tmp_path / 'fieldpost.db'}"
    shop = open_shop(url)
    shop.clock.moment = clock.now() - 3_600_000_000
    shop.define({**EVERY_TYPE, "goal": {"type": "purchase", "value_field": "total"}})
    for who, total in (("a", 100), ("b", 99), ("c", 101)):
        shop.send(shop.key(), order(who, identifiers={"crm_id": who}, data={**ORDER, "total": total}))
    shop.store.close()
    return CommandLine(tmp_path, {"database": url})


def test_a_segment_is_made_of_a_file_counted_and_deleted(bought: CommandLine) -> None:
    file = bought.file("spent.json", json.dumps(SPENT))
    assert bought.read("segment", "preview", file) == "2 of 3 profiles, 66.67 %.\n"
    assert bought.data("segment", "list") == {"segments": []}
    assert bought.read("segment", "create", file) == "Made spent: 2 of 3 profiles, 66.67 %.\n"
    assert "is or was" in bought.refusal("segment", "create", file)
    lines = bought.read("segment", "list").splitlines()
    assert [line.split() for line in lines] == [
        ["id", "name", "members", "share", "state"],
        ["spent", "Spent", "2", "66.67", "%", "waiting"],
    ]
    assert json.loads(bought.read("segment", "show", "spent"))["tree"] == SPENT["tree"]
    assert bought.read("segment", "delete", "spent") == "Deleted spent.\n"
    assert "no such segment" in bought.refusal("segment", "show", "spent")


def test_members_that_are_followed_show_how_far_that_is(bought: CommandLine) -> None:
    bought.read("segment", "create", bought.file("spent.json", json.dumps(SPENT)))
    store = open_store(bought.settings["database"], clock.now, clock.tick)
    follower = store.new_follower(slice_size=2)
    follower.turn(clock.now)
    follower.turn(clock.now)
    listed = bought.read("segment", "list").splitlines()[1].split()
    assert listed[5:] == ["building,", "build", "2", "of", "3"]
    while follower.turn(clock.now):
        pass
    shown = json.loads(bought.read("segment", "show", "spent"))
    assert (shown["count"], shown["membership"]["state"]) == (2, "active")
    assert "built anew" in bought.read("segment", "rebuild", "spent")
    assert bought.data("segment", "rebuild", "spent")["version"] == 3
    assert bought.read("segment", "list").splitlines()[1].split()[5:] == ["building"]
    table = bought.read("segment", "members", "spent").splitlines()
    assert [line.split(",")[1] for line in table] == ["crm_id", "a", "c"]
    store.close()


def test_members_are_printed_as_a_table_or_as_lines(bought: CommandLine) -> None:
    bought.read("segment", "create", bought.file("spent.json", json.dumps(SPENT)))
    table = bought.read("segment", "members", "spent").splitlines()
    assert [line.split(",")[1] for line in table] == ["crm_id", "a", "c"]
    lines = bought.read("segment", "members", "spent", "--format", "jsonl").splitlines()
    assert [json.loads(line)["identifiers"] for line in lines] == [{"crm_id": ["a"]}, {"crm_id": ["c"]}]


def test_a_tree_alone_can_be_previewed(bought: CommandLine) -> None:
    file = bought.file("tree.json", json.dumps(goal(aggregate_operator="count", value=2)))
    assert bought.data("segment", "preview", file) == {"count": 0, "of": 3, "share": 0, "currencies": []}


def test_what_is_wrong_with_a_file_is_said_with_its_place(bought: CommandLine) -> None:
    wrong = bought.file("wrong.json", json.dumps({"name": "X", "tree": goal(operator="gt")}))
    for command in ("create", "preview"):
        assert "/tree/leaf/custom_events_goal/operator: invalid operator: gt" in bought.refusal(
            "segment", command, wrong
        )
    assert "Traceback" not in bought.refusal("segment", "create", bought.file("odd.json", "{"))


def test_a_segment_is_evaluated_over_a_data_set(bought: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    root, members = bought.folder / "lake", bought.folder / "spent.txt"
    bought.read("segment", "create", bought.file("spent.json", json.dumps(SPENT)))
    words = ("segment", "evaluate", "spent", "--data", str(root))
    assert "has no data set of the section shop" in bought.refusal(*words)
    bought.read("export", "--format", "parquet", "--output", str(root))
    told = bought.data(*words, "--members", str(members))
    assert (told["count"], told["of"], told["engine"]) == (2, 3, "duckdb")
    assert told["at"] == told["as_of"]
    table = bought.read("segment", "members", "spent").splitlines()[1:]
    assert members.read_text().splitlines() == [line.split(",")[0] for line in table]
    assert "2 of 3 profiles, at 2020-01-01T00:00:00Z" in bought.read(*words, "--at", "2020-01-01")
    monkeypatch.setitem(sys.modules, "ibis", None)
    assert "pip install 'fieldpost[analytics]'" in bought.refusal(*words)
    assert "pip install 'fieldpost[spark]'" in bought.refusal(*words, "--engine", "spark")
