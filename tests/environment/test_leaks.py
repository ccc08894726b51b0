"""A secret that was left in a file is found before it is landed, whichever it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from collector.store.secrets import PREFIX
from tests.environment.leaks import FORMS, REPOSITORY, files, leaks_in
from tests.servers.commands import fieldpost

LETTERS = "aB3" * 30
PLANTED = {
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "a key of AWS": "AKIA" + "Q7" * 8,
    "a token of GitHub": "ghp_" + LETTERS[:36],
    "a token of GitLab": "glpat-" + LETTERS[:20],
    "a token of PyPI": "pypi-AgEIcHlwaS5vcmc" + LETTERS[:60],
    "a token of Slack": "xoxb-" + "1234567890-" * 2,
    "a key of Stripe": "sk_live_" + LETTERS[:24],
    "a signed token (JWT)": ".".join(["eyJ" + LETTERS[:20]] * 2 + [LETTERS[:30]]),
    "an address with a password": "postgresql://ada:" + "correct-horse@db/fieldpost",
    "a webhook's secret": "whsec_" + LETTERS[:43],
}
OURS = {"a key of Fieldpost", "a section's secret of Fieldpost"}


def found_in(folder: Path, content: str) -> list[str]:
    (folder / "file.txt").write_text(content)
    return [leak.kind for leak in leaks_in(folder, folder / "file.txt")]


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_found(tmp_path: Path, kind: str) -> None:
    assert found_in(tmp_path, f"one line\nvalue = '{PLANTED[kind]}'\n") == [kind]


def test_every_kind_is_planted_somewhere() -> None:
    assert FORMS.keys() == PLANTED.keys() | OURS


def test_what_fieldpost_makes_is_found(tmp_path: Path) -> None:
    """Real ones, made by the product: if their form changes, so must what is looked for."""
    database = f"sqlite:///{tmp_path / 'fieldpost.db'}"
    fieldpost(tmp_path, database, "section", "create", "Shop")
    key = fieldpost(tmp_path, database, "key", "create", "--name", "till")["key"]
    secret = fieldpost(tmp_path, database, "secret", "show")["secrets"][0]["secret"]
    assert secret.startswith(PREFIX)
    assert found_in(tmp_path, f"KEY={key}\n") == ["a key of Fieldpost"]
    assert found_in(tmp_path, f"SECRET={secret}\n") == ["a section's secret of Fieldpost"]


def test_it_says_where_and_does_not_repeat_it(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text(f"one\ntwo {PLANTED['a token of GitHub']}\n")
    (leak,) = leaks_in(tmp_path, tmp_path / "file.txt")
    assert str(leak) == "file.txt:2: this looks like a token of GitHub."


@pytest.mark.parametrize(
    "content",
    [
        "AKIAIOSFODNN7EXAMPLE  # no secret",
        "no secret: an example\nAKIAIOSFODNN7EXAMPLE",  # no secret
        "postgresql://fieldpost:PASSWORD@db/fieldpost",
        "postgresql://fieldpost:%s@db/fieldpost",
        "postgresql://{user}:{password}@db/fieldpost",
        "https://example.com:8000/a@b",
        "fp_short",
    ],
)
def test_what_is_none_is_left_alone(tmp_path: Path, content: str) -> None:
    assert found_in(tmp_path, content) == []


def test_a_checkout_with_one_does_not_pass_the_check(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("ignored\n")
    (tmp_path / "ignored").write_text(PLANTED["a key of AWS"])
    (tmp_path / "new.txt").write_text(PLANTED["a key of AWS"])
    assert [path.name for path in files(tmp_path)] == [".gitignore", "new.txt"]
    folder = tmp_path / "tests" / "environment"
    folder.mkdir(parents=True)
    (folder / "leaks.py").write_text((REPOSITORY / "tests" / "environment" / "leaks.py").read_text())
    words = [sys.executable, "-m", "tests.environment.leaks"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "new.txt:1: this looks like a key of AWS." in done.stderr


def test_there_is_none_here() -> None:
    assert [str(leak) for path in files(REPOSITORY) for leak in leaks_in(REPOSITORY, path)] == []
