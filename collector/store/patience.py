"""Threads that serve everybody at once, and must never stand still for one request.

Such a thread says so, once. From then on, whatever would wait there (for the database, or for a lock that is
held while somebody asks it) raises `WouldWait` instead, and the request goes to a thread that may wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

_thread = threading.local()
_others = ThreadPoolExecutor(1, thread_name_prefix="ahead")


class WouldWait(BaseException):
    """This cannot be had without waiting. It is no fault, so that no `except Exception` takes it for one."""


def never_wait() -> None:
    """From now on, this thread waits for nobody."""
    _thread.is_hurried = True


def is_hurried() -> bool:
    """Whether this thread waits for nobody."""
    return getattr(_thread, "is_hurried", False)


def wait() -> None:
    """Stands before whatever may take long. Raises `WouldWait` in a thread that waits for nobody."""
    if is_hurried():
        raise WouldWait


def ahead(call: Callable[[], object]) -> None:
    """Has something asked in another thread, before anybody has to wait for the answer.

    If it fails, whoever needs the answer finds that out: nothing is heard of it here.
    """
    _others.submit(call)


@contextmanager
def held(lock: threading.Lock) -> Iterator[None]:
    """Holds a lock that others may hold for long. Raises `WouldWait` in a thread that waits for nobody."""
    if not lock.acquire(blocking=not is_hurried()):
        raise WouldWait
    try:
        yield
    finally:
        lock.release()
