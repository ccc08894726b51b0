"""Events into files and out of files, for people: the same as `fieldpost export` and `fieldpost import`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from flask import Response, request

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.problems import Problem
from collector.intake.bulk import Importer, parts_of
from collector.intake.bulk_rows import BadMapping, Row, csv_rows, current_fields, json_lines
from collector.store.exporting import stored_events
from collector.web.access import allow
from collector.web.api.event_files import Columns, events_as_csv, events_as_json_lines
from collector.web.pages.frame import make_blueprint, page
from collector.web.parts import parts

blueprint = make_blueprint("files", "/sections/<section_id>/files")

NO_PARQUET = "A Parquet file is one for the command line, which reads it in pieces: fieldpost import FILE"
PARQUET = b"PAR1"
"""How such a file begins (Apache Parquet, file format). A few of its bytes may stand for millions of rows, so
that the bound of a body is none for what is in it."""
SHOWN = 50
"""Refused rows that the page shows; a file with more is one for the command line."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was refused."""

    row: int
    faults: list[dict[str, str]]


@dataclass(slots=True)
class Told:
    """What became of an import."""

    verdicts: Counter[str]
    refused: list[Refused]

    @property
    def refused_count(self) -> int:
        return self.verdicts["rejected"]


@blueprint.get("")
@allow("events.export")
def index(section_id: str) -> Response:
    """What can be written into a file, and a form to bring one."""
    return _page(section_id)


@blueprint.post("")
@allow("events.import")
def bring(section_id: str) -> Response:
    """Judges and stores every row of the file that was brought, and tells what became of them."""
    sent, event = request.files.get("file"), request.form.get("event") or None
    if sent is None or not sent.filename:
        return _page(section_id, trouble="Choose a file first.", status=422)
    content = BytesIO(sent.stream.read())
    if content.getbuffer()[:4] == PARQUET:
        return _page(section_id, trouble=NO_PARQUET, status=422)
    rows = (
        csv_rows(content, {}, current_fields(parts().store, section_id, parts().now), event)
        if sent.filename.lower().endswith(".csv")
        else json_lines(content)
    )
    try:
        # Read to its end first: a file that is no CSV further down must not be stored by half.
        return _page(section_id, told=_import(section_id, iter(list(rows))))
    except BadMapping as error:
        return _page(section_id, trouble=str(error), status=422)


@blueprint.get("/events.<any(jsonl, csv):form>")
@allow("events.export")
def export(section_id: str, form: str) -> Response:
    """The stored events of the section, or of one definition, as they are read from the database."""
    every = parts().store.definitions.all(section_id)
    name = request.args.get("event") or None
    chosen = [one for one in every if name in (None, one.draft.event_name)]
    if name is not None and not chosen:
        raise Problem("not-found", "There is no such definition.")
    columns = Columns.of(chosen)
    found = stored_events(parts().store.database, [ids.decode(one.id) or 0 for one in chosen])
    lines = events_as_csv(found, columns) if form == "csv" else events_as_json_lines(found, columns)
    kind = "text/csv" if form == "csv" else "application/jsonl"
    answer = Response(lines, content_type=f"{kind}; charset=utf-8")
    file = f"{(name or section_id).replace('/', '-')}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _import(section_id: str, rows: Iterator[Row]) -> Told:
    importer = Importer(parts().intake, section_id, parts().now)
    told = Told(Counter(), [])
    for part in parts_of(rows):
        for row, (verdict, line) in zip(part, importer.judge(part), strict=True):
            told.verdicts[verdict] += 1
            if verdict == "rejected" and len(told.refused) < SHOWN:
                told.refused.append(Refused(row.number, json.loads(line)["errors"]))
    return told


def _page(section_id: str, *, told: Told | None = None, trouble: str = "", status: int = 200) -> Response:
    definitions: list[Definition] = parts().store.definitions.all(section_id)
    return page(
        "pages/files.html",
        status=status,
        names=sorted(one.draft.event_name for one in definitions),
        most=parts().settings.max_body,
        told=told,
        trouble=trouble,
    )
