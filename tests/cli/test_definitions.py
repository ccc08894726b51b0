"""`fieldpost definition`: definitions as code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cast import ALICE, EVERY_TYPE
from tests.cli.conftest import CommandLine

SHOP = """\
definitions:
  - event_name: order.completed
    category: transaction
    fields:
      - {name: total, type: decimal, minimum: 0.10, maximum: 99999999999999999999.999999999999999999}
      - {name: deliver_on, type: date, minimum: 2026-01-01}
      - {name: size, type: text, choices: [on, no, "007", 1e5x, ~x]}
    web_tracking:
      enabled: true
      triggers: [{on: click, selector: .buy, values: {size: {from: constant, value: on}}}]
  - event_name: cart.viewed
    category: signal
"""


def test_a_file_is_applied_once(fieldpost: CommandLine) -> None:
    names = ["order.completed", "cart.viewed"]
    assert fieldpost.apply(SHOP) == {"create": names, "update": [], "unchanged": []}
    assert fieldpost.apply(SHOP) == {"create": [], "update": [], "unchanged": names}


def test_a_changed_file_changes_the_definition(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    changed = SHOP.replace("category: transaction", "category: transaction\n    title: Order")
    assert fieldpost.apply(changed, "--dry-run")["update"] == ["order.completed"]
    assert fieldpost.apply(changed)["update"] == ["order.completed"]
    assert fieldpost.data("definition", "show", "order.completed")["title"] == "Order"
    assert fieldpost.apply(changed)["update"] == []


def test_a_dry_run_changes_nothing(fieldpost: CommandLine) -> None:
    assert fieldpost.apply(SHOP, "--dry-run")["create"] == ["order.completed", "cart.viewed"]
    assert fieldpost.data("definition", "list") == {"definitions": []}
    path = fieldpost.file("events.yaml", SHOP)
    said = fieldpost.read("definition", "apply", path, "--dry-run")
    assert said == "would create order.completed\nwould create cart.viewed\n"


def test_numbers_are_exact_and_dates_and_words_are_texts(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    fields = fieldpost.data("definition", "show", "order.completed")["fields"]
    assert fields[0]["minimum"] == 0.1
    assert fields[0]["maximum"] == "99999999999999999999.999999999999999999"
    assert fields[1]["minimum"] == "2026-01-01"
    assert fields[2]["choices"] == ["on", "no", "007", "1e5x", "~x"]


def test_what_export_writes_changes_nothing_when_it_is_applied(fieldpost: CommandLine) -> None:
    odd = {
        **EVERY_TYPE,
        "event_name": "odd",
        "title": "no: [x] # 'é' \U0001f331",
        "description": "1e5\n\n two",
    }
    fields = [
        {"name": "code", "type": "text", "choices": ["1e5", "0x1f", "null", "2026-01-01", "12:30", "~", "<<"]}
    ]
    fieldpost.apply(SHOP)
    fieldpost.apply(json.dumps(EVERY_TYPE | {"event_name": "every.type"}), name="one.json")
    fieldpost.apply(json.dumps({**odd, "fields": fields}), name="odd.json")
    exported = fieldpost.read("definition", "export")
    changes = fieldpost.apply(exported)
    assert changes["unchanged"] == ["cart.viewed", "every.type", "odd", "order.completed"]
    assert changes["create"] == changes["update"] == []


def test_an_export_makes_the_same_section_elsewhere(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    exported = fieldpost.read("definition", "export")
    fieldpost.read("section", "create", "Lab")
    fieldpost.apply(exported, "--section", "lab")
    assert fieldpost.read("definition", "export", "--section", "lab") == exported


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.yaml", "event_name: a\ncategory: signal\n"),
        ("many.yaml", "event_name: a\ncategory: signal\n---\n---\n[{event_name: b, category: signal}]\n"),
        ("list.yaml", "- {event_name: a, category: signal}\n"),
        ("flow.yaml", "{event_name: a, category: signal}"),
        ("one.json", '{"event_name": "a", "category": "signal", "title": "\\ud83c\\udf31"}'),
        ("many.json", '{"definitions": [{"event_name": "a", "category": "signal"}]}'),
        ("anchors.yaml", "- &a {event_name: a, category: signal}\n- {<<: *a, event_name: b}\n"),
        ("bom.yaml", "\ufeffevent_name: a\ncategory: signal\n"),
    ],
)
def test_a_file_is_yaml_or_json_with_one_definition_or_many(
    fieldpost: CommandLine, name: str, text: str
) -> None:
    assert fieldpost.apply(text, name=name)["create"][0] == "a"


def test_definitions_come_from_stdin_too(fieldpost: CommandLine) -> None:
    assert fieldpost.data("definition", "apply", "-", stdin=SHOP)["create"] == [
        "order.completed",
        "cart.viewed",
    ]


def test_one_wrong_definition_keeps_all_out_and_everything_wrong_is_said(fieldpost: CommandLine) -> None:
    wrong = SHOP + "  - {event_name: third, category: dance, fields: [{name: source, type: text}]}\n  - 7\n"
    said = fieldpost.refusal("definition", "apply", fieldpost.file("shop.yaml", wrong))
    assert "shop.yaml: third: /category: " in said
    assert "shop.yaml: third: /fields/0/name: " in said
    assert "shop.yaml: definition 4: " in said
    assert fieldpost.data("definition", "list") == {"definitions": []}


def test_a_name_that_is_there_twice_is_refused(fieldpost: CommandLine) -> None:
    twice = "- {event_name: a, category: signal}\n- {event_name: a, category: signal}\n"
    assert "definitions 1 and 2" in fieldpost.refusal("definition", "apply", "-", stdin=twice)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "no definition"),
        (b"event_name: [", "line 1"),
        (b"a: 1\na: 2", "'a' is here twice"),
        (b"? [a]\n: b", "a name must be a text"),
        (b"event_name: !!python/object/apply:os.system [id]", "could not determine a constructor"),
        (b"event_name: !!timestamp 2026-01-01", "could not determine a constructor"),
        (b"event_name: !!int abc", "no whole number"),
        (b"&a [*a]", "holds itself"),
        (b"\xff\xfe", "not UTF-8"),
        (b'event_name: "a\\0b"\ncategory: signal', "U+0000"),
        (
            b"event_name: a\ncategory: signal\nfields: [{name: n, type: decimal, minimum: 1e999999999}]",
            "/minimum",
        ),
        (b"[" * 20_000, "nested"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(
    fieldpost: CommandLine, text: bytes, reason: str
) -> None:
    assert reason in fieldpost.refusal("definition", "apply", "-", stdin=text)


def test_a_small_file_that_stands_for_billions_of_values_is_refused(fieldpost: CommandLine) -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12))]
    assert "more than" in fieldpost.refusal("definition", "apply", "-", stdin="\n".join(lines))


def test_a_file_that_is_not_there_is_a_usage_error(fieldpost: CommandLine) -> None:
    assert fieldpost.run("definition", "apply", "nowhere.yaml").exit_code == 2


def test_definitions_are_listed_in_columns(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    lines = fieldpost.read("definition", "list").splitlines()
    assert [line.split()[0] for line in lines] == ["EVENT", "cart.viewed", "order.completed"]
    assert (
        len(
            {
                line.index(word)
                for line, word in zip(lines, ("CATEGORY", "signal", "transaction"), strict=True)
            }
        )
        == 1
    )


def test_a_definition_is_shown_as_the_api_answers_it(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    shown: dict[str, Any] = fieldpost.data("definition", "show", "order.completed")
    assert shown["current_version"]["number"] == 1
    assert [version["state"] for version in shown["versions"]] == ["current"]
    assert "order.completed" in fieldpost.read("definition", "show", "order.completed")
    assert "no event called nothing" in fieldpost.refusal("definition", "show", "nothing")


def test_what_has_to_be_pasted_is_shown(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    fieldpost.settings["public_url"] = "https://collect.example"
    number = fieldpost.data("definition", "show", "order.completed")["id"]
    text = fieldpost.read("definition", "show", "order.completed", "--embed")
    assert f'src="https://collect.example/s/{number}.js"' in text
    assert "script-src https://collect.example/s/ 'sha256-" in text
    assert "connect-src https://collect.example/b/" in text
    assert set(fieldpost.data("definition", "show", "order.completed", "--embed")) == {
        "event_name",
        "tag",
        "content_security_policy",
    }


def test_without_a_public_address_the_pasted_one_is_called_a_guess(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    assert "FIELDPOST_PUBLIC_URL" in fieldpost.read("definition", "show", "order.completed", "--embed")


def test_a_definition_without_web_tracking_has_nothing_to_paste(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    assert "web_tracking.enabled" in fieldpost.refusal("definition", "show", "cart.viewed", "--embed")


STRICTER = SHOP.replace("minimum: 0.10", "minimum: 1").replace(
    "category: transaction", "category: transaction\n    title: Order"
)


def test_a_dry_run_says_what_a_shorter_retention_would_delete(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    days = [f"2026-0{month}-01T00:00:00Z" for month in (1, 2, 3)]
    events = [
        {"event": "cart.viewed", "id": day, "identifiers": ALICE, "occurred_at": day, "source": "x"}
        for day in days
    ]
    path = fieldpost.file("events.jsonl", "\n".join(map(json.dumps, events)))
    fieldpost.read("import", path)
    bounded = SHOP.replace("category: signal", "category: signal\n    retention_days: 1")
    assert fieldpost.apply(bounded, "--dry-run")["deletes"] == {"cart.viewed": 3}
    said = fieldpost.read("definition", "apply", fieldpost.file("events.yaml", bounded), "--dry-run")
    assert "  Also changed, without a new version: retention_days.\n" in said
    assert "  Kept for 1 day: 3 events that are stored now occurred before" in said
    assert "deletes" not in fieldpost.apply(bounded)
    assert "deletes" not in fieldpost.apply(SHOP, "--dry-run")
    longer = bounded.replace("retention_days: 1", "retention_days: 2")
    assert "deletes" not in fieldpost.apply(longer, "--dry-run")


def test_a_dry_run_says_what_is_different_in_words(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    path = fieldpost.file("events.yaml", STRICTER)
    first, *lines = fieldpost.read("definition", "apply", path, "--dry-run").splitlines()
    assert first == "would update order.completed"
    assert any("total" in line and "stricter" in line for line in lines)
    assert "  Also changed, without a new version: title." in lines
    assert lines[-1] == "unchanged cart.viewed"


def test_applying_changed_fields_twice_meets_the_hold(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    fieldpost.apply(STRICTER)
    path = fieldpost.file("events.yaml", STRICTER.replace("minimum: 1", "minimum: 2"))
    for words in ((), ("--dry-run",)):
        held = fieldpost.run("definition", "apply", path, *words)
        assert held.exit_code == 1
        assert "order.completed: its fields" in held.output
    versions = fieldpost.data("definition", "show", "order.completed")["versions"]
    assert [one["state"] for one in versions] == ["current", "pending"]


def test_a_preview_says_what_a_file_would_do_to_what_came(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    path = fieldpost.file("events.yaml", STRICTER)
    lines = fieldpost.read("definition", "preview", path).splitlines()
    assert lines[0] == "order.completed"
    assert "  Events of the last 30 days: 0 judged, 0 accepted, 0 refused." in lines
    assert fieldpost.data("definition", "preview", path)["order.completed"]["events"]["checked"] == 0


def test_the_list_is_filtered(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)

    def names(*words: str) -> list[str]:
        return [one["event_name"] for one in fieldpost.data("definition", "list", *words)["definitions"]]

    assert names("--category", "signal") == ["cart.viewed"]
    assert names("--search", "ORDER") == ["order.completed"]
    assert names("--hidden") == []


def test_hiding_asks_and_is_for_ever(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    assert fieldpost.run("definition", "hide", "cart.viewed").exit_code == 1
    assert fieldpost.data("definition", "hide", "cart.viewed", "--yes") == {"hidden": "cart.viewed"}
    path = fieldpost.file("events.yaml", SHOP)
    again = fieldpost.run("definition", "apply", path)
    assert (again.exit_code, "for ever" in again.output) == (1, True)


def test_only_older_versions_are_retired(fieldpost: CommandLine) -> None:
    fieldpost.apply(SHOP)
    refused = fieldpost.run("definition", "retire", "cart.viewed", "1")
    assert (refused.exit_code, "in use" in refused.output) == (1, True)
