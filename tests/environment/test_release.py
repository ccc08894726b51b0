"""A release from one command, in a clone of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.environment.artefacts import bill_of
from tests.servers.fieldpost import REPOSITORY

VERSION = "9.9.9"
IDENTITY = {
    **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "ada@example.com" for who in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


class Checkout:
    """A clone on `main` whose own tests are a line that is given."""

    def __init__(self, folder: Path, tests: str) -> None:
        self.folder = folder
        done = subprocess.run(
            ["git", "clone", "--quiet", "--no-hardlinks", str(REPOSITORY), str(folder)], capture_output=True
        )
        if done.returncode:
            pytest.skip("This is no checkout of git: nothing can be released from it.")
        self.git("checkout", "--quiet", "-B", "main")
        (folder / ".ci" / "run").write_text(f"{tests}\n")
        self.git("commit", "--quiet", "--all", "--message", "Tests that take no time")

    def git(self, *words: str) -> str:
        environ = {**os.environ, **IDENTITY}
        return subprocess.run(
            ["git", *words], cwd=self.folder, env=environ, capture_output=True, text=True, check=True
        ).stdout.strip()

    def release(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.environment.release", *words],
            cwd=self.folder,
            env={**os.environ, **IDENTITY},
            capture_output=True,
            text=True,
            timeout=500,
        )

    def state(self) -> tuple[str, str, str]:
        return self.git("rev-parse", "HEAD"), self.git("tag", "--list"), self.git("status", "--porcelain")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout", "exit 0")


def test_what_is_in_the_way_is_told_together_and_nothing_is_done(checkout: Checkout) -> None:
    checkout.git("tag", f"v{VERSION}")
    checkout.git("checkout", "--quiet", "-b", "other")
    (checkout.folder / "README.md").write_text("changed")
    changelog = checkout.folder / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\n## Unreleased\n\n## 0.0.1\n\n* Old.\n")
    before = checkout.state()
    done = checkout.release(VERSION)
    assert done.returncode == 1
    for sentence in ("a tag", "made on main", "not committed", "nothing under Unreleased"):
        assert sentence in done.stderr
    assert "three numbers" in checkout.release("1.2").stderr
    assert "not later than" in checkout.release("0.0.9").stderr
    assert checkout.state() == before


def test_a_dry_run_says_that_it_could_and_does_nothing(checkout: Checkout) -> None:
    before = checkout.state()
    done = checkout.release(VERSION, "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert "could be released" in done.stdout
    assert checkout.state() == before


def test_if_its_tests_fail_everything_is_as_it_was(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "checkout", "exit 1")
    before = checkout.state()
    done = checkout.release(VERSION)
    assert done.returncode == 1
    assert "the checkout is as it was" in done.stderr
    assert checkout.state() == before


@pytest.mark.full
def test_a_release_is_whole_and_has_left_nothing_undone(checkout: Checkout) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not here.")
    done = checkout.release(VERSION)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"git push origin main v{VERSION}" in done.stdout
    assert checkout.git("tag", "--list") == f"v{VERSION}"
    assert checkout.git("rev-parse", f"v{VERSION}^{{commit}}") == checkout.git("rev-parse", "HEAD")
    assert checkout.git("status", "--porcelain") == ""
    assert f"## {VERSION} - 20" in (checkout.folder / "CHANGELOG.md").read_text()
    dist = checkout.folder / "dist"
    names = {path.name for path in dist.iterdir()}
    wheel = f"fieldpost-{VERSION}-py3-none-any.whl"
    assert names == {wheel, f"fieldpost-{VERSION}.tar.gz", f"fieldpost-{VERSION}.cdx.json", "SHA256SUMS"}
    listed = dict(line.split("  ")[::-1] for line in (dist / "SHA256SUMS").read_text().splitlines())
    assert listed == {
        name: hashlib.sha256((dist / name).read_bytes()).hexdigest() for name in names - {"SHA256SUMS"}
    }
    with zipfile.ZipFile(dist / wheel) as archive:
        assert f'__version__ = "{VERSION}"' in archive.read("collector/__init__.py").decode()
    bill = json.loads((dist / f"fieldpost-{VERSION}.cdx.json").read_text())
    purls = {one["purl"].split("@")[0] for one in bill["components"]}
    assert {"pkg:pypi/fieldpost", "pkg:pypi/flask", "pkg:pypi/peewee"} <= purls
    assert "not later than 9.9.9" in checkout.release(VERSION, "--dry-run").stderr


def test_a_bill_of_materials_names_each_library_once_in_order() -> None:
    found = {
        "installed": [
            {"metadata": {"name": "Zope.Interface", "version": "2"}},
            {"metadata": {"name": "attrs", "version": "1", "license_expression": "MIT"}},
        ]
    }
    bill = bill_of(found)
    assert [one["purl"] for one in bill["components"]] == ["pkg:pypi/attrs@1", "pkg:pypi/zope-interface@2"]
    assert bill["components"][0]["licenses"] == [{"expression": "MIT"}]
