"""Segments over the API: made, changed, tried out, and who is in them at this moment."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from collector.core.fields import format_timestamp
from collector.core.segments.templates import TEMPLATES
from collector.store.segments import kept
from tests.cast import ADMIN, ALICE, BOB, EVERY_TYPE, ORDER, Shop, order
from tests.core.segments.trees import GOAL, branch, contact, goal, timeline

DAY = 86_400
TOTAL = {"name": "total", "type": "decimal", "required": True}  # a refund is less than nothing
SHOP = {
    **EVERY_TYPE,
    "fields": [TOTAL, *EVERY_TYPE["fields"][1:]],
    "goal": {"type": "purchase", "value_field": "total", "currency_field": "currency"},
}
SPENT = goal(value=100)
TREES = {one.id: one.tree for one in TEMPLATES}


class People:
    """Buys things, and asks who matches."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.key = shop.key()
        self.count = 0

    def buys(self, who: str, total: float, days_ago: float = 0, currency: str = "SEK") -> str:
        self.count += 1
        moment = self.shop.clock.moment - int(days_ago * DAY * 1_000_000)
        data = {**ORDER, "total": total, "currency": currency}
        sent = order(
            f"o{self.count}", identifiers={"crm_id": who}, occurred_at=format_timestamp(moment), data=data
        )
        assert self.shop.send(self.key, sent).get_json()["verdict"] == "stored"
        return f"o{self.count}"

    def post(self, path: str, document: Any) -> Any:
        return self.shop.post(self.key, f"/api/v1/segments{path}", document)

    def find(self, tree: Any, **members: Any) -> Any:
        answer = self.post("/preview", {"tree": tree, **members})
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def in_segment(self, segment_id: str, **query: str) -> list[str]:
        found = self.shop.get(self.key, f"/api/v1/segments/{segment_id}/members", **query).get_json()
        return [one["identifiers"]["crm_id"][0] for one in found["members"]]

    def make(self, name: str, tree: Any, **members: Any) -> Any:
        answer = self.post("", {"name": name, "tree": tree, **members})
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()


@pytest.fixture
def people(shop: Shop) -> Iterator[People]:
    shop.define(SHOP)
    return People(shop)


def test_a_segment_is_made_shown_changed_and_deleted(people: People) -> None:
    shop, key = people.shop, people.key
    made = people.make("Våra bästa!", SPENT, color="#aa0000", timezone="Europe/Stockholm")
    assert (made["id"], made["version"], made["tree"]) == ("vara_basta", 1, SPENT)
    address = f"/api/v1/segments/{made['id']}"
    shown = shop.get(key, address).get_json()
    assert shown == {**made, "count": 0, "of": 0, "share": 0}
    listed = shop.get(key, "/api/v1/segments").get_json()["segments"]
    assert listed == [made]

    def change(**members: Any) -> Any:
        return shop.client.patch(address, json=members, headers=shop.headers(key)).get_json()

    renamed = change(name="Best")
    assert (renamed["name"], renamed["version"], renamed["color"]) == ("Best", 1, "#aa0000")
    assert change(tree=goal(value=200))["version"] == 2
    assert change(timezone="UTC")["version"] == 3
    assert change()["version"] == 3
    assert change(id="other")["code"] == "segment-invalid"
    assert shop.client.delete(address, headers=shop.headers(key)).status_code == 204
    assert shop.get(key, address).status_code == 404
    assert shop.client.delete(address, headers=shop.headers(key)).status_code == 404
    assert (
        people.post("", {"id": made["id"], "name": "Again", "tree": SPENT}).get_json()["code"] == "name-taken"
    )


def test_every_change_is_in_the_audit_log(people: People) -> None:
    made = people.make("Best", SPENT)
    people.shop.client.patch(
        "/api/v1/segments/best", json={"name": "Better"}, headers=people.shop.headers(people.key)
    )
    people.shop.client.delete("/api/v1/segments/best", headers=people.shop.headers(people.key))
    entries = people.shop.store.audit.page("shop", 3, None).items
    assert [(one.action, one.subject) for one in entries] == [
        ("segment.deleted", "best"),
        ("segment.changed", "best"),
        ("segment.created", "best"),
    ]
    assert entries[1].before["name"] == "Best"
    assert entries[1].after["name"] == "Better"
    assert entries[2].after["tree"] == made["tree"]


@pytest.mark.parametrize(
    ("sent", "pointer", "message"),
    [
        ([], "", "A segment is described by an object."),
        ({"tree": SPENT}, "/name", "name is required"),
        ({"name": "x" * 256, "tree": SPENT}, "/name", "name length must be between 1 and 255"),
        ({"name": "VIP"}, "/tree", "tree is required"),
        (
            {"name": "VIP", "tree": SPENT, "id": "Big-One"},
            "/id",
            "id must contain only lowercase letters, numbers, and underscores",
        ),
        ({"name": "VIP", "tree": SPENT, "id": "a" * 33}, "/id", "id length must be between 1 and 32"),
        ({"name": "VIP", "tree": SPENT, "id": "preview"}, "/id", "This id means something else already."),
        ({"name": "★", "tree": SPENT}, "/id", "No id can be made of this name: give one."),
        ({"name": "VIP", "tree": SPENT, "timezone": "Mars"}, "/timezone", "invalid timezone: Mars"),
        ({"name": "VIP", "tree": SPENT, "timezone": "../UTC"}, "/timezone", "invalid timezone: ../UTC"),
        (
            {"name": "VIP", "tree": branch("and", goal(operator="gt"))},
            "/tree/branch/leaves/0/leaf/custom_events_goal/operator",
            "invalid operator: gt (must be 'gte', 'lte', 'eq', or 'between')",
        ),
    ],
)
def test_what_is_no_segment_is_refused_with_its_place(
    people: People, sent: Any, pointer: str, message: str
) -> None:
    answer = people.post("", sent)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "segment-invalid")
    assert (pointer, message) in [(one["pointer"], one["message"]) for one in answer.get_json()["errors"]]


def test_a_preview_counts_exactly_and_at_once(people: People) -> None:
    for who, total in (("1", 60), ("1", 40), ("2", 99.99), ("3", 500)):
        people.buys(who, total)
    assert people.find(SPENT) == {"count": 2, "of": 3, "share": 66.67, "currencies": ["SEK"]}
    event = {"event": "order.completed", "id": "o1", "identifiers": {"crm_id": "1"}}
    later = format_timestamp(people.shop.clock.moment + 1_000_000)
    people.shop.send(people.key, {**event, "deleted_at": later})
    assert people.find(SPENT)["count"] == 1
    restored = format_timestamp(people.shop.clock.moment + 2_000_000)
    people.shop.send(people.key, {**event, "occurred_at": restored, "deleted_at": None})
    assert people.find(SPENT)["count"] == 2
    definition = people.shop.store.definitions.find("shop", "order.completed")
    assert definition is not None
    people.shop.store.definitions.hide(definition, ADMIN, people.shop.clock.now())
    assert people.find(SPENT) == {"count": 0, "of": 3, "share": 0, "currencies": []}


def test_a_preview_says_which_currencies_it_mixes(people: People) -> None:
    people.buys("1", 60)
    people.buys("1", 40, currency="EUR")
    assert people.find(SPENT)["currencies"] == ["EUR", "SEK"]
    assert people.find(goal(value=50, currency="sek")) == {
        "count": 1,
        "of": 1,
        "share": 100,
        "currencies": [],
    }
    assert people.find(goal(aggregate_operator="count", value=2))["currencies"] == []


def test_members_come_in_pages_that_miss_nobody(people: People) -> None:
    for number in range(7):
        people.buys(f"c{number}", 100)
    people.make("Spent", SPENT)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = people.shop.get(people.key, "/api/v1/segments/spent/members", limit="3", **cursor).get_json()
        seen += [one["identifiers"]["crm_id"][0] for one in page["members"]]
        if "next_cursor" not in page:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [f"c{number}" for number in range(7)]
    wrong = people.shop.get(people.key, "/api/v1/segments/spent/members", cursor="?")
    assert wrong.get_json()["code"] == "request-invalid"


def test_vip_is_who_spent_1000_in_5_orders_and_bought_in_the_last_60_days(people: People) -> None:
    for _ in range(4):
        people.buys("vip", 250, days_ago=300)
    people.buys("vip", 0, days_ago=59.99)
    for _ in range(4):
        people.buys("four orders", 500)
    for _ in range(5):
        people.buys("too little", 199.99)
        people.buys("too long ago", 1000, days_ago=60)
    people.make("VIP", TREES["vip"])
    assert people.in_segment("vip") == ["vip"]


def test_at_risk_is_who_spent_500_and_bought_nothing_in_90_days(people: People) -> None:
    people.buys("at risk", 300, days_ago=400)
    people.buys("at risk", 200, days_ago=90)
    people.buys("active", 500, days_ago=100)
    people.buys("active", 1, days_ago=89.99)
    people.buys("cheap", 499.99, days_ago=100)
    people.make("At risk", TREES["at_risk_high_value"])
    assert people.in_segment("at_risk") == ["at risk"]


def test_new_is_whose_first_purchase_was_over_200_and_in_the_last_30_days(people: People) -> None:
    people.buys("new", 200.01, days_ago=29)
    people.buys("new", 1, days_ago=1)
    people.buys("exactly 200", 200, days_ago=1)
    people.buys("small first", 10, days_ago=20)
    people.buys("small first", 900, days_ago=1)
    people.buys("long ago", 900, days_ago=31)
    people.buys("long ago", 900, days_ago=1)
    people.make("New", TREES["new_high_potential"])
    assert people.in_segment("new") == ["new"]


def test_the_templates_are_shown_with_what_they_find(people: People) -> None:
    shown = people.shop.get(people.key, "/api/v1/segments/templates").get_json()["templates"]
    assert [one["id"] for one in shown] == list(TREES)
    assert all(people.find(one["tree"])["count"] == 0 for one in shown)


def test_time_alone_moves_people_out(people: People) -> None:
    people.buys("1", 100, days_ago=29)
    recent = goal(value=100, timeframe_operator="in_the_last_days", timeframe_values=["30"])
    assert people.find(recent)["count"] == 1
    people.shop.clock.forward(DAY)
    assert people.find(recent)["count"] == 0


def test_what_lies_in_the_future_is_not_in_the_last_days(people: People) -> None:
    people.buys("1", 100, days_ago=-0.5)
    recent = goal(value=100, timeframe_operator="in_the_last_days", timeframe_values=["30"])
    assert (people.find(recent)["count"], people.find(SPENT)["count"]) == (0, 1)


def test_a_segments_days_begin_in_its_time_zone(people: People) -> None:
    people.shop.clock.moment = 1_790_028_000_000_000  # 2026-09-21T22:00:00Z
    people.buys("1", 100)
    since = goal(value=100, timeframe_operator="in_date_range", timeframe_values=["2026-09-22", "2026-10-01"])
    assert people.find(since)["count"] == 0
    assert people.find(since, timezone="Europe/Stockholm")["count"] == 1


def test_who_never_did_is_found_by_zero_entries_and_by_a_leaf_turned_round(people: People) -> None:
    people.shop.define({**EVERY_TYPE, "event_name": "visit"})
    people.shop.send(people.key, {**order(), "event": "visit", "identifiers": ALICE})
    people.shop.send(people.key, order("2", identifiers=BOB))
    assert people.find(timeline())["count"] == 1
    assert people.find(goal(aggregate_operator="count", value=1, negate=True))["count"] == 1
    assert people.find(goal(aggregate_operator="count", operator="lte", value=0))["count"] == 0
    by_name = {"field_name": "email", "field_type": "string", "operator": "contains"}
    assert (
        people.find(branch("and", timeline(), contact({**by_name, "string_values": ["ALICE"]})))["count"] == 1
    )


def test_a_section_sees_nobody_of_another_one(people: People) -> None:
    people.buys("1", 100)
    people.make("Spent", SPENT)
    shop = people.shop
    shop.store.sections.create("Lab", "reject", ADMIN, shop.clock.now())
    shop.define(SHOP, section="lab")
    other = shop.key("lab", section="lab")
    assert shop.get(other, "/api/v1/segments/spent").status_code == 404
    found = shop.post(other, "/api/v1/segments/preview", {"tree": goal(value=0, negate=True)}).get_json()
    assert (found["count"], found["of"]) == (0, 0)


def test_a_tree_of_twenty_levels_comes_in_and_a_deeper_one_does_not(people: People) -> None:
    tree = SPENT
    for _ in range(20):
        tree = branch("or", tree)
    people.make("Deep", tree)
    assert people.find(tree)["count"] == 0
    answer = people.post("/preview", {"tree": branch("or", tree)})
    assert [one["code"] for one in answer.get_json()["errors"]] == ["too-deep"]


def test_values_keep_their_digits(people: People) -> None:
    text = b'{"name": "Exact", "tree": {"kind": "leaf", "leaf": {"source": "custom_events_goals", '
    text += (
        b'"custom_events_goal": {"goal_type": "purchase", "aggregate_operator": "sum", "operator": "gte", '
    )
    text += b'"value": 123456789012345.100000, "timeframe_operator": "anytime"}}}}'
    made = people.post("", text)
    assert made.status_code == 201, made.get_json()
    shown = people.shop.get(people.key, "/api/v1/segments/exact").get_data(as_text=True)
    assert '"value":123456789012345.100000' in shown
    assert set(GOAL) == set(made.get_json()["tree"]["leaf"]["custom_events_goal"])


def test_members_come_as_files_in_which_no_formula_is_computed(people: People) -> None:
    people.buys("=HYPERLINK(1)", 100)
    people.shop.send(people.key, order("m", identifiers={"mobile": "+46701234567", "email": "a@b.se"}))
    people.make("Spent", SPENT)
    table = people.shop.get(people.key, "/api/v1/segments/spent/members.csv")
    assert table.content_type.startswith("text/csv")
    rows = list(csv.reader(io.StringIO(table.get_data(as_text=True))))
    assert rows[0] == ["id", "crm_id", "email", "mobile", "attributes"]
    assert [row[1:] for row in rows[1:]] == [
        ["'=HYPERLINK(1)", "", "", ""],
        ["", "a@b.se", "'+46701234567", ""],
    ]
    lines = people.shop.get(people.key, "/api/v1/segments/spent/members.jsonl").get_data(as_text=True)
    found = [json.loads(line) for line in lines.splitlines()]
    assert found == people.shop.get(people.key, "/api/v1/segments/spent/members").get_json()["members"]


def test_a_file_has_everybody_however_many_pages_that_is(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "PAGE", 2)
    for number in range(5):
        people.buys(f"c{number}", 100)
    people.make("Spent", SPENT)
    lines = people.shop.get(people.key, "/api/v1/segments/spent/members.jsonl").get_data(as_text=True)
    names = [json.loads(line)["identifiers"]["crm_id"] for line in lines.splitlines()]
    assert names == [[f"c{number}"] for number in range(5)]


def test_two_segments_are_compared(people: People) -> None:
    for who, total in (("a", 100), ("b", 300), ("c", 300), ("d", 10)):
        people.buys(who, total)
    people.make("Spent", SPENT)
    people.make("Less", goal(operator="lte", value=299))
    found = people.shop.get(people.key, "/api/v1/segments/spent/compare/less").get_json()
    assert found == {"both": 1, "only_first": 2, "only_second": 1}
    assert people.shop.get(people.key, "/api/v1/segments/spent/compare/none").status_code == 404


def cells(people: People, **query: str) -> dict[tuple[int, int], tuple[int, float]]:
    """The cells with somebody in them: scores → how many, what they spent."""
    found = people.shop.get(people.key, "/api/v1/segments/rfm", **query).get_json()
    assert [(one["recency"], one["frequency"]) for one in found["cells"]] == [
        (recency, frequency) for recency in range(1, 6) for frequency in range(1, 6)
    ]
    assert found["buyers"] == sum(one["count"] for one in found["cells"])
    return {
        (one["recency"], one["frequency"]): (one["count"], one["value"])
        for one in found["cells"]
        if one["count"]
    }


def test_the_rfm_grid_of_nobody_is_empty_and_of_all_alike_has_one_cell(people: People) -> None:
    assert cells(people) == {}
    for number in range(7):
        people.buys(f"c{number}", 10.1)
    assert cells(people) == {(3, 3): (7, 70.7)}


def test_the_rfm_grid_has_a_fifth_in_each_score(people: People) -> None:
    for number in range(5):
        for _ in range(number + 1):
            people.buys(f"c{number}", 10, days_ago=10 * number)
    assert cells(people) == {(5 - number, number + 1): (1, 10 * (number + 1)) for number in range(5)}


def test_who_ties_in_the_rfm_grid_has_the_same_scores(people: People) -> None:
    for who, days in (("a", 5), ("b", 5), ("c", 5), ("d", 1)):
        people.buys(who, 10, days_ago=days)
    people.buys("a", -2.5, days_ago=5)
    assert cells(people) == {(2, 2): (2, 20), (2, 5): (1, 7.5), (5, 2): (1, 10)}


def test_the_rfm_grid_is_of_one_currency_where_one_is_asked_for(people: People) -> None:
    people.buys("a", 10, currency="SEK")
    people.buys("b", 20, currency="EUR")
    assert cells(people, currency="eur") == {(3, 3): (1, 20)}
    wrong = people.shop.get(people.key, "/api/v1/segments/rfm", currency="€")
    assert wrong.get_json()["code"] == "request-invalid"
