"""A WebKit to be driven: WebKitGTK's own driver, on a screen that nobody looks at."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from selenium.webdriver import WebKitGTK
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

PATIENCE_SECONDS = 20


@contextmanager
def screen() -> Iterator[str]:
    """The name of a display; WebKitGTK does not run without one."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x860x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb ended at its start."
        yield f":{number}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def webkit(display: str) -> Iterator[WebKitGTK]:
    """A WebKit whose storage ends with it."""
    service = Service(shutil.which("WebKitWebDriver"), env={**os.environ, "DISPLAY": display})
    driver = WebKitGTK(options=Options(), service=service)
    driver.set_script_timeout(PATIENCE_SECONDS)
    driver.set_page_load_timeout(PATIENCE_SECONDS)
    try:
        yield driver
    finally:
        driver.quit()
