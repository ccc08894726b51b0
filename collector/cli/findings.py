"""What one check of `fieldpost doctor` found, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from collector.settings import Settings
from collector.store.opening import Store

State = Literal["good", "doubtful", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `details` are lines for people."""

    name: str
    state: State
    sentence: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """What is looked at: of one section only, where it is given. `clock` gives microseconds."""

    settings: Settings
    store: Store
    clock: Callable[[], int]
    section_id: str | None = None
