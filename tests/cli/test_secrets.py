"""`fieldpost secret`."""

from __future__ import annotations

from collector import clock
from collector.store.opening import open_store
from tests.cli.conftest import CommandLine


def test_the_secret_is_printed_alone_so_that_a_program_can_read_it(fieldpost: CommandLine) -> None:
    shown = fieldpost.read("secret", "show")
    assert shown.startswith("fps_")
    assert len(shown.split()) == 1
    assert fieldpost.read("secret", "show", "--section", "shop") == shown


def test_a_rotation_prints_the_next_one_and_how_long_the_old_one_is_good(fieldpost: CommandLine) -> None:
    old = fieldpost.read("secret", "show").strip()
    result = fieldpost.run("secret", "rotate")
    assert result.exit_code == 0
    assert "good until" in result.stderr
    new, former = fieldpost.data("secret", "show")["secrets"]
    assert (new["secret"], former["secret"]) == (result.stdout.strip(), old)
    assert (new["number"], former["number"]) == (2, 1)
    assert new["good_until"] is None
    assert former["good_until"] is not None


def test_the_editor_gets_a_new_seal(fieldpost: CommandLine) -> None:
    before = _seal(fieldpost)
    assert "new seal" in fieldpost.read("secret", "seal")
    assert _seal(fieldpost) != before


def test_a_new_seal_is_in_the_audit_log_of_every_section(fieldpost: CommandLine) -> None:
    fieldpost.read("section", "create", "Club")
    fieldpost.read("secret", "seal")
    store = open_store(fieldpost.settings["database"], clock.now, clock.tick)
    newest = [store.audit.page(one.id, 1, None).items[0] for one in store.sections.all()]
    store.close()
    assert [(one.action, one.actor.door) for one in newest] == [("editor.sealed", "command line")] * 2


def _seal(fieldpost: CommandLine) -> bytes:
    store = open_store(fieldpost.settings["database"], clock.now, clock.tick)
    seal = store.editing.seal()
    store.close()
    return seal


def test_a_section_that_is_not_there_has_no_secret(fieldpost: CommandLine) -> None:
    assert "no section 'x'" in fieldpost.refusal("secret", "show", "--section", "x")
