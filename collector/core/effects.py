"""What a draft would do to payloads that came already: how many it would accept or refuse, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from collector.core.judge import Rules
from collector.core.problems import Fault

SHOWN_REASONS = 20
KNOWN_REASONS = 1000

_OF_ANOTHER_VERSION = frozenset({"version-pending", "version-retired", "version-unknown", "goal-not-allowed"})
"""What depended on the version that judged, and says nothing about the draft."""

_GOAL_NOT_ALLOWED = Fault("goal-not-allowed", "/goal_type", "This event's goal comes from its definition.")


@dataclass(frozen=True, slots=True)
class Sample:
    """A payload that came, as far as it can be judged again.

    `data` is the JSON text of its data; None where there was none and none was needed, as with a deletion.
    `brings_goal`: whether it gave a goal of its own. `faults` is what it was refused for, if it was.
    `is_cut`: it was too large to be kept whole, and nothing can be said about it.
    """

    event_id: str | None
    data: bytes | None
    brings_goal: bool = False
    faults: tuple[Fault, ...] = ()
    is_cut: bool = False


@dataclass(slots=True)
class _Reason:
    count: int
    example: str | None


@dataclass(slots=True)
class Effect:
    """What was found so far. `is_complete`: whether everything that there is was looked at."""

    accepted: int = 0
    refused: int = 0
    is_complete: bool = True
    _reasons: dict[tuple[str, str], _Reason] = field(default_factory=dict)

    @property
    def checked(self) -> int:
        return self.accepted + self.refused

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """The most frequent first, at most 20: `code`, `pointer`, `count` of payloads, `example`.

        The example is the event id of the first payload that met it; a payload can have several reasons.
        """
        ranked = sorted(self._reasons.items(), key=lambda item: (-item[1].count, item[0][1], item[0][0]))
        return [
            {"code": code, "pointer": pointer, "count": reason.count, "example": reason.example}
            for (code, pointer), reason in ranked[:SHOWN_REASONS]
        ]

    def add(self, event_id: str | None, faults: Iterable[Fault]) -> None:
        """Counts one payload, which is refused for these `faults`, or accepted if there are none."""
        places = {self._place(fault) for fault in faults}
        if not places:
            self.accepted += 1
            return
        self.refused += 1
        for place in places:
            self._reasons.setdefault(place, _Reason(0, event_id)).count += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "checked": self.checked,
            "accepted": self.accepted,
            "refused": self.refused,
            "is_complete": self.is_complete,
            "reasons": self.reasons,
        }

    def _place(self, fault: Fault) -> tuple[str, str]:
        """Where a fault is counted. Names in data are anybody's: after a thousand places none is added."""
        place = (fault.code, fault.pointer)
        if place in self._reasons or len(self._reasons) < KNOWN_REASONS:
            return place
        return (fault.code, "/data" if fault.pointer.startswith("/data/") else "")


def effect_on(rules: Rules, samples: Iterable[Sample], most: int | None = None) -> Effect:
    """What `rules` would do to the samples, of which at most the first `most` are looked at.

    The payload's data and its goal are judged again. What it was refused for elsewhere (its id, its
    identifiers, its times) is not the draft's to mend: it is refused for that still, and that alone is told.
    """
    effect = Effect()
    for position, sample in enumerate(samples):
        if position == most:
            effect.is_complete = False
            break
        if sample.is_cut:
            effect.is_complete = False
        else:
            effect.add(sample.event_id, list(_elsewhere(sample)) or _faults(rules, sample))
    return effect


def _elsewhere(sample: Sample) -> Iterator[Fault]:
    for fault in sample.faults:
        in_data = fault.pointer == "/data" or fault.pointer.startswith("/data/")
        if not in_data and fault.code not in _OF_ANOTHER_VERSION:
            yield fault


def _faults(rules: Rules, sample: Sample) -> list[Fault]:
    faults: list[Fault] = []
    if sample.data is not None:
        rules.judge_data(sample.data, faults)
    if sample.brings_goal and rules.goal is not None:
        return [*faults, _GOAL_NOT_ALLOWED]
    return faults
