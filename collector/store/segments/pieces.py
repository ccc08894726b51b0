"""Events of one definition in columns: what leaves of segments read of them, thousands at a time.

A piece is made from rows, in memory or to be kept (`packs.py`). Its rows are those of events that count for
somebody, sorted by profile, then by time and arrival, so that a profile's are side by side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np

from collector.core.segments.passing import Digits, decode, time_of
from collector.core.segments.tree import fold

Array = np.ndarray[Any, Any]
Part = Mapping[str, Any]
"""Columns that are read together: arrays, and lists of words."""

FRAME, IDS, GOAL, ORIGIN, ENTRIES = "frame", "ids", "goal", "origin", "entries"
_GOAL_COLUMNS = ("goal_type", "goal_name", "goal_currency")
_FEW_WORDS = 64
"""So many are tested one by one in no time; of more, numbers and times are kept as arrays too."""

BETWEEN = "\0"
"""Between texts that are put together; a text that has it is kept apart."""

_BETWEEN = BETWEEN.encode()

NO_NUMBER = -(2**63)
LARGEST = 2**63 - 1


class EventRow(NamedTuple):
    """What is read of an event, in the order of the columns in SQL (`packs.py`)."""

    id: int
    definition: int
    profile: int
    occurred_at: int
    version: int
    trust: str
    goal_type: str | None
    goal_name: str | None
    goal_currency: str | None
    goal_value: int | None
    data: str


Entry = tuple[int, int]
"""An entry of a timeline: the event's id, and when it occurred as the entry tells it."""

_IN_ORDER = itemgetter(*(EventRow._fields.index(name) for name in ("profile", "occurred_at", "id")))
_read_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(frozen=True)
class Words:
    """A column with few different values: for each row, the place of its word."""

    words: Sequence[Any]
    places: Array | None
    """None: every row has the first word."""

    def equal(self, word: Any) -> Array | bool:
        """Which rows have this word; one truth value if they are all alike."""
        try:
            place = self.words.index(word)
        except ValueError:
            return False
        return True if self.places is None else self.places == place

    def each(self, answers: Array) -> Array | bool:
        """An answer for each row from one for each word."""
        return bool(answers[0]) if self.places is None else answers[self.places]


class Piece:
    """The columns of some events; `read` gives the part of a name, which is decoded when it is asked for."""

    def __init__(self, definition: int, read: Callable[[str], Part | None]) -> None:
        self.definition = definition
        self._read = read

    @property
    def profiles(self) -> Array:
        """Everybody who has an event here, in order."""
        return self._frame["profiles"]  # type: ignore[no-any-return]

    @property
    def starts(self) -> Array:
        """For each profile, its first row."""
        return self._frame["starts"]  # type: ignore[no-any-return]

    @property
    def occurred_at(self) -> Array:
        return self._frame["occurred_at"]  # type: ignore[no-any-return]

    @cached_property
    def owners(self) -> Array:
        """For each row, the place of its profile in `profiles`."""
        ends = np.append(self.starts[1:], len(self.occurred_at))
        return np.repeat(np.arange(len(self.starts)), ends - self.starts)

    @property
    def ids(self) -> Array:
        return self.part(IDS)["id"]  # type: ignore[no-any-return]

    def words(self, part: str, column: str) -> Words:
        found = self.part(part)
        return Words(found[column], found.get(column + ".places"))

    def part(self, name: str) -> Part:
        found = self.part_or_none(name)
        assert found is not None, name
        return found

    def values(self, name: str) -> Sequence[Any]:
        """The words of a part with a member of the data."""
        if name not in self._values:
            self._values[name] = decode(self.part(name)["words"])
        return self._values[name]

    def part_or_none(self, name: str) -> Part | None:
        if name not in self._parts:
            self._parts[name] = self._read(name)
        return self._parts[name]

    @cached_property
    def _parts(self) -> dict[str, Part | None]:
        return {}

    @cached_property
    def _values(self) -> dict[str, Sequence[Any]]:
        return {}

    @cached_property
    def _frame(self) -> Part:
        return self.part(FRAME)


@dataclass(frozen=True)
class Packed:
    """A piece as it is kept: when its events and their entries begin and end, and its parts."""

    definition: int
    events: int
    first_at: int
    last_at: int
    parts: Mapping[str, Part]

    def piece(self) -> Piece:
        return Piece(self.definition, self.parts.get)


def pack(
    rows: Iterable[EventRow], entries: Iterable[Entry] | None, members: Iterable[str] | None = None
) -> list[Packed]:
    """One piece for each definition among the rows.

    `entries` None: nobody will ask for them. `members`: these of the data alone; None: all.
    """
    wanted = None if members is None else frozenset(members)
    by_definition: defaultdict[int, list[EventRow]] = defaultdict(list)
    for row in rows:
        by_definition[row[1]].append(row)
    times: defaultdict[int, list[int]] | None = None
    if entries is not None:
        times = defaultdict(list)
        for event, occurred_at in entries:
            times[event].append(occurred_at)
    return [_packed(definition, found, times, wanted) for definition, found in sorted(by_definition.items())]


def _packed(
    definition: int,
    rows: list[EventRow],
    times: Mapping[int, list[int]] | None,
    wanted: frozenset[str] | None,
) -> Packed:
    rows.sort(key=_IN_ORDER)
    columns: Any = EventRow._make(zip(*rows, strict=True))
    whose, occurred_at = np.array(columns.profile, np.int64), np.array(columns.occurred_at, np.int64)
    profiles, starts = np.unique(whose, return_index=True)
    parts: dict[str, Part] = {
        FRAME: {"profiles": profiles, "starts": _small(starts), "occurred_at": occurred_at},
        IDS: {"id": np.array(columns.id, np.int64)},
        GOAL: _goals(columns),
        ORIGIN: {**_words("version", columns.version), **_words("trust", columns.trust)},
    }
    every = occurred_at
    if times is not None:
        entered = [(place, time) for place, row in enumerate(rows) for time in times.get(row[0], ())]
        of_rows = np.array([place for place, _ in entered], np.int64)
        entered_at = np.array([time for _, time in entered], np.int64)
        if not (np.array_equal(of_rows, np.arange(len(rows))) and np.array_equal(entered_at, occurred_at)):
            parts[ENTRIES] = {"row": of_rows, "occurred_at": entered_at}
        every = np.concatenate([occurred_at, entered_at])
    if wanted is None or wanted:
        parts |= _data(columns.data, wanted)
    return Packed(definition, len(rows), int(every.min()), int(every.max()), parts)


def _goals(columns: Any) -> Part:
    found: dict[str, Any] = {}
    for name in _GOAL_COLUMNS:
        found |= _words(name, getattr(columns, name))
    values = columns.goal_value
    if any(value is not None for value in values):
        found["value"] = np.array([NO_NUMBER if value is None else value for value in values], np.int64)
    return found


def _words(name: str, values: Sequence[Any]) -> Part:
    seen: dict[Any, int] = {}
    places = [seen.setdefault(value, len(seen)) for value in values]
    if len(seen) == 1:
        return {name: [*seen]}
    return {name: [*seen], name + ".places": _small(np.array(places))}


def _data(documents: Sequence[str], wanted: frozenset[str] | None) -> dict[str, Part]:
    """A part for each member. The first word is always null: what is not there is as if it were null."""
    seen: defaultdict[str, dict[bytes, int]] = defaultdict(lambda: {b"null": 0})
    places: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(documents))
    for row, document in enumerate(documents):
        for name, raw in _read_members(document).items():
            if wanted is None or name in wanted:
                words = seen[name]
                places[name][row] = words.setdefault(bytes(raw), len(words))
    return {data_part(name): _member([*words], places[name]) for name, words in seen.items()}


def _member(words: list[bytes], places: list[int]) -> Part:
    text = b"[" + b",".join(words) + b"]"
    part: dict[str, Any] = {"words": text.decode(), "words.places": _small(np.array(places))}
    if len(words) > _FEW_WORDS:
        values = decode(part["words"])
        numbers = [_millionths(value) for value in values]
        if None not in numbers and any(number != NO_NUMBER for number in numbers):
            part["numbers"] = np.array(numbers, np.int64)
        times = [time_of(value) or "" for value in values]
        if any(times):
            part["times"] = np.array([time.encode() for time in times])
        part |= _texts(values)
    return part


def _texts(values: Sequence[Any]) -> dict[str, Array]:
    """All texts in lower case put together, and where each begins; nothing if there is anything else."""
    texts = ["" if value is None else value for value in values]
    if any(type(text) is not str or BETWEEN in text for text in texts):
        return {}
    folded = [fold(text).encode() for text in texts]
    begins = list(accumulate((len(text) + 1 for text in folded), initial=1))[:-1]
    joined = _BETWEEN.join([b"", *folded, b""])
    return {"folded": np.frombuffer(joined, np.uint8), "begins": _small(np.array(begins))}


def _millionths(value: Any) -> int | None:
    """`NO_NUMBER` for what is no number, None for one that no 64 bits of millionths can hold."""
    if not isinstance(value, Digits):
        return NO_NUMBER
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > 15 or int(number.as_tuple().exponent) < -6:
        return None
    scaled = int(number.scaleb(6))
    return scaled if abs(scaled) < LARGEST else None


def data_part(member: str) -> str:
    """The name of the part with a member of the data."""
    return f"data {member}"


def _small(numbers: Array) -> Array:
    """The same whole numbers (none below zero) in as few bytes as will do."""
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))


def encode(part: Part) -> bytes:
    """A part as it is kept."""
    arrays = {name: (one.dtype.str, one.tobytes()) for name, one in part.items() if _is_array(one)}
    return _ENCODER.encode((arrays, {name: one for name, one in part.items() if not _is_array(one)}))


def read(content: bytes) -> Part:
    """A part that was kept."""
    arrays, others = _DECODER.decode(content)
    return others | {name: np.frombuffer(data, type_) for name, (type_, data) in arrays.items()}


def _is_array(column: Any) -> bool:
    return isinstance(column, np.ndarray)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[dict[str, tuple[str, memoryview]], dict[str, Any]])
