"""Segments on pages: the list, the builder without JavaScript, who is in one, the grid."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from collector.core import ids, strict_json
from collector.core.fields import format_timestamp
from collector.core.segments.reading import read_tree
from collector.store.segments.rfm import SCORES
from tests.cast import ORDER, Shop, order
from tests.core.segments.trees import branch, goal, timeline
from tests.web.pages.admin import Admin, admin, links, words
from tests.web.pages.forms import Form, form_of
from tests.web.pages.places import make_segment
from tests.web.test_segments_api import SHOP

DAY = 86_400


@pytest.fixture
def ada(shop: Shop) -> Admin:
    shop.define(SHOP)
    return admin(shop)


@pytest.fixture
def buyers(shop: Shop, ada: Admin) -> Shop:
    """Seven who bought, the later the more often, the second of them in two currencies."""
    key = shop.key()
    for number in range(7):
        for place in range(number // 2 + 1):
            moment = shop.clock.moment - (30 - 3 * number + place) * DAY * 1_000_000
            data = {**ORDER, "total": 100 * number + 0.25, "currency": "EUR" if number == 1 else "SEK"}
            sent = order(f"{number}-{place}", identifiers={"crm_id": f"c{number}"}, data=data)
            answer = shop.send(key, {**sent, "occurred_at": format_timestamp(moment)})
            assert answer.get_json()["verdict"] == "stored"
    return shop


def make(shop: Shop, tree: Any, name: str = "Best", **members: Any) -> str:
    return make_segment(shop, {"name": name, "tree": tree, **members})


def stored(shop: Shop, segment_id: str) -> Any:
    return shop.store.segments.find("shop", segment_id).draft


def pressed(ada: Admin, form: Form, do: str, **changes: str) -> Form:
    """The form after a button that changes the tree, without JavaScript."""
    answer = ada.send("new-segment", **form.sent(do=do, **changes))
    assert answer.status_code == 200, answer.text[:300]
    return form_of(answer.text)


def counted(ada: Admin, form: Form) -> str:
    """What the panel beside a form says."""
    return words(ada.send("new-segment/counted", **form.sent()).get_json()["panel"])


# The builder


def test_a_segment_is_built_condition_by_condition_without_javascript(buyers: Shop, ada: Admin) -> None:
    form = form_of(ada.read("new-segment"))
    form = pressed(ada, form, "add-goal-0", name="VIP")
    form = pressed(ada, form, "add-timeline-0", n1__value="250.5", n1__currency="sek")
    form = pressed(ada, form, "filter-2", n2__kind="order.completed", n2__times="2")
    form = pressed(ada, form, "refresh", n2__f0__known="total")
    assert form["n2-f0-test"] == "number.equals"
    made = ada.send("new-segment", **form.sent(n2__f0__test="number.gt", n2__f0__value="99.99", do="save"))
    assert made.headers["Location"] == "/sections/shop/segments/vip"
    assert stored(buyers, "vip").node == read_tree(
        strict_json.read(
            json.dumps(
                branch(
                    "and",
                    goal(value=250.5, currency="SEK"),
                    timeline(
                        count_operator="at_least",
                        count_value=2,
                        filters=[
                            {
                                "field_name": "total",
                                "field_type": "number",
                                "operator": "gt",
                                "number_values": [99.99],
                            }
                        ],
                    ),
                )
            ).encode()
        )
    )
    page = words(ada.read("segments/vip"))
    assert "VIP is made." in page
    assert "has purchases that add up to at least 250.5 SEK" in page
    assert "has done Order completed at least 2 times, where total is more than 99.99" in page
    assert "5 of 7 profiles" in page


def test_groups_are_made_moved_and_dissolved(ada: Admin, shop: Shop) -> None:
    form = form_of(ada.read("new-segment"))
    for do in ("add-goal-0", "add-timeline-0", "wrap-2", "add-contact-3", "up-3", "down-4", "up-4"):
        form = pressed(ada, form, do)
    places = {name: value for name, value in form.values if name.endswith("-in")}
    assert list(places.items()) == [
        ("n3-in", "0:group"),
        ("n4-in", "3:contact"),
        ("n2-in", "3:timeline"),
        ("n1-in", "0:goal"),
    ]
    assert form["n3-operator"] == "or"
    form = pressed(ada, form, "dissolve-3")
    assert [name for name, value in form.values if value.startswith("0:")] == ["n4-in", "n2-in", "n1-in"]
    form = pressed(ada, form, "remove-2")
    assert [name for name in form.names() if name.endswith("-in")] == ["n4-in", "n1-in"]


def test_every_fault_stands_at_its_condition_with_everything_that_was_typed(ada: Admin, shop: Shop) -> None:
    form = form_of(ada.read("new-segment"))
    for do in ("add-goal-0", "add-group-0", "add-timeline-2", "add-contact-2", "add-group-0"):
        form = pressed(ada, form, do)
    wrong = {"n1__value": "much", "n1__currency": "SEKK", "n3__times": "-1", "n1__when": "before_date"}
    answer = ada.send("new-segment", **form.sent(**wrong, n1__from="2026-02-30", do="save"))
    assert answer.status_code == 422
    told = dict(re.findall(r'<p class="wrong" id="([^"]+)-wrong">([^<]*)</p>', answer.text))
    assert told == {
        "name": "Give it a name.",
        "n1-value": "Write a number.",
        "n1-currency": "A currency is three letters, such as SEK (ISO 4217).",
        "n1-from": "invalid date: There is no such day in the calendar.",
        "n3-kind": "Choose an event.",
        "n3-times": "Write a whole number.",
        "n4-f0-field": "Say which one.",
        "n5": "Add a condition here, or remove the group.",
    }
    assert form_of(answer.text).sent()["n1-value"] == "much"
    summary = words(answer.text)
    assert "Nothing was saved yet: 8 places are not right" in summary
    assert "Condition 2.1 : Choose an event." in summary
    assert "Group 3 : Add a condition here, or remove the group." in summary
    for place in told:
        assert f'id="{place}"' in answer.text, place


def test_one_condition_is_changed_and_the_others_stay_as_they_were(shop: Shop, ada: Admin) -> None:
    others = [timeline(kind="custom_event.order.completed", template_id="t1"), goal(goal_name="a\nb")]
    make(shop, branch("and", goal(value=1000, pick=None), *others))
    form = form_of(ada.read("segments/best/edit"))
    assert "This form cannot show this condition" in words(ada.read("segments/best/edit"))
    ada.send("segments/best/edit", **form.sent(n1__value="2000", do="save"))
    tree = stored(shop, "best").document
    assert tree["branch"]["leaves"][1:] == others
    assert tree["branch"]["leaves"][0]["leaf"]["custom_events_goal"]["value"] == 2000


def test_code_that_is_no_json_is_refused_at_its_place(shop: Shop, ada: Admin) -> None:
    make(shop, branch("and", goal(goal_name="a\nb")))
    form = form_of(ada.read("segments/best/edit"))
    answer = ada.send("segments/best/edit", **form.sent(n1__json="{", do="save"))
    assert answer.status_code == 422
    assert 'id="n1-json-wrong"' in answer.text


def test_who_saves_over_somebody_else_is_told_first_and_may(shop: Shop, ada: Admin) -> None:
    make(shop, goal())
    mine, theirs = (form_of(ada.read("segments/best/edit")) for _ in range(2))
    ada.send("segments/best/edit", **theirs.sent(n1__value="7", do="save"))
    answer = ada.send("segments/best/edit", **mine.sent(n1__value="9", do="save"))
    assert answer.status_code == 412
    page = words(answer.text)
    assert "Somebody else saved this segment in the meantime" in page
    assert "has purchases that add up to at least 7" in page
    assert stored(shop, "best").document["leaf"]["custom_events_goal"]["value"] == 7
    again = form_of(answer.text)
    assert again["n1-value"] == "9"
    assert ada.send("segments/best/edit", **again.sent(do="save")).status_code == 303
    assert stored(shop, "best").document["leaf"]["custom_events_goal"]["value"] == 9


def test_a_name_whose_id_is_taken_is_refused_at_the_name(shop: Shop, ada: Admin) -> None:
    make(shop, goal(), name="VIP")
    form = form_of(ada.read("new-segment", template="vip"))
    answer = ada.send("new-segment", **form.sent(do="save"))
    assert answer.status_code == 409
    assert "Choose another name." in answer.text


def test_the_script_is_told_counts_words_and_faults(buyers: Shop, ada: Admin) -> None:
    form = pressed(ada, form_of(ada.read("new-segment")), "add-goal-0")
    found = ada.send("new-segment/counted", **form.sent()).get_json()
    assert found["faults"] == {"n1-value": ["Write a number."]}
    found = ada.send("new-segment/counted", **form.sent(n1__value="300")).get_json()
    assert found["faults"] == {}
    assert "5 of 7 profiles 71.43 % of everybody" in words(found["panel"])
    drawn = ada.send("new-segment/changed", **form.sent(do="add-contact-0")).get_json()
    assert drawn["focus"] == "n2-f0-field"
    assert 'name="n2-f0-known"' in drawn["tree"]


def test_a_preview_that_mixes_currencies_says_so(buyers: Shop, ada: Admin) -> None:
    form = form_of(ada.read("new-segment", template="vip"))
    assert "This adds up EUR, SEK as they are." in counted(ada, form)


# One segment


def test_members_are_paged_exported_and_compared(buyers: Shop, ada: Admin) -> None:
    for number in range(40):
        identifiers = {"crm_id": f"=x{number:02}"}
        buyers.send(buyers.key(), order(f"more-{number}", identifiers=identifiers))
    make(buyers, goal(aggregate_operator="count", value=1), name="All")
    make(buyers, goal(aggregate_operator="count", value=2), name="Twice")
    first = ada.read("segments/all")
    second = ada.read(next(one for one in links(first, "cursor=")))
    shown = [re.findall(r"<bdi>(c\d|=x\d\d)</bdi></a></th>", page) for page in (first, second)]
    assert [len(page) for page in shown] == [25, 22]
    assert len(set(shown[0] + shown[1])) == 47
    lines = ada.ask("segments/all/members.csv").text.splitlines()
    assert len(lines) == 48
    assert any("'=x00" in line for line in lines)
    rows = ada.ask("segments/all/members.jsonl").text.splitlines()
    assert len([json.loads(row) for row in rows]) == 47
    compared = words(ada.read("segments/twice", **{"with": "all"}))
    assert "Only in Twice 0" in compared
    assert "In both 5 Only in All 42" in compared


def test_growth_and_membership_are_shown_once_they_are_followed(buyers: Shop, ada: Admin) -> None:
    make(buyers, goal(aggregate_operator="count", value=2), name="Twice", timezone="Europe/Stockholm")
    assert "found by its tree" in words(ada.read("segments"))
    assert "Growth" not in ada.read("segments/twice")
    follower = buyers.store.new_follower()
    while follower.turn(buyers.clock.now):
        pass
    buyers.clock.forward(DAY)
    ada = admin(buyers)  # a session does not last so long
    buyers.send(buyers.key(), order("again", identifiers={"crm_id": "c0"}))
    while follower.turn(buyers.clock.now):
        pass
    assert "up to date" in words(ada.read("segments"))
    page = words(ada.read("segments/twice"))
    assert "6 of 7 profiles" in page
    assert "2026-09-22 6 1 0 2026-09-21 5 5 0" in page
    profile = buyers.store.profiles.find("shop", "crm_id", "c0")
    assert profile is not None
    assert "Segments Twice since" in words(ada.read(f"profiles/{ids.encode(profile.id)}"))


def test_deleting_asks_first(shop: Shop, ada: Admin) -> None:
    make(shop, goal())
    assert "Its id, best , is not given to another one." in words(ada.read("segments/best/delete"))
    assert stored(shop, "best").name == "Best"
    assert ada.send("segments/best/delete").headers["Location"] == "/sections/shop/segments"
    assert "Best is deleted." in words(ada.read("segments"))
    assert ada.ask("segments/best").status_code == 404


def test_a_viewer_looks_and_changes_nothing(shop: Shop, ada: Admin) -> None:
    make(shop, goal())
    viewer = admin(shop, "viewer")
    page = viewer.read("segments") + viewer.read("segments/best") + viewer.read("segments/rfm")
    for part in ("new-segment", "/edit", "/delete"):
        assert links(page, part) == []
    for path in ("new-segment", "new-segment/counted", "segments/best/edit", "segments/best/delete"):
        assert viewer.send(path).status_code == 403


def test_a_section_without_segments_says_what_one_is(ada: Admin) -> None:
    page = words(ada.read("segments"))
    assert "There is no segment yet." in page
    assert "New, high potential Made the first purchase" in page


# The grid


def test_every_cell_of_the_grid_leads_to_its_people_and_becomes_a_segment_of_them(
    buyers: Shop, ada: Admin
) -> None:
    grid = ada.read("segments/rfm")
    assert "7 buyers" in words(grid)
    cells = links(grid, "/segments/rfm/")
    assert cells
    shown_in_all = 0
    for cell in cells:
        page = ada.read(cell)
        told = re.search(r"<strong>(\d+)</strong> profile", page)
        people = re.findall(r"<bdi>(c\d)</bdi>", page)
        assert told is not None
        assert len(people) == int(told[1])
        shown_in_all += len(people)
        builder = form_of(ada.read(links(page, "/new-segment?")[0]))
        assert f"{told[1]} of 7 profiles" in counted(ada, builder)
    assert shown_in_all == 7


def test_the_grid_of_one_currency_stays_with_it(buyers: Shop, ada: Admin) -> None:
    grid = ada.read("segments/rfm", currency="EUR")
    assert "1 buyer, 100.25 EUR in all" in words(grid)
    [cell] = links(grid, "/segments/rfm/")
    assert cell.endswith("/3/3?currency=EUR")
    assert "in EUR" in words(ada.read(cell))


def test_the_grid_of_nobody_and_of_all_alike(shop: Shop, ada: Admin) -> None:
    assert "Nobody bought anything yet." in words(ada.read("segments/rfm"))
    assert "Nobody is in this cell" in words(ada.read("segments/rfm/3/3"))
    key = shop.key()
    for number in range(4):
        shop.send(key, order(str(number), identifiers={"crm_id": f"c{number}"}))
    grid = ada.read("segments/rfm")
    assert "All of them are alike" in words(grid)
    assert [one.rpartition("/rfm/")[2] for one in links(grid, "/segments/rfm/")] == ["3/3"]
    assert len(re.findall('<td class="heat', grid)) == len(SCORES) ** 2
    assert len(re.findall(r"<bdi>(c\d)</bdi>", ada.read("segments/rfm/3/3"))) == 4


def test_there_is_no_cell_beyond_the_grid(ada: Admin) -> None:
    assert ada.ask("segments/rfm/6/1").status_code == 404
    assert ada.ask("segments/rfm/0/1").status_code == 404


# Goals


def test_the_overview_adds_up_the_goals_of_its_period(buyers: Shop, ada: Admin) -> None:
    page = words(ada.read("overview", period="30d"))
    assert "Goals of these 30 days" in page
    assert "Purchase 1 100.25 EUR" in page
    assert "Purchase 14 6,103.50 SEK" in page
    assert "Purchase" not in words(ada.read("overview", period="24h"))


def test_a_person_s_goals_are_exact_and_say_when(buyers: Shop, ada: Admin) -> None:
    buyers.send(buyers.key(), order("refund", identifiers={"crm_id": "c6"}, data={**ORDER, "total": -0.5}))
    profile = buyers.store.profiles.find("shop", "crm_id", "c6")
    assert profile is not None
    [total] = buyers.store.profiles.goals(profile.id)
    assert (total.events, total.value) == (5, 2_400_500_000)
    assert total.last_at == buyers.clock.moment
