"""What the guide shows of these doors works as it stands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from collector.web.notifuse.decode import MOST_EVENTS
from tests.cast import ADMIN, NOON
from tests.web.notifuse.doors import IMPORT, UPSERT, Doors

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "api.md").read_text()
CHAPTER = re.split(r"^## ", GUIDE.partition("## The Notifuse doors")[2], flags=re.MULTILINE)[0]
EXAMPLES: list[dict[str, Any]] = [
    json.loads(text) for text in re.findall(r"```json\n(.*?)```", CHAPTER, re.S)
]


def test_the_examples_of_the_guide_work_with_the_definition_of_the_guide(doors: Doors) -> None:
    definition, order, refund, two, segment = EXAMPLES
    doors.shop.store.sections.create("Guide", "reject", ADMIN, NOON)
    doors.shop.define(definition, "guide")
    guide = Doors(doors.shop, doors.shop.key(section="guide"))
    sent = [(UPSERT, order), (UPSERT, refund), (IMPORT, two)]
    heard = [guide.post(path, {**example, "workspace_id": "guide"}) for path, example in sent]
    assert [status for status, _ in heard] == [200, 200, 201]
    for (_, answer), (_, example) in zip(heard[:2], sent[:2], strict=True):
        told = {name: value for name, value in example.items() if name != "workspace_id"}
        assert {name: answer["event"][name] for name in told} == told
    assert heard[2][1]["event_ids"] == [one["external_id"] for one in two["events"]]
    status, made = guide.post("/api/segments.create", {**segment, "workspace_id": "guide"})
    assert (status, made["segment"]["users_count"]) == (201, 1)
    found = guide.get("/api/segments.contacts", workspace_id="guide", segment_id=segment["id"])
    assert found[1]["emails"] == [order["email"]]


def test_the_guide_says_the_same_limits() -> None:
    assert f"1 to {MOST_EVENTS} events" in CHAPTER
