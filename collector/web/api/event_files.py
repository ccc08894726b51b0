"""Events as files: JSON Lines as the API shows them, CSV for spreadsheets, Parquet for analytics.

The columns of a table are those that an import takes, so that what was written can be read again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.events import EventState
from collector.core.fields import format_timestamp
from collector.core.goals import unscale
from collector.core.identifiers import KINDS
from collector.web.api.member_files import neutralised
from collector.web.api.shapes import event_json, shown_id

ABOUT = (
    *("event", "id", "version", "occurred_at", "received_at", "source", "trust", "visitor", "consent"),
    *KINDS,
)
GOAL = ("goal_type", "goal_value", "goal_name", "goal_currency")
OTHER = "other_data"
"""Members of the data that have no cell of their own, as JSON: those that no field of the event's version
describes, empty texts (an empty cell is absence), and what a column's type cannot hold."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_READ = msgspec.json.Decoder(dict[str, msgspec.Raw])

Fits = Callable[[str, str], bool]
"""Whether a text can be in a cell of a column of this type."""


def everything_fits(kind: str, cell: str) -> bool:
    """As in CSV, where a cell is a text."""
    return True


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of some definitions: what every event has, then the fields of all their versions."""

    names: Mapping[int, str]
    """Definition number → event name."""
    fields: Mapping[str, str]
    """Field name → its type; `text` where versions do not agree."""
    versions: Mapping[int, frozenset[str]]
    """Version number → the names of its fields."""

    @classmethod
    def of(cls, definitions: Iterable[Definition]) -> Columns:
        names: dict[int, str] = {}
        fields: dict[str, str] = {}
        versions: dict[int, frozenset[str]] = {}
        for one in definitions:
            names[ids.decode(one.id) or 0] = one.draft.event_name
            for version in one.versions:
                versions[ids.decode(version.id) or 0] = frozenset(
                    field.name for field in version.content.fields
                )
                for field in version.content.fields:
                    same = fields.setdefault(field.name, field.type) == field.type
                    fields[field.name] = field.type if same else "text"
        return cls(names, fields, versions)

    @property
    def header(self) -> list[str]:
        return [*ABOUT, *GOAL, *(f"data.{name}" for name in self.fields), OTHER]

    def row(self, state: EventState, fits: Fits = everything_fits) -> list[str | None]:
        """An event's cells as texts, None where it has none."""
        data = _READ.decode(state.data)
        goal = state.goal
        about: list[str | None] = [
            self.names[state.definition_id],
            shown_id(state.space, state.event_id),
            ids.encode(state.version_id),
            format_timestamp(state.occurred_at),
            format_timestamp(state.received_at),
            state.source,
            state.trust,
            state.visitor,
            state.consent,
            *(state.identifiers.get(kind) for kind in KINDS),
        ]
        value = goal.value if goal is not None else None
        about += [
            goal.type if goal is not None else None,
            str(unscale(value)) if value is not None else None,
            goal.name if goal is not None else None,
            goal.currency if goal is not None else None,
        ]
        cells = self._cells(data, self.versions.get(state.version_id, frozenset()), fits)
        return [*about, *cells, msgspec.json.encode(data).decode() if data else None]

    def _cells(self, data: dict[str, msgspec.Raw], known: frozenset[str], fits: Fits) -> list[str | None]:
        """Those of the fields; what gets one is taken out of `data`."""
        cells = {
            name: cell
            for name, raw in data.items()
            if name in known and (cell := _cell(raw)) and fits(self.fields[name], cell)
        }
        for name in cells:
            del data[name]
        return [cells.get(name) for name in self.fields]


def events_as_json_lines(events: Iterable[EventState], columns: Columns) -> Iterator[str]:
    """An event a line, as the API shows it to whoever may read everything."""
    for state in events:
        document = event_json(state, columns.names[state.definition_id], frozenset(KINDS), profile=True)
        yield _ENCODER.encode(document).decode() + "\n"


def events_as_csv(events: Iterable[EventState], columns: Columns) -> Iterator[str]:
    """RFC 4180, the names of the columns first; what a spreadsheet would compute is neutralised."""
    yield _line(columns.header)
    for state in events:
        yield _line(columns.row(state))


def _cell(raw: msgspec.Raw) -> str:
    """A value of the data as the text that a field reads back; a number keeps its digits."""
    text = bytes(raw).decode()
    return str(json.loads(text)) if text.startswith('"') else text


def _line(cells: Sequence[str | None]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([neutralised(cell) if cell is not None else "" for cell in cells])
    return written.getvalue()
