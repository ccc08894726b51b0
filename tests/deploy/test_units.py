"""The systemd units: what they run works, they are closed, and systemd has nothing to say."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from collector.settings import PREFIX, Settings
from tests.deploy.files import DEPLOY, PROGRAM, STOPPING_SECONDS, run, serving, settings_file, unit, words_of

SERVICES = ["fieldpost.service", "fieldpost-backup.service"]
CLOSED = {
    "User": "fieldpost",
    "UMask": "0077",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallFilter": "@system-service",
    "StateDirectoryMode": "0700",
    "Environment": "FIELDPOST_SETTINGS=/etc/fieldpost/fieldpost.conf",
}
EXPOSURE = 20
"""What `systemd-analyze security` may find, in tenths: below 2.0."""

no_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not here (on Debian: apt-get install systemd): only read, not verified.",
)


def test_every_setting_that_the_files_name_exists() -> None:
    known = {PREFIX + one.name.upper() for one in dataclasses.fields(Settings)} | {PREFIX + "SETTINGS"}
    for path in DEPLOY.iterdir():
        named = set(re.findall(r"FIELDPOST_[A-Z_]+", path.read_text()))
        assert named <= known, path.name


def test_the_example_of_settings_can_be_used_as_it_stands(tmp_path: Path) -> None:
    text = (DEPLOY / "fieldpost.conf").read_text()
    other = re.sub(
        r"^# (?=FIELDPOST_)", "", re.sub(r"^FIELDPOST_DATABASE.*\n", "", text, flags=re.M), flags=re.M
    )
    for content, beginning in ((text, "sqlite:////var/lib/"), (other, "postgresql://")):
        (tmp_path / "fieldpost.conf").write_text(content)
        found = Settings.from_environment({"FIELDPOST_SETTINGS": str(tmp_path / "fieldpost.conf")})
        assert found.database.startswith(beginning)
        assert found.trusted_proxies == 1


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_is_closed(name: str) -> None:
    directives = unit(name)
    assert {key: directives[key][0] for key in CLOSED} == CLOSED
    assert not any(
        "PASSWORD" in value or "postgresql:" in value for values in directives.values() for value in values
    )


def test_the_server_has_the_time_that_it_needs_to_stop() -> None:
    directives = unit("fieldpost.service")
    assert directives["KillMode"] == ["mixed"]
    assert int(directives["TimeoutStopSec"][0]) > Settings().drain + STOPPING_SECONDS


@no_systemd
def test_systemd_has_nothing_to_say(tmp_path: Path) -> None:
    for path in (*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")):
        (tmp_path / path.name).write_text(path.read_text().replace(PROGRAM, "/bin/true"))
    paths = sorted(map(str, tmp_path.iterdir()))
    assert len(paths) == len(SERVICES) + 1
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *paths], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for name in SERVICES:
        words = ["security", "--offline=yes", f"--threshold={EXPOSURE}", str(tmp_path / name)]
        done = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@no_systemd
def test_the_timer_is_due_every_night() -> None:
    (when,) = unit("fieldpost-backup.timer")["OnCalendar"]
    done = subprocess.run(["systemd-analyze", "calendar", when], capture_output=True, text=True)
    assert "Next elapse" in done.stdout, done.stderr


def test_the_server_and_the_backup_run_as_their_units_say(tmp_path: Path) -> None:
    """One after the other, as at night: the backup while the server goes on."""
    environ = settings_file(tmp_path, f"sqlite:///{tmp_path / 'fieldpost.db'}")
    backups = tmp_path / "fieldpost-backups"
    backups.mkdir()
    (start,) = unit("fieldpost.service")["ExecStart"]
    patience = int(unit("fieldpost.service")["TimeoutStopSec"][0])
    with serving(words_of(start), tmp_path, environ, patience):
        for command in unit("fieldpost-backup.service")["ExecStart"]:
            here = [word.replace("/var/lib/fieldpost-backups", str(backups)) for word in words_of(command)]
            run(here, tmp_path, environ)
    names = sorted(one.name for one in backups.iterdir())
    assert names[0] == "erasures.json"
    assert re.fullmatch(r"fieldpost-\d{8}T\d{6}Z\.db\.gz", names[1])
    assert {one.stat().st_mode & 0o777 for one in backups.iterdir()} == {0o600}
