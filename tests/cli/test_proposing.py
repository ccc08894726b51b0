"""`fieldpost definition propose`: a definition drawn up, as YAML that `apply` takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cast import ALICE, open_shop
from tests.cli.conftest import CommandLine

LINES = b'{"days": 3, "boat": "Ada"}\n\n{"days": 1, "price": "149.90"}\n'


def test_samples_become_a_file_that_can_be_applied(fieldpost: CommandLine) -> None:
    path = fieldpost.file("boats.jsonl", LINES.decode())
    said = fieldpost.run("definition", "propose", "boat.rented", "--samples", path)
    assert said.exit_code == 0, said.stderr
    assert "From 2 samples." in said.stderr
    assert "days: decimal would fit as well." in said.stderr
    assert fieldpost.apply(said.stdout)["create"] == ["boat.rented"]
    fields = fieldpost.data("definition", "show", "boat.rented")["fields"]
    assert [(one["name"], one["type"]) for one in fields] == [
        ("days", "integer"),
        ("boat", "text"),
        ("price", "text"),
    ]


def test_a_schema_is_read_and_what_it_cannot_say_is_told(fieldpost: CommandLine) -> None:
    schema = {"properties": {"days": {"type": "integer", "multipleOf": 2}, "crew": {"type": "array"}}}
    path = fieldpost.file("boats.json", json.dumps(schema))
    said = fieldpost.run("definition", "propose", "boat.rented", "--schema", path)
    assert "/properties/days/multipleOf: A field has no such rule; it was left out." in said.stderr
    proposal = fieldpost.data("definition", "propose", "boat.rented", "--schema", path)
    assert proposal["definition"]["extra_fields"] == "keep"
    assert [note["pointer"] for note in proposal["notes"]] == [
        "/properties/days/multipleOf",
        "/properties/crew",
    ]


def test_without_a_file_what_came_is_looked_at(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fieldpost.db'}"
    shop = open_shop(url)
    shop.send(shop.key(), {"event": "boat.rented", "id": "1", "identifiers": ALICE, "data": {"days": 3}})
    shop.store.close()
    fieldpost = CommandLine(tmp_path, {"database": url})
    proposal = fieldpost.data("definition", "propose", "boat.rented")
    assert proposal["fields"] == [{"name": "days", "fits": ["integer", "decimal"], "seen": 1}]
    assert fieldpost.apply(fieldpost.run("definition", "propose", "boat.rented").stdout)["create"]
    assert fieldpost.data("definition", "propose", "boat.rented")["samples"] == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": 1}\n{"a": }\n', "Line 2"),
        ('{"a": "\\u0000"}', "U+0000"),
    ],
)
def test_a_file_that_is_wrong_is_told_with_its_place(
    fieldpost: CommandLine, text: str, sentence: str
) -> None:
    path = fieldpost.file("boats.jsonl", text)
    assert sentence in fieldpost.refusal("definition", "propose", "boat.rented", "--samples", path)


def test_samples_and_a_schema_at_once_are_one_too_many(fieldpost: CommandLine) -> None:
    path = fieldpost.file("boats.json", "{}")
    refused = fieldpost.refusal("definition", "propose", "boat.rented", "--samples", path, "--schema", path)
    assert "not both" in refused
