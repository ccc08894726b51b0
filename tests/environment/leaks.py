"""Secrets that were left in a file: `python -m tests.environment.leaks`, a part of `make check`.

Looked at is every file that git knows or would add, for what real secrets look like: our own, by the forms in
which we make them, and those of others that have a form of their own. What only looks like one (in a test, in
an example) says so on its line, or on the one before: `no secret`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
KNOWN = b"no secret"
LARGEST = 2_000_000

FORMS = {
    "a key of Fieldpost": rb"\bfp_[0-9a-z]{13}[A-Za-z0-9_-]{32}",
    "a section's secret of Fieldpost": rb"\bfps_[A-Za-z0-9_-]{43}",
    "a webhook's secret": rb"\bwhsec_[A-Za-z0-9+/]{32,}",
    "a private key": rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a key of AWS": rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of GitHub": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})",
    "a token of GitLab": rb"\bglpat-[A-Za-z0-9_-]{20}",
    "a token of PyPI": rb"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}",
    "a token of Slack": rb"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "a key of Stripe": rb"\b[rs]k_live_[A-Za-z0-9]{20,}",
    "a signed token (JWT)": rb"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    "an address with a password": rb"\b[a-z][a-z0-9+]{2,20}://[^\s:/@\"'<>{}$]{1,64}:(?!PASSWORD@)[^\s:/@\"'<>{}$%\xe2]{8,64}@",
}
"""What it is → what it looks like."""

_ANY = re.compile(b"|".join(b"(?:%s)" % form for form in FORMS.values()))
_EACH = {name: re.compile(form) for name, form in FORMS.items()}


@dataclass(frozen=True, slots=True)
class Leak:
    """Where a secret is, and of which kind; the secret itself is not repeated."""

    path: str
    line: int
    kind: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: this looks like {self.kind}."


def main() -> None:
    found = [leak for path in files(REPOSITORY) for leak in leaks_in(REPOSITORY, path)]
    for leak in found:
        print(leak, file=sys.stderr)
    if found:
        sys.exit(
            "Take it out and revoke it: whoever has the history has it. If it is none, say `no secret` there."
        )


def files(repository: Path) -> list[Path]:
    """Every file that git knows, or would add; none where this is no checkout."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(words, cwd=repository, check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return sorted({repository / name.decode() for name in listed.split(b"\0") if name})


def leaks_in(repository: Path, path: Path) -> Iterator[Leak]:
    if not path.is_file() or path.stat().st_size > LARGEST:
        return
    content = path.read_bytes()
    if b"\0" in content[:1000] or not _ANY.search(content):
        return
    name = path.relative_to(repository).as_posix()
    before = b""
    for number, line in enumerate(content.splitlines(), start=1):
        is_known, before = KNOWN in line or KNOWN in before, line
        if not is_known:
            yield from (Leak(name, number, kind) for kind, form in _EACH.items() if form.search(line))


if __name__ == "__main__":
    main()
