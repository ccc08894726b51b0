"""The columns of a data set, and an event or a profile as a row of them.

Names that every event has never begin with `data_`: what follows that is a field of its definition.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.goals import PLACES, unscale
from collector.core.identifiers import KINDS
from collector.store.stocktaking import StoredEvent, StoredProfile
from collector.web.api.event_files import Columns
from collector.web.api.shapes import shown_id

Row = Sequence[Any]
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

EVENT = {
    "event_name": "text",
    "number": "integer",
    "id": "text",
    "version": "text",
    "version_number": "integer",
    "occurred_at": "timestamp",
    "received_at": "timestamp",
    "source": "text",
    "trust": "text",
    "consent": "text",
    "profile": "integer",
    **dict.fromkeys(KINDS, "text"),
    "goal_type": "text",
    "goal_value": "goal value",
    "goal_name": "text",
    "goal_currency": "text",
    "entries": "timestamps",
    "data": "text",
}
PROFILE = {
    "profile": "integer",
    "id": "text",
    "created_at": "timestamp",
    **dict.fromkeys((f"{kind}_all" for kind in KINDS), "texts"),
    "attributes": "text",
}
_DATA = msgspec.json.Decoder(dict[str, msgspec.Raw])


def moment(micros: int) -> datetime.datetime:
    return EPOCH + datetime.timedelta(microseconds=micros)


def arrow_type(pa: Any, kind: str) -> Any:
    """The Arrow type of a kind of column; `pa` is pyarrow, which is imported only where it is needed."""
    return {
        "text": pa.string(),
        "texts": pa.list_(pa.string()),
        "boolean": pa.bool_(),
        "integer": pa.int64(),
        "decimal": pa.decimal128(38, 18),
        "goal value": pa.decimal128(18, PLACES),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", "UTC"),
        "timestamps": pa.list_(pa.timestamp("us", "UTC")),
    }[kind]


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Those of one definition: what every event has, then the fields of all its versions.

    Of fields that differ only in upper and lower case, the oldest has a column: most readers tell them
    not apart.
    """

    event_name: str
    fields: Mapping[str, str]
    versions: Mapping[int, int]

    @classmethod
    def of(cls, definition: Definition, versions: Mapping[int, int]) -> EventColumns:
        fields: dict[str, str] = {}
        taken: set[str] = set()
        for name, kind in Columns.of([definition]).fields.items():
            if name.lower() not in taken:
                taken.add(name.lower())
                fields[name] = kind
        return cls(definition.draft.event_name, fields, versions)

    @property
    def kinds(self) -> dict[str, str]:
        return EVENT | {f"data_{name}": kind for name, kind in self.fields.items()}

    def row(self, stored: StoredEvent) -> Row:
        state = stored.state
        goal = state.goal
        value = goal.value if goal is not None else None
        data = _DATA.decode(state.data)
        return (
            self.event_name,
            state.id,
            shown_id(state.space, state.event_id),
            ids.encode(state.version_id),
            self.versions.get(state.version_id),
            moment(state.occurred_at),
            moment(state.received_at),
            state.source,
            state.trust,
            state.consent,
            state.profile_id,
            *(state.identifiers.get(kind) for kind in KINDS),
            goal.type if goal is not None else None,
            unscale(value) if value is not None else None,
            goal.name if goal is not None else None,
            goal.currency if goal is not None else None,
            [moment(one) for one in stored.entries],
            state.data,
            *(_cell(data.get(name), kind) for name, kind in self.fields.items()),
        )


def profile_row(stored: StoredProfile) -> Row:
    of_kinds = [[value for kind, value in stored.identifiers if kind == wanted] for wanted in KINDS]
    return stored.id, ids.encode(stored.id), moment(stored.created_at), *of_kinds, stored.attributes


_READERS: Mapping[str, Callable[[str], Any]] = {
    "text": str,
    "boolean": lambda text: {"true": True, "false": False}[text],
    "integer": lambda text: _within_64_bits(int(text)),
    "decimal": lambda text: _within_38_digits(Decimal(text)),
    "date": datetime.date.fromisoformat,
    "timestamp": lambda text: datetime.datetime.fromisoformat(text).astimezone(datetime.UTC),
}


def _cell(raw: msgspec.Raw | None, kind: str) -> Any:
    """A value of the data; None where it is none of the column's type, as an extra member of an older version
    may be: then `data` alone has it."""
    text = bytes(raw).decode() if raw is not None else "null"
    if text == "null":
        return None
    try:
        return _READERS[kind](json.loads(text) if text.startswith('"') else text)
    except (ValueError, KeyError, InvalidOperation, OverflowError):
        return None


def _within_64_bits(number: int) -> int:
    if not -(2**63) <= number < 2**63:
        raise OverflowError
    return number


def _within_38_digits(number: Decimal) -> Decimal:
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or exponent < -18 or len(digits) + exponent > 20:
        raise OverflowError
    return number
