"""The rows of a file that is imported, each as the bytes of one payload: JSON Lines as is, CSV mapped."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from collector.core.fields import FIELD_TYPES, Field, Refused, json_number, plain
from collector.core.identifiers import KINDS
from collector.core.problems import Fault
from collector.core.versions import current
from collector.store.opening import Store

LONGEST = 1_048_576
"""Bytes of one row."""
_TOO_LONG = Fault("too-long", "", f"A row has at most {LONGEST:,} bytes.")

GOAL = ("goal_type", "goal_value", "goal_name", "goal_currency")
PLAIN = (
    *("event", "id", "version", "occurred_at", "source", "trust", "visitor", "consent", "deleted_at"),
    *GOAL,
)
OTHER = "other_data"
"""Further members of the data, as JSON."""
IGNORED = frozenset({"received_at", "updated_at", "profile"})
"""What an export says beside what can be brought."""

_NEUTRALISED = ("=", "+", "-", "@", "\t", "\r", "\n")

_ENCODER = msgspec.json.Encoder(decimal_format="number")

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])

FieldsOf = Callable[[str, str | None], Mapping[str, Field]]
"""Event name, a version's id → the version's fields by name; of the current one where there is no such
version, empty for a name that nobody defined."""


class Row(msgspec.Struct, frozen=True):
    """One row: its number in the file from 1 on, and the payload's bytes or why there is none."""

    number: int
    raw: bytes
    fault: Fault | None = None


class BadMapping(Exception):
    """A column that leads nowhere; `str` is a sentence."""


def current_fields(store: Store, section_id: str, clock: Callable[[], int]) -> FieldsOf:
    """The fields of a section's definitions as they are now, each looked up once."""
    known: dict[tuple[str, str | None], Mapping[str, Field]] = {}

    def fields_of(event: str, version_id: str | None) -> Mapping[str, Field]:
        if (event, version_id) not in known:
            definition = store.definitions.find(section_id, event) if event else None
            versions = definition.versions if definition else ()
            named = next((one for one in versions if one.id == version_id), None)
            version = named or current(versions, clock())
            fields = version.content.fields if version else ()
            known[event, version_id] = {field.name: field for field in fields}
        return known[event, version_id]

    return fields_of


def json_lines(file: BinaryIO) -> Iterator[Row]:
    """The lines that are not empty; a line of more than a mebibyte has a fault and is passed over."""
    number = 0
    while line := file.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST)
            yield Row(number, b"", _TOO_LONG)
        elif line.strip():
            yield Row(number, line)


def csv_rows(
    file: BinaryIO, mapping: Mapping[str, str], fields_of: FieldsOf, event: str | None
) -> Iterator[Row]:
    """The rows of a CSV file (RFC 4180, UTF-8) whose first one names the columns.

    `mapping` says for a column where it goes: `id`, `email`, `data.total`; a column that it does not name
    goes where its own name says. `event` is that of every row which names none. An empty cell is absence;
    an apostrophe that stands before a formula is taken away. Raises `BadMapping`.
    """
    text = io.TextIOWrapper(file, "utf-8-sig", errors="strict", newline="")
    reader = csv.reader(text, strict=True)
    try:
        header = next(reader, None)
        if header is None:
            return
        table = Table.of(header, mapping, fields_of, event)
        for number, cells in enumerate(reader, start=2):
            if any(cells):
                yield table.row(number, [_plain(cell) for cell in cells])
    except UnicodeDecodeError as error:
        raise BadMapping(f"This is not UTF-8 from byte {error.start + 1} of a part on.") from error
    except csv.Error as error:
        raise BadMapping(f"Line {reader.line_num} is no CSV: {error}.") from error
    finally:
        text.detach()  # the file is the caller's to close


def _targets(header: list[str], mapping: Mapping[str, str], fields: Mapping[str, Field]) -> list[str | None]:
    unknown = sorted(set(mapping) - set(header))
    if unknown:
        raise BadMapping(f"There is no column {unknown[0]!r}. There is: {', '.join(header)}.")
    found = [_target(column, mapping.get(column, column), fields) for column in header]
    twice = sorted({one for one in found if one is not None and found.count(one) > 1})
    if twice:
        raise BadMapping(f"Two columns lead to {twice[0]}.")
    return found


def _target(column: str, wanted: str, fields: Mapping[str, Field]) -> str | None:
    """Where a column goes; None where it is to be left out."""
    if wanted in ("", *IGNORED):
        return None
    if wanted in (*PLAIN, *KINDS, OTHER) or (wanted.startswith("data.") and len(wanted) > len("data.")):
        return wanted
    if wanted in fields:
        return f"data.{wanted}"
    raise BadMapping(
        f"The column {column!r} leads nowhere. Say where with --map '{column}=TARGET': "
        f"{', '.join((*PLAIN, *KINDS))} or data.FIELD; nothing after the = leaves it out."
    )


@dataclass(frozen=True, slots=True)
class Table:
    """Where the columns of a table lead: `targets` has that of each, None for one that is left out."""

    targets: Sequence[str | None]
    fields_of: FieldsOf
    event: str | None

    @classmethod
    def of(
        cls, header: list[str], mapping: Mapping[str, str], fields_of: FieldsOf, event: str | None
    ) -> Table:
        """Raises `BadMapping`."""
        targets = _targets(header, mapping, fields_of(event, None) if event else {})
        return cls(targets, fields_of, event)

    def row(self, number: int, cells: Sequence[str]) -> Row:
        """The event that is told by the texts of a row; an empty one is absence."""
        if len(cells) != len(self.targets):
            sentence = f"This row has {len(cells)} cells; the first one named {len(self.targets)}."
            return Row(number, b"", Fault("row-uneven", "", sentence))
        given = {
            target: cell
            for cell, target in zip(cells, self.targets, strict=True)
            if target is not None and cell != ""
        }
        try:
            others = _MEMBERS.decode(given.pop(OTHER, "{}"))
        except msgspec.MsgspecError:
            return Row(number, b"", Fault("json-invalid", "/data", f"{OTHER} is a JSON object."))
        raw = _ENCODER.encode(self._document(given, others))
        return Row(number, raw) if len(raw) <= LONGEST else Row(number, b"", _TOO_LONG)

    def _document(self, given: Mapping[str, str], others: Mapping[str, msgspec.Raw]) -> dict[str, object]:
        document: dict[str, object] = {name: given[name] for name in PLAIN if name in given}
        if self.event is not None:
            document.setdefault("event", self.event)
        identifiers = {kind: given[kind] for kind in KINDS if kind in given}
        if identifiers:
            document["identifiers"] = identifiers
        fields = self.fields_of(str(document.get("event", "")), given.get("version"))
        names = [target.removeprefix("data.") for target in given if target.startswith("data.")]
        values = {name: _value(fields.get(name), given[f"data.{name}"]) for name in names}
        document["data"] = {**others, **values}
        if "goal_value" in given:
            document["goal_value"] = _number(given["goal_value"])
        if "consent" in given:
            document["consent"] = _consent(given["consent"])
        return document


def _number(cell: str) -> object:
    try:
        return FIELD_TYPES["decimal"].from_text(cell)
    except Refused:
        return cell


def _consent(cell: str) -> object:
    """The JSON in a cell, as an export writes it; what is none stays a text, which the judge refuses."""
    try:
        return msgspec.json.decode(cell)
    except msgspec.MsgspecError:
        return cell


def _plain(cell: str) -> str:
    is_neutralised = cell.startswith("'") and cell.lstrip("'").startswith(_NEUTRALISED)
    return cell[1:] if is_neutralised else cell


def _value(field: Field | None, cell: str) -> object:
    """What a cell stands for; a text that does not fit stays, and the judge says what is wrong with it."""
    if field is None:
        return cell
    try:
        value = FIELD_TYPES[field.type].from_text(cell)
    except Refused:
        return cell
    return json_number(value) if field.type != "decimal" else plain(value)  # type: ignore[arg-type]
