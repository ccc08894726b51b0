"""How the triggers of definitions do: when each fired last and where, and which have gone silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.core import ids
from collector.core.definitions import Definition
from collector.store.firings import Firing
from collector.web.parts import parts
from snippet.triggers import Trigger, numbered

MOST = 1_000

Triggers = tuple[Mapping[str, Any], ...]
Numbers = Mapping[int, int | None]

_numbers: dict[str, tuple[Triggers, Numbers]] = {}


@dataclass(frozen=True, slots=True)
class TriggerHealth:
    """One trigger as its definition has it, and what is known of it; None: it has never fired."""

    definition: Definition
    trigger: Mapping[str, Any]
    firing: Firing | None
    is_silent: bool


def trigger_numbers(definition: Definition) -> Numbers:
    """The number that events have of a trigger → its place in the definition, None for marked elements.

    Remembered as long as the triggers stay: beacons ask.
    """
    wanted = definition.draft.web_tracking.triggers
    of_triggers, known = _numbers.get(definition.id, ((), {}))
    if of_triggers == wanted:
        return known
    triggers = [Trigger.of(one) for one in wanted]
    found = numbered(tuple(triggers)).items()
    known = {number: triggers.index(one) if one in triggers else None for number, one in found}
    if len(_numbers) >= MOST:
        _numbers.clear()
    _numbers[definition.id] = (wanted, known)
    return known


def health_of(definition: Definition) -> list[TriggerHealth]:
    """The triggers of a definition in their order."""
    return _health([definition], pages_seen(definition.section_id))


def silent_triggers(section_id: str) -> list[TriggerHealth]:
    """The triggers of a section that used to fire and do no more, while their pages are looked at."""
    tracked = [one for one in parts().store.definitions.all(section_id) if one.draft.web_tracking.triggers]
    return [one for one in _health(tracked, pages_seen(section_id)) if one.is_silent] if tracked else []


def pages_seen(section_id: str) -> Mapping[str, int]:
    """Origin → when its pages last sent something or loaded a snippet of the section (microseconds)."""
    store = parts().store
    seen = dict(store.installs.loaded(section_id))
    tracked = [one for one in store.definitions.all(section_id) if one.draft.web_tracking.enabled]
    numbers = [number for one in tracked for number in (one.id, *(version.id for version in one.versions))]
    for one in store.installs.seen(numbers) if numbers else ():
        seen[one.origin] = max(one.seen_at, seen.get(one.origin, 0))
    return seen


def _health(definitions: Sequence[Definition], seen: Mapping[str, int]) -> list[TriggerHealth]:
    known = parts().store.firings.of_all(definitions)
    return [
        health
        for definition in definitions
        for health in _of_one(definition, known.get(ids.decode(definition.id) or 0, {}), seen)
    ]


def _of_one(
    definition: Definition, firings: Mapping[int, Firing], seen: Mapping[str, int]
) -> list[TriggerHealth]:
    now = parts().now()
    triggers = definition.draft.web_tracking.triggers
    of_place = {place: firings.get(number) for number, place in trigger_numbers(definition).items()}
    # Triggers that are set off by the same have one number, which is that of the first.
    causes = [_cause(one) for one in triggers]
    found = []
    for trigger, cause in zip(triggers, causes, strict=True):
        firing = of_place.get(causes.index(cause))
        is_silent = firing is not None and firing.is_silent(now, seen.get(firing.origin))
        found.append(TriggerHealth(definition, trigger, firing, is_silent))
    return found


def _cause(trigger: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(trigger.get(name) for name in ("on", "selector", "address", "seconds"))
