"""Settings: every one with a default and a sentence; every problem told at once."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from collector.settings import PREFIX, BadSettings, Settings

OPERATIONS = Path(__file__).resolve().parents[1] / "docs" / "operations.md"


def test_nothing_needs_to_be_set() -> None:
    assert Settings.from_environment({"PATH": "/bin"}) == Settings()


def test_all_problems_are_listed_together() -> None:
    with pytest.raises(BadSettings) as told:
        Settings.from_environment(
            {
                "FIELDPOST_DATABASE": "mysql://x",
                "FIELDPOST_EDIT_HOLD": "abc",
                "FIELDPOST_MAX_BODY": "0",
                "FIELDPOST_PUBLIC_URL": "shop.example",
                "FIELDPOST_COLOUR": "red",
            }
        )
    lines = str(told.value).splitlines()
    assert len(lines) == 5
    assert all(line.endswith(".") for line in lines)


def test_a_file_may_set_them_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "fieldpost.conf"
    file.write_text("# ours\nFIELDPOST_EDIT_HOLD = 60\nFIELDPOST_MAX_BODY=2048\n")
    found = Settings.from_environment({"FIELDPOST_SETTINGS": str(file), "FIELDPOST_MAX_BODY": "4096"})
    assert (found.edit_hold, found.max_body) == (60, 4096)
    with pytest.raises(BadSettings, match="cannot be read"):
        Settings.from_environment({"FIELDPOST_SETTINGS": str(tmp_path / "nothing")})


def test_every_setting_is_documented_with_its_default() -> None:
    rows = {
        line.split("|")[1].strip(" `"): line
        for line in OPERATIONS.read_text().splitlines()
        if "| `FIELDPOST_" in line
    }
    for one in dataclasses.fields(Settings):
        row = rows.pop(PREFIX + one.name.upper())
        assert f"`{one.default}`" in row or one.default == ""
        assert one.metadata["meaning"] in row
    assert rows == {}
