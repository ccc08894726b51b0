"""Other people's scripts for pages, from npm: a version each, with its checksum, kept in build/peers."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
from dataclasses import dataclass

from benchmarks.figures import REPOSITORY
from benchmarks.load import Refused

FOLDER = REPOSITORY / "build" / "peers"
PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Package:
    """A file of one version of a package; `integrity` is that of the package, as npm's lock files have it."""

    name: str
    version: str
    integrity: str
    file: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


PLAUSIBLE = Package(
    "@plausible-analytics/tracker",
    "0.4.6",
    "sha512-nbu6xGgSP6jeYuoVklZBzucUnIpo75tVu3Kr+R0EDycVKaMC/jF5Q/YCaM/8gR4fPZ1IDcXt6FdBJFZ1uZwEPA==",
    "package/plausible.js",
)
AHOY = Package(
    "ahoy.js",
    "0.4.5",
    "sha512-0gc+vSQZjeK/u0sZJKLCiGdLgfTZtwxE3iBwEuYiju1z+gMV3r4Xw1C8VpoSH6IvRkoZRFcZkgYJFWgaIj4Baw==",
    "package/dist/ahoy.min.js",
)


def script_of(package: Package) -> str:
    """The file. Raises `Refused` where the package cannot be had or is another than the one that is meant."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = FOLDER / f"{package.name.removeprefix('@').replace('/', '-')}-{package.version}.tgz"
    if not kept.exists():
        _fetch(package)
    digest = base64.b64encode(hashlib.sha512(kept.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        kept.unlink()
        raise Refused(f"{package} from npm has another checksum than the one that was measured.")
    with tarfile.open(kept) as archive:
        file = archive.extractfile(package.file)
        assert file is not None
        return file.read().decode()


def _fetch(package: Package) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Refused("npm, which brings the scripts to compare with, is not here.")
    command = [npm, "pack", "--silent", f"{package.name}@{package.version}"]
    done = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    if done.returncode != 0:
        raise Refused(f"npm could not bring {package}: {done.stderr.strip()[-300:]}")
