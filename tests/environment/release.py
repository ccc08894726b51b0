"""A release: `make release VERSION=1.2.3`, or with ARGS=--dry-run to see whether it could be made.

It changes the version and the changelog in a commit, tests that commit, builds it twice, tries out the wheel,
lists what is in it, and sets a tag. Nothing leaves this machine: what is left to do is printed. If anything
goes wrong on the way, the checkout is as it was.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.environment.artefacts import SUMS, Unfit, build, try_out, write_sums

REPOSITORY = Path(__file__).resolve().parents[2]
VERSION_FILE = REPOSITORY / "collector" / "__init__.py"
CHANGELOG = REPOSITORY / "CHANGELOG.md"
DIST = REPOSITORY / "dist"
VERSION = re.compile(r'^__version__ = "([^"]+)"$', flags=re.M)
NUMBER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
COMING = "## Unreleased\n"
BRANCH = "main"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="make release", description=__doc__)
    parser.add_argument("version", help="as 1.2.3")
    parser.add_argument("--dry-run", action="store_true", help="only say whether it could be made")
    given = parser.parse_args(arguments)
    problems = obstacles(given.version)
    if problems:
        sys.exit("\n".join([f"{given.version} cannot be released:", *(f"  {one}" for one in problems)]))
    if given.dry_run:
        print(f"{given.version} could be released: nothing was tested, built or changed.")
        return
    before = git("rev-parse", "HEAD")
    try:
        release(given.version)
    except BaseException as error:
        git("reset", "--quiet", "--hard", before)
        if isinstance(error, Unfit | subprocess.CalledProcessError):
            sys.exit(f"{error}\nNothing was released; the checkout is as it was.")
        raise
    print(what_is_left(given.version))


def obstacles(version: str) -> list[str]:
    """Everything that is in the way, a sentence each."""
    found = []
    current = VERSION.search(VERSION_FILE.read_text())
    assert current is not None
    if not NUMBER.fullmatch(version):
        found.append("A version is three numbers: 1.2.3.")
    elif _parts(version) < _parts(current[1]) or (
        _parts(version) == _parts(current[1]) and git("tag", "--list")
    ):
        found.append(f"It is not later than {current[1]}.")
    if git("tag", "--list", f"v{version}"):
        found.append(f"There is a tag v{version} already.")
    if git("branch", "--show-current") != BRANCH:
        found.append(f"Releases are made on {BRANCH}.")
    if git("status", "--porcelain"):
        found.append("There are changes that are not committed.")
    if not news(CHANGELOG.read_text()):
        found.append("CHANGELOG.md has nothing under Unreleased.")
    return found


def news(changelog: str) -> str:
    """What is under Unreleased."""
    _, _, rest = changelog.partition(COMING)
    return rest.partition("\n## ")[0].strip()


def release(version: str) -> None:
    """Raises `Unfit`, `CalledProcessError`."""
    write_version(version)
    git("commit", "--quiet", "--all", "--message", f"Release {version}")
    print(f"Testing {version}.", flush=True)
    subprocess.run(["bash", ".ci/run"], cwd=REPOSITORY, check=True)
    print("Building it twice and trying it out.", flush=True)
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    made = build(REPOSITORY, "HEAD", DIST)
    (wheel,) = (path for path in made if path.suffix == ".whl")
    bill = try_out(wheel)
    (DIST / f"fieldpost-{version}.cdx.json").write_text(json.dumps(bill, indent=1) + "\n")
    write_sums(DIST)
    how = "--sign" if git("config", "--default", "", "--get", "user.signingkey") else "--annotate"
    git("tag", how, f"v{version}", "--message", f"Fieldpost {version}\n\n{news_of(version)}")


def write_version(version: str) -> None:
    """The version in its one place, and what was unreleased under its name."""
    VERSION_FILE.write_text(VERSION.sub(f'__version__ = "{version}"', VERSION_FILE.read_text()))
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    CHANGELOG.write_text(CHANGELOG.read_text().replace(COMING, f"{COMING}\n## {version} - {day}\n", 1))


def news_of(version: str) -> str:
    _, _, rest = CHANGELOG.read_text().partition(f"## {version} - ")
    return rest.partition("\n")[2].partition("\n## ")[0].strip()


def what_is_left(version: str) -> str:
    names = "\n".join(f"  dist/{path.name}" for path in sorted(DIST.iterdir()))
    return f"""\
{version} is made, and has not left this machine:
{names}

Look at it (git show v{version}), then:
  git push origin {BRANCH} v{version}
  and publish what is in dist/, {SUMS} with it.
To take it back: git tag --delete v{version} && git reset --hard HEAD~1"""


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode:
        raise Unfit(f"git {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(one) for one in re.findall(r"\d+", version))


if __name__ == "__main__":
    main(sys.argv[1:])
