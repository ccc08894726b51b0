"""`fieldpost section` and `fieldpost key`."""

from __future__ import annotations

import pytest

from collector.core.permissions import SCOPES
from tests.cli.conftest import CommandLine

DEFINITION = "{event_name: order.completed, category: transaction}"


def test_a_sections_id_is_a_slug_of_its_name(empty: CommandLine) -> None:
    assert empty.data("section", "create", "Ängelholms Blommor") == {"id": "angelholms-blommor"}


def test_sections_are_listed_with_what_they_do_with_unknown_events(empty: CommandLine) -> None:
    empty.read("section", "create", "Shop")
    empty.read("section", "create", "Lab", "--undefined-events", "accept")
    listed = empty.data("section", "list")["sections"]
    assert [(one["id"], one["undefined_events"]) for one in listed] == [("lab", "accept"), ("shop", "reject")]
    assert empty.read("section", "list").splitlines()[1:] == ["lab      Lab", "shop     Shop"]


def test_a_section_is_made_once(fieldpost: CommandLine) -> None:
    assert "a section 'shop' already" in fieldpost.refusal("section", "create", "shop")


@pytest.mark.parametrize("name", ["", "  ", "a\x00b", "two\nlines", "\udcff", "x" * 201])
def test_a_name_that_cannot_be_shown_is_a_usage_error(empty: CommandLine, name: str) -> None:
    result = empty.run("section", "create", name)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_name_without_letters_makes_no_section(empty: CommandLine) -> None:
    assert "No id can be made" in empty.refusal("section", "create", "!!!")


def test_without_a_section_the_next_step_is_said(empty: CommandLine) -> None:
    assert "fieldpost section create NAME" in empty.refusal("key", "create", "--name", "Till")


def test_with_several_sections_one_has_to_be_named(fieldpost: CommandLine) -> None:
    fieldpost.read("section", "create", "Lab")
    assert "lab, shop" in fieldpost.refusal("key", "create", "--name", "Till")
    assert fieldpost.data("key", "create", "--name", "Till", "--section", "lab")["key"]
    assert "no section 'moon'" in fieldpost.refusal("key", "create", "--name", "Till", "--section", "moon")


def test_a_key_is_printed_once_and_kept_as_a_hash(fieldpost: CommandLine) -> None:
    made = fieldpost.data("key", "create", "--name", "Till")
    assert made["key"].startswith("fp_")
    assert set(made) == {"id", "key"}
    files = [path.read_bytes() for path in fieldpost.folder.glob("fieldpost.db*")]
    assert files
    assert not any(made["key"].encode() in content for content in files)


def test_only_the_secret_is_on_stdout(fieldpost: CommandLine) -> None:
    result = fieldpost.run("key", "create", "--name", "Till")
    assert result.stdout.startswith("fp_")
    assert len(result.stdout.splitlines()) == 1
    assert "fieldpost key revoke" in result.stderr


def test_a_key_is_limited_as_it_was_asked(fieldpost: CommandLine) -> None:
    fieldpost.apply(DEFINITION)
    limits = ("--grant", "email:read,write", "--grant", "crm_id:read", "--scope", "ingest,read")
    made = fieldpost.data("key", "create", "--name", "Till", *limits, "--event", "order.completed")
    assert made["key"]
    assert "no event called order.lost" in fieldpost.refusal(
        "key", "create", "--name", "Till", "--event", "order.lost"
    )


def test_a_bad_grant_or_scope_says_what_there_is(fieldpost: CommandLine) -> None:
    said = fieldpost.refusal("key", "create", "--name", "Till", "--grant", "email:fly")
    assert "/grants/0" in said
    assert "operations: read, write" in said
    said = fieldpost.refusal("key", "create", "--name", "Till", "--scope", "ingest,everything")
    assert "'everything'" in said
    assert ", ".join(SCOPES) in said


def test_a_key_is_revoked_by_its_id_without_a_section(fieldpost: CommandLine) -> None:
    fieldpost.read("section", "create", "Lab")
    made = fieldpost.data("key", "create", "--name", "Till", "--section", "shop")
    assert fieldpost.data("key", "revoke", made["id"]) == {"id": made["id"], "revoked": True}
    fieldpost.read("key", "revoke", made["id"])
    assert "There is no key" in fieldpost.refusal("key", "revoke", "0000000000000")
    assert "There is no key" in fieldpost.refusal("key", "revoke", made["key"])


def test_a_key_is_limited_by_the_minute_and_that_can_be_changed(fieldpost: CommandLine) -> None:
    made = fieldpost.data("key", "create", "--name", "Till", "--rate-limit", "600")

    def limit() -> object:
        return fieldpost.data("key", "list")["keys"][0]["rate_limit"]

    assert limit() == 600
    assert fieldpost.data("key", "limit", made["id"], "0") == {"id": made["id"], "rate_limit": 0}
    assert limit() == 0
    fieldpost.read("key", "limit", made["id"], "default")
    assert limit() is None
    assert "as all keys" in fieldpost.read("key", "list")
    assert made["key"] not in fieldpost.read("key", "list")
    assert "'many' is no number" in fieldpost.refusal("key", "limit", made["id"], "many")
    assert "There is no key" in fieldpost.refusal("key", "limit", "0000000000000", "600")
