"""Replay: refused payloads are judged again, by the version and the rights of now, and stored if they pass.

Through the one judge and the one commit. What a payload was at the time stays so: when it came, which way,
who vouched for whom. Which version it named does not count any more: the current one does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.effects import Effect
from collector.core.events import WEB_SPACE, Outcome, Rejection, Replayed, Verdict, Write
from collector.core.judge import Caller, reject
from collector.core.payloads import BEACON, IMPORT, TOLD, VOUCHED, BeaconPayload, Payload
from collector.core.pixel_values import PIXEL, value_of
from collector.core.problems import Fault
from collector.core.strict_json import read
from collector.core.versions import current
from collector.intake.accept import Intake
from collector.intake.commit import REFUSED
from collector.metrics import counting
from collector.store.commit import Unstorable
from collector.store.keeping import NO_DEFINITION
from collector.store.opening import Store
from collector.store.rejections import Replayable, Selection
from collector.store.replays import Again, Asked

MOST = 5_000
"""So many rejections are judged in one request at the most."""
MOST_TEXT = 50_000_000
"""So many characters of payloads, too."""
OFFERED = 200
"""So many are judged at most where nobody asked for it."""
TOGETHER = 250  # in one transaction: other requests wait for so long at the most

_ENCODER = msgspec.json.Encoder(decimal_format="number")

PARTIAL = Fault(
    "payload-partial", "", "Not all of this payload was kept: it was too large, or could not be read."
)
CANNOT_BE_JUDGED = Outcome("rejected", None, (PARTIAL,))
KEY_REVOKED = Fault("key-revoked", "", "The key that brought it was revoked, and writes nothing any more.")


@dataclass(slots=True)
class Replay:
    """What became of the rejections that were judged, or would become of them.

    `gone` were not there any more when their turn came. `effect` has the reasons of those that stay. `last`
    is the number of the last one that was judged, None if there is none after it.
    """

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    gone: int = 0
    effect: Effect = field(default_factory=Effect)
    last: int | None = None

    @property
    def checked(self) -> int:
        return self.verdicts.total() + self.gone

    @property
    def released(self) -> int:
        """How many are rejections no longer."""
        return self.verdicts.total() - self.verdicts["rejected"]


@dataclass(frozen=True, slots=True)
class Fit:
    """How many of the rejections that were looked at fit a definition's newest version.

    It has this `number`, and counts from `current_from` on (microseconds), which may be to come.
    """

    number: int
    current_from: int
    accepted: int


@dataclass(frozen=True, slots=True)
class _Judged:
    """A rejection and what is said of it now; without a decision it cannot be judged."""

    kept: Replayable
    decision: Write | Rejection | None


class Replayer:
    """Judges rejections again. What it knows of definitions and keys it reads anew each time."""

    def __init__(self, store: Store, intake: Intake) -> None:
        self._store = store
        self._intake = intake

    def preview(self, wanted: Selection, now: int, so_far: Replay | None = None) -> Replay:
        """What a replay would do. Nothing is stored and nothing counted.

        `so_far` is what was told before: it goes on after that, and adds to it.
        """
        return self._through(wanted, None, now, so_far or Replay())

    def run(self, wanted: Selection, asked: Asked, now: int, so_far: Replay | None = None) -> Replay:
        """Stores what passes now. Raises `Problem("storage-unavailable")`: what was done before is done."""
        return self._through(wanted, asked, now, so_far or Replay())

    def fit(self, wanted: Selection, definition: Definition, now: int, most: int = MOST) -> Fit:
        """How many of the newest rejections the definition's newest version lets in, once it counts."""
        newest = self._store.definitions.read_again(definition).versions[-1]
        moment = max(now, newest.current_from)
        judge = _Judge(self._store, self._intake, wanted.section_id, moment, is_dry=True)
        decisions = map(judge.decide, self._store.rejections.newest_to_replay(wanted, most))
        return Fit(newest.number, newest.current_from, sum(isinstance(one, Write) for one in decisions))

    def offer(self, wanted: Selection, definition: Definition, now: int) -> Fit | None:
        """What a definition's newest version lets in of what was refused before it counted, if there is any.

        Only the newest of those are judged, so there may be more.
        """
        newest = definition.versions[-1]
        before = ids.first_of(max(newest.current_from, newest.created_at))
        fit = self.fit(replace(wanted, before=before), definition, now, OFFERED)
        return fit if fit.accepted else None

    def _through(self, wanted: Selection, asked: Asked | None, now: int, told: Replay) -> Replay:
        judge = _Judge(self._store, self._intake, wanted.section_id, now, is_dry=asked is None)
        judged, told.last = self._judged(wanted, judge, told.last or 0)
        outcomes = self._written(judged, asked, now)
        for one in judged:
            outcome = outcomes[one.kept.id] if one.kept.id in outcomes else _without_commit(one.decision)
            if outcome is None:
                told.gone += 1
            else:
                told.verdicts[outcome.verdict] += 1
                told.effect.add(one.kept.event_id, outcome.faults)
        return told

    def _judged(self, wanted: Selection, judge: _Judge, after: int) -> tuple[list[_Judged], int | None]:
        """The oldest rejections after one, judged, and the number of the last if there may be more."""
        judged: list[_Judged] = []
        size = 0
        for kept in self._store.rejections.to_replay(wanted, after):
            if len(judged) == MOST or size > MOST_TEXT:
                return judged, judged[-1].kept.id
            size += len(kept.payload)
            judged.append(_Judged(kept, judge.decide(kept)))
        return judged, None

    def _written(self, judged: Sequence[_Judged], asked: Asked | None, now: int) -> dict[int, Outcome | None]:
        """What became of each; what would, where nobody asked for more."""
        outcomes: dict[int, Outcome | None] = {}
        for together in _batches(judged):
            outcomes |= self._write(together, asked, now)
        return outcomes

    def _write(self, judged: Sequence[Again], asked: Asked | None, now: int) -> dict[int, Outcome | None]:
        """Where the database refuses a row, halves the batch until it is alone: that one stays refused."""
        replays = self._store.replays
        try:
            found = replays.rehearse(judged, now) if asked is None else replays.run(judged, asked, now)
        except Unstorable:
            if len(judged) == 1:
                return {judged[0].rejection: Outcome("rejected", None, (REFUSED,))}
            middle = len(judged) // 2
            return self._write(judged[:middle], asked, now) | self._write(judged[middle:], asked, now)
        if asked is not None:
            counting.replayed(one.verdict for one in found if one is not None and one.verdict != "rejected")
        return {one.rejection: outcome for one, outcome in zip(judged, found, strict=True)}


class _Judge:
    """Decides on the rejections of one section, by the definitions and keys of one moment."""

    def __init__(self, store: Store, intake: Intake, section_id: str, now: int, *, is_dry: bool) -> None:
        self._store = store
        self._intake = intake
        self._now = now
        self._is_dry = is_dry
        self._section_id = section_id
        self._keys = {ids.decode(one.key.id): one for one in store.keys.all(section_id)}
        self._definitions: dict[str, Definition | None] = {}

    def decide(self, kept: Replayable) -> Write | Rejection | None:
        if kept.is_partial:
            return None
        definition = self._definition(kept.event_name)
        caller = self._caller(kept, definition)
        if kept.door == IMPORT:
            told, faults = TOLD.read(kept.payload.encode())
            told = msgspec.structs.replace(told, event=told.event or kept.event_name or None)
            return self._again(told, faults, definition, caller)
        if kept.space == WEB_SPACE:
            page, faults = BEACON.read(kept.payload.encode())
            assert definition is not None, "what a page sends is for a definition"
            if kept.door == PIXEL:
                page = _typed_anew(page, definition, self._now)
            return self._again(page, faults, definition, caller)
        payload, faults = VOUCHED.read(kept.payload.encode())
        if kept.key_id is not None and caller.key is None:
            return reject(payload, [KEY_REVOKED], caller, definition=definition)
        return self._again(payload, faults, definition, caller)

    def _again(
        self, payload: Payload, faults: list[Fault], definition: Definition | None, caller: Caller
    ) -> Write | Rejection:
        """By the version of now: which one it named does not count."""
        payload = msgspec.structs.replace(payload, version=None)
        return self._intake.judge_again(payload, faults, definition, caller, is_dry=self._is_dry)

    def _caller(self, kept: Replayable, definition: Definition | None) -> Caller:
        """Whoever brought it, as they were then and may do now."""
        listed = self._keys.get(kept.key_id)
        tracking = definition.draft.web_tracking if definition is not None else None
        return Caller(
            section_id=self._section_id,
            door=kept.door,
            space=kept.space,
            received_at=kept.received_at,
            source=kept.source,
            key=listed.key if listed is not None and listed.revoked_at is None else None,
            sent_at=kept.sent_at,
            believes_claims=tracking is None or tracking.identity == "claimed",
            is_told_again=kept.door == IMPORT,
            replayed=Replayed(kept.id, self._now, is_vouched_for=kept.trust == "signed"),
        )

    def _definition(self, event_name: str) -> Definition | None:
        """As it is stored now, whatever memory says."""
        if event_name not in self._definitions:
            found = self._store.definitions.find(self._section_id, event_name)
            self._definitions[event_name] = self._store.definitions.read_again(found) if found else None
        return self._definitions[event_name]


def _is_of_unmade(decision: Write | Rejection) -> bool:
    """Whether it is an event whose definition only a real replay makes."""
    return isinstance(decision, Write) and decision.definition_id == NO_DEFINITION


def _without_commit(decision: Write | Rejection | None) -> Outcome:
    """What becomes of what no commit was asked about."""
    return CANNOT_BE_JUDGED if decision is None else Outcome("stored")


def _typed_anew(page: BeaconPayload, definition: Definition, now: int) -> BeaconPayload:
    """A pixel's values are texts: what they mean is for the current version to say."""
    version = current(definition.versions, now)
    data = read(page.data_text) if page.data_text is not None else None
    if version is None or not isinstance(data, dict):
        return page
    typed = {
        name: value_of(version.content, name, value) if isinstance(value, str) else value
        for name, value in data.items()
    }
    return msgspec.structs.replace(page, data=msgspec.Raw(_ENCODER.encode(typed)))


def _batches(judged: Sequence[_Judged]) -> Iterator[list[Again]]:
    """What can be judged, some at a time in the order of receipt; all that is about one event together."""
    batches: list[list[Again]] = [[]]
    places: dict[object, int] = {}
    for one in judged:
        if one.decision is None or _is_of_unmade(one.decision):
            continue
        if len(batches[-1]) >= TOGETHER:
            batches.append([])
        newest = len(batches) - 1
        place = (
            places.setdefault(one.decision.event_key, newest) if isinstance(one.decision, Write) else newest
        )
        batches[place].append(Again(one.kept.id, one.decision))
    return filter(None, batches)
