"""The pages of definitions, without JavaScript: the list, the editor, versions, the snippet, hiding."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, get_args, get_type_hints

import pytest
from flask.testing import FlaskClient

from collector.core.definitions import Definition, WebTracking
from collector.core.documents import dump_document
from collector.core.fields import FIELD_TYPES
from collector.core.goals import GOAL_TYPES
from collector.store.definitions import Edit
from collector.web.pages.editor_form import RULES, read_lines
from collector.web.pages.editor_words import GOAL_LABELS, RULE_LABELS, WEB_CHOICES
from tests.cast import ADMIN, EVERY_TYPE, ORDER, Shop, order
from tests.web.pages.forms import Form, form_of
from tests.web.pages.signing_in import signed_in

LIST = "/sections/shop/definitions"
NEW = "/sections/shop/new-definition"
EDIT = f"{LIST}/order.completed/edit"
HOSTILE = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>'-{{7*7}}${7}`a\u202eb"
RICH: dict[str, Any] = {
    **EVERY_TYPE,
    "description": "\n an order,\nwas paid ",
    "owner": '"Web" team',
    "tags": ["a, b", '"quoted"', " edges ", "\nline"],
    "fields": [
        {"name": "total", "type": "decimal", "required": True, "minimum": "-0.10", "maximum": f"{10**19}.5"},
        {"name": "size", "type": "text", "choices": ["", " S ", '"M"', "L\r\nXL", "é"], "min_length": 0},
        {"name": "lines", "type": "integer", "choices": [2**62, -1], "personal": True, "description": "many"},
        {"name": "gift", "type": "boolean", "choices": [False]},
        {"name": "deliver_on", "type": "date", "minimum": "2026-01-01"},
        {"name": "paid_at", "type": "timestamp", "maximum": "2030-01-01T00:00:00Z"},
        {"name": "code", "type": "text", "pattern": "[A-Z\n]+", "max_length": 4096, "fill": "utm.term"},
    ],
    "extra_fields": "keep",
    "goal": {"type": "purchase", "value_field": "total", "name": "Checkout"},
    "allowed_operations": {"email": ["read"], "mobile": ["write"], "crm_id": []},
    "web_tracking": {
        "enabled": True, "source": "Shop <1>", "origins": ["https://a.example"], "identity": "signed",
        "consent": "ask", "visitor": "page", "invalid": "report", "queue": False, "bots": "keep",
        "attributes": False, "trigger_numbers": False, "prerendered": "send", "debug": False,
        "triggers": [{"on": "click", "selector": "button"}],
    },
}  # fmt: skip


@pytest.fixture
def ada(shop: Shop) -> FlaskClient:
    return signed_in(shop, "owner")


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def form(client: FlaskClient, address: str) -> Form:
    return form_of(page(client, address))


def stored(shop: Shop) -> Definition:
    found = shop.store.definitions.find("shop", "order.completed")
    assert found is not None
    return shop.store.definitions.read_again(found)


def names_of(shown: Form) -> list[str]:
    return [value for name, value in shown.values if re.fullmatch(r"fields-\d+-name", name)]


def test_the_editor_has_words_for_every_rule_goal_and_choice() -> None:
    of_types = set().union(*(kind.rules for kind in FIELD_TYPES.values()))
    assert set(RULES) == set(RULE_LABELS) == of_types
    assert set(GOAL_LABELS) == set(GOAL_TYPES)
    hints = get_type_hints(WebTracking)
    assert {name: set(get_args(hints[name])) for name in WEB_CHOICES} == {
        name: set(choices) for name, (_, choices) in WEB_CHOICES.items()
    }


def test_an_empty_section_says_the_next_step(shop: Shop, ada: FlaskClient) -> None:
    assert f'href="{NEW}"' in page(ada, LIST)
    assert NEW not in page(signed_in(shop, "viewer"), LIST)


def test_the_list_shows_how_lively_each_definition_is(shop: Shop, ada: FlaskClient) -> None:
    shop.define(EVERY_TYPE)
    shop.define({"event_name": "trial/started", "category": "conversion"})
    shop.send(shop.key(), order("1"), order("2"), {**order("3"), "data": {}})
    text = page(ada, LIST)
    assert "Events a day, 7 days up to today: 0, 0, 0, 0, 0, 0, 2" in text
    assert "No events in 7 days" in text
    assert text.index("Transactions") < text.index("Conversions</th>")
    assert f'href="{LIST}/trial~started"' in text
    assert re.search(r'<span class="tag bad">1</span>', text)


def test_the_list_is_filtered_and_has_pages(shop: Shop, ada: FlaskClient) -> None:
    for number in range(51):
        shop.define({"event_name": f"signal.{number:02}", "category": "signal", "tags": ["many"]})
    shop.define(EVERY_TYPE)
    assert "signal.50" not in page(ada, LIST)
    assert "signal.50" in page(ada, f"{LIST}?page=2")
    assert "signal.50" in page(ada, f"{LIST}?page=9999")
    found = page(ada, f"{LIST}?q=MANY&category=signal&page=2")
    assert "signal.50" in found
    assert "order.completed" not in found
    assert "Nothing fits" in page(ada, f"{LIST}?q=%25")


def test_a_form_that_nobody_touched_changes_nothing(shop: Shop, ada: FlaskClient) -> None:
    before = dump_document(shop.define(RICH).draft)
    answer = ada.post(EDIT, data=form(ada, EDIT).sent(do="save"))
    assert answer.status_code == 303
    after = stored(shop)
    assert dump_document(after.draft) == before
    assert (after.revision, len(after.versions)) == (1, 1)


def test_a_definition_is_made_with_the_premade_fields_of_its_category(shop: Shop, ada: FlaskClient) -> None:
    answer = ada.post(
        NEW, data=form(ada, NEW).sent(event_name="order.completed", title="Order completed", do="save")
    )
    assert answer.headers["Location"] == f"{LIST}/order.completed/snippet"
    assert [one.name for one in stored(shop).draft.content.fields] == [
        *("reference", "amount", "currency", "page_url", "referrer", "campaign")
    ]


def test_another_category_brings_its_own_fields_while_nobody_touched_them(ada: FlaskClient) -> None:
    shown = form(ada, NEW)
    answer = ada.post(NEW, data=shown.sent(category="signal", do="update"))
    assert names_of(form_of(answer.text))[:2] == ["element", "value"]
    answer = ada.post(NEW, data=shown.sent(category="signal", fields__0__name="mine", do="update"))
    assert names_of(form_of(answer.text))[:2] == ["mine", "amount"]


def test_fields_are_added_moved_and_deleted_with_buttons(shop: Shop, ada: FlaskClient) -> None:
    shop.define({**EVERY_TYPE, "fields": [{"name": name, "type": "text"} for name in "abc"]})
    shown = form(ada, EDIT)
    steps = (
        ("down-0", ["b", "a", "c"]),
        ("up-2", ["b", "c", "a"]),
        ("up-0", ["b", "c", "a"]),
        ("remove-1", ["b", "a"]),
        ("remove-99", ["b", "a"]),
        ("add", ["b", "a", ""]),
    )
    for do, expected in steps:
        answer = ada.post(EDIT, data=shown.sent(do=do))
        shown = form_of(answer.text)
        assert names_of(shown) == expected
        assert answer.text.count(" autofocus") == 1
    assert stored(shop).revision == 1
    ada.post(EDIT, data=shown.sent(fields__2__name="d", fields__2__type="date", do="save"))
    assert [(one.name, one.type) for one in stored(shop).draft.content.fields] == [
        *(("b", "text"), ("a", "text"), ("d", "date"))
    ]


def test_the_order_of_the_form_is_the_order_of_the_fields_whatever_their_numbers(
    shop: Shop, ada: FlaskClient
) -> None:
    shop.define({**EVERY_TYPE, "fields": [{"name": name, "type": "text"} for name in "ab"]})
    sent = form(ada, EDIT).sent(fields__0__name=None, fields__0__type=None, do="save")
    ada.post(
        EDIT,
        data={
            **sent,
            "fields-7-name": "c",
            "fields-7-type": "text",
            "fields-0-name": "a",
            "fields-0-type": "text",
        },
    )
    assert [one.name for one in stored(shop).draft.content.fields] == ["b", "c", "a"]


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_is_kept(shop: Shop, ada: FlaskClient) -> None:
    sent = form(ada, NEW).sent(
        event_name="Not Good",
        title="Kept",
        fields__0__name="source",
        fields__1__minimum="many",
        fields__2__max_length="x",
        fields__2__choices="SEK\r\nSEK",
        goal__type="purchase",
        web_tracking__origins="https://good.example\r\nhttps://bad.example/path",
        do="save",
    )
    answer = ada.post(NEW, data=sent)
    assert answer.status_code == 422
    wrong = re.findall(r'id="([\w-]+)-wrong"', answer.text)
    assert set(wrong) == {
        *("event_name", "fields-0-name", "fields-1-minimum", "fields-2-max_length", "fields-2-choices"),
        *("web_tracking-origins", "goal-value_field"),
    }
    for place in wrong:
        assert f'<a href="#{place}">' in answer.text
        assert len(re.findall(f' id="{place}"', answer.text)) == 1
        assert f'aria-describedby="{place}-wrong"' in answer.text
    assert "Field 2 (amount): minimum</a>: This must be" in answer.text
    again = form_of(answer.text)
    kept = ("event_name", "title", "fields-1-minimum", "fields-2-choices")
    assert [again[name] for name in kept] == ["Not Good", "Kept", "many", "SEK\r\nSEK"]
    assert shop.store.definitions.all("shop") == []


def test_a_name_that_is_taken_says_so_at_the_name(shop: Shop, ada: FlaskClient) -> None:
    shop.define(EVERY_TYPE)
    answer = ada.post(NEW, data=form(ada, NEW).sent(event_name="order.completed", do="save"))
    assert answer.status_code == 409
    assert 'id="event_name-wrong"' in answer.text


def test_rules_of_another_type_are_left_behind(shop: Shop, ada: FlaskClient) -> None:
    shop.define(EVERY_TYPE)
    ada.post(
        EDIT,
        data=form(ada, EDIT).sent(
            fields__1__type="integer", fields__1__choices="1\r\n2", fields__1__pattern="x", do="save"
        ),
    )
    assert stored(shop).draft.content.fields[1].as_json() == {
        "name": "currency",
        "type": "integer",
        "choices": [1, 2],
    }


def test_who_saved_in_the_meantime_is_not_overwritten_unseen(shop: Shop, ada: FlaskClient) -> None:
    definition = shop.define(EVERY_TYPE)
    shown = form(ada, EDIT)
    edited = replace(definition.draft, owner="Bob")
    shop.store.definitions.save(definition, Edit(edited, None), 0, ADMIN, shop.clock.now())
    bad = ada.post(EDIT, data=shown.sent(title="Mine", fields__0__name="", do="save"))
    assert bad.status_code == 422
    answer = ada.post(EDIT, data=form_of(bad.text).sent(fields__0__name="total", do="save"))
    assert answer.status_code == 412
    assert "owner" in answer.text
    assert form_of(answer.text)["title"] == "Mine"
    assert stored(shop).draft.owner == "Bob"
    assert ada.post(EDIT, data=form_of(answer.text).sent(do="save")).status_code == 303
    assert (stored(shop).draft.title, stored(shop).draft.owner) == ("Mine", "")


def test_while_the_hold_lasts_everything_but_the_fields_can_be_edited(shop: Shop, ada: FlaskClient) -> None:
    shop.define({**EVERY_TYPE, "goal": {"type": "purchase", "value_field": "total"}})
    early = form(ada, EDIT)
    ada.post(EDIT, data=early.sent(fields__2__name="rows", do="save"))
    shown = form(ada, EDIT)
    assert "fields-0-name" not in shown.names()
    assert "goal-type" not in shown.names()
    assert f'data-until="{(shop.clock.now() + 3_600_000_000) // 1000}"' in page(ada, EDIT)
    changes = {"title": "New", "fields__0__personal": "on", "fields__0__description": "paid", "do": "save"}
    assert ada.post(EDIT, data=shown.sent(**changes)).status_code == 303
    after = stored(shop)
    assert (after.draft.title, len(after.versions)) == ("New", 2)
    assert after.draft.content.fields[0].personal
    assert [one.name for one in after.draft.content.fields][2] == "rows"
    assert after.draft.content.goal is not None
    late = ada.post(EDIT, data=early.sent(revision=str(after.revision), fields__1__name="money", do="save"))
    assert late.status_code == 409
    assert form_of(late.text)["fields-1-name"] == "money"
    shop.clock.forward(3600)
    assert "fields-0-name" in form(ada, EDIT).names()


def test_the_preview_says_what_saving_would_do_and_saves_nothing(shop: Shop, ada: FlaskClient) -> None:
    shop.define(EVERY_TYPE)
    shop.send(shop.key(), order("1"), {**order("2"), "data": {**ORDER, "currency": "EUR"}})
    answer = ada.post(EDIT, data=form(ada, EDIT).sent(fields__1__choices="SEK", title="T", do="preview"))
    assert answer.status_code == 200
    assert "currency no longer takes" in answer.text
    assert re.search(r"<strong>1</strong> of 2 would be accepted, <strong>1</strong> refused", answer.text)
    assert "/data/currency" in answer.text
    assert form_of(answer.text)["fields-1-choices"] == "SEK"
    assert stored(shop).revision == 1


def test_versions_are_shown_with_their_difference_and_can_be_retired(shop: Shop, ada: FlaskClient) -> None:
    shop.define(EVERY_TYPE)
    ada.post(EDIT, data=form(ada, EDIT).sent(fields__2__required="on", do="save"))
    pending = page(ada, f"{LIST}/order.completed")
    assert "lines is now required (before: optional): stricter." in pending
    assert "pending" in pending
    assert "/versions/1/retire" not in pending
    shop.clock.forward(3600)
    retire = f"{LIST}/order.completed/versions/1/retire"
    shown = page(ada, f"{LIST}/order.completed")
    assert retire in shown
    csrf = form_of(shown)["csrf"]
    assert ada.post(retire, data={"csrf": csrf}).status_code == 303
    assert stored(shop).versions[0].retired_at == shop.clock.now()
    assert ada.post(retire.replace("/1/", "/2/"), data={"csrf": csrf}).status_code == 409


def test_hiding_wants_the_name_typed(shop: Shop, ada: FlaskClient) -> None:
    shop.define(EVERY_TYPE)
    hide = f"{LIST}/order.completed/hide"
    sent = form(ada, hide)
    assert ada.post(hide, data=sent.sent(event_name="order")).status_code == 400
    assert stored(shop).hidden_at is None
    assert ada.post(hide, data=sent.sent(event_name="order.completed")).status_code == 303
    assert stored(shop).hidden_at == shop.clock.now()
    assert ada.get(f"{LIST}/order.completed").status_code == 410
    assert "order.completed" not in page(ada, LIST)
    assert "order.completed" in page(ada, f"{LIST}?hidden=true")
    assert "order.completed" not in page(signed_in(shop, "viewer"), f"{LIST}?hidden=true")


def test_a_viewer_looks_and_changes_nothing(shop: Shop) -> None:
    shop.define(EVERY_TYPE)
    vera = signed_in(shop, "viewer")
    text = page(vera, f"{LIST}/order.completed")
    assert "/edit" not in text
    assert "/hide" not in text
    assert "order.completed.js" not in page(vera, f"{LIST}/order.completed/snippet")
    for address in (NEW, EDIT, f"{LIST}/order.completed/hide"):
        assert vera.get(address).status_code == 403


def test_the_light_turns_green_by_events_of_pages_alone(shop: Shop, ada: FlaskClient) -> None:
    definition = shop.define(EVERY_TYPE)
    light = f"{LIST}/order.completed/arrived"
    shop.send(shop.key(), order())
    assert ada.get(light).get_json()["stored"] == 0
    shop.beacon(definition.id, {"id": "1", "data": {}})
    assert (ada.get(light).get_json()["stored"], ada.get(light).get_json()["rejected"]) == (0, 1)
    shop.beacon(definition.id, {"id": "2", "data": ORDER, "source": "Checkout"})
    found = ada.get(light).get_json()
    assert (found["stored"], found["source"], found["newest_at"]) == (1, "Checkout", shop.clock.now())
    assert 'class="light green"' in page(ada, f"{LIST}/order.completed/snippet")


def test_the_snippet_page_has_what_the_server_serves(shop: Shop, ada: FlaskClient) -> None:
    definition = shop.define(EVERY_TYPE)
    text = page(ada, f"{LIST}/order.completed/snippet")
    script = shop.client.get(f"/s/{definition.id}.js", headers={"Accept-Encoding": "br"})
    assert f"{len(script.data):,} bytes over the wire" in text
    assert f"/s/{definition.id}.js" in text
    assert "integrity=&#34;sha384-" in text
    assert "fieldpost(&#39;order.completed&#39;, {total: 0})" in text
    shop.define({"event_name": "quiet", "category": "signal"})
    assert "Web tracking is off" in page(ada, f"{LIST}/quiet/snippet")


def test_hostile_texts_come_back_from_the_editor_as_they_were_typed(shop: Shop, ada: FlaskClient) -> None:
    fields = [{"name": "f", "type": "text", "description": HOSTILE, "choices": [HOSTILE]}]
    shop.define({**EVERY_TYPE, "title": HOSTILE, "fields": fields})
    shown = form(ada, EDIT)
    assert (shown["title"], read_lines(shown["fields-0-choices"])) == (HOSTILE, [HOSTILE])
    answer = ada.post(EDIT, data=shown.sent(fields__0__name=HOSTILE, goal__value_field=HOSTILE, do="save"))
    assert answer.status_code == 422
    assert form_of(answer.text)["fields-0-name"] == HOSTILE
    assert "<script>alert" not in answer.text


def test_a_hundred_fields_fit_into_the_editor_and_into_200_kb(shop: Shop, ada: FlaskClient) -> None:
    told = {"description": "What this field means, in a sentence of a usual length.", "personal": True}
    rules = {"choices": ["one", "two", "three", "four"], "max_length": 100, "pattern": "[a-z]+"}
    names = [f"a_field_with_a_rather_long_name_{number}" for number in range(100)]
    shop.define({**EVERY_TYPE, "fields": [{"name": one, "type": "text", **told, **rules} for one in names]})
    text = page(ada, EDIT)
    assert len(text.encode()) < 190_000
    shown = form_of(text)
    assert names_of(shown) == names
    answer = ada.post(EDIT, data=shown.sent(do="add"))
    assert len(names_of(form_of(answer.text))) == 100
    assert len(answer.text.encode()) < 200_000


def test_without_javascript_a_button_shows_every_rule_of_a_field(shop: Shop, ada: FlaskClient) -> None:
    shop.define({**EVERY_TYPE, "fields": [{"name": name, "type": "text"} for name in "ab"]})
    shown = form(ada, EDIT)
    assert "fields-1-pattern" not in shown.names()
    answer = ada.post(EDIT, data=shown.sent(do="rules-1", fields__1__type="decimal"))
    unfolded = form_of(answer.text)
    assert {"fields-1-minimum", "fields-1-maximum"} <= set(unfolded.names())
    assert not {"fields-0-pattern", "fields-1-pattern"} & set(unfolded.names())
    ada.post(EDIT, data=unfolded.sent(do="save", fields__1__minimum="7"))
    assert [str(one.minimum) for one in stored(shop).draft.content.fields] == ["None", "7"]
