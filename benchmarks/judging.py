"""The judge against `json` and a plain marshmallow schema on the same data, with 8 fields and with 100.

    python -m benchmarks.judging [--rounds 5] [--seconds 1]

The judge also gives the canonical text that is stored, which the others do not. Every result is checked.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import marshmallow
from marshmallow import fields, validate

from benchmarks.figures import Figure, run_alone
from benchmarks.scene import DATA, FIELDS, document
from collector.core.data import DataJudge, Judged
from collector.core.documents import parse_definition

COMMAND = "python -m benchmarks.judging"
CALLS = 500


def measure(rounds: int, seconds: float) -> list[Figure]:
    return [_against_marshmallow(count, rounds, seconds) for count in (8, 100)]


def _against_marshmallow(count: int, rounds: int, seconds: float) -> Figure:
    wanted, raw = fields_of(count), data_of(count)
    judge = DataJudge(parse_definition({**document(0), "fields": wanted}).content).judge
    schema = plain_schema(wanted)
    judged, loaded = judge(raw), schema.load(json.loads(raw))
    assert isinstance(judged, Judged)
    assert len(json.loads(judged.text)) == len(loaded) == count
    assert judged.get("total") == loaded["total"] == Decimal("7.25")
    ours: list[float] = []
    others: list[float] = []
    for _ in range(rounds):
        ours.append(_microseconds(lambda: judge(raw), seconds / 2))
        others.append(_microseconds(lambda: schema.load(json.loads(raw)), seconds / 2))
    times = statistics.median(other / our for our, other in zip(ours, others, strict=True))
    detail = f"CPU {statistics.median(ours):.2f} against {statistics.median(others):.1f} µs"
    return Figure(
        f"judge of {count} fields, against json and marshmallow", times, 10, 30, detail, COMMAND, unit=" ×"
    )


def fields_of(count: int) -> list[dict[str, Any]]:
    """So many fields: the scene's eight, again and again under other names."""
    return [
        {**field, "name": _name(field["name"], turn)} for turn in range(-(-count // 8)) for field in FIELDS
    ][:count]


def data_of(count: int) -> bytes:
    """Data for all of them."""
    once = json.loads(DATA.replace("@P", "7"), parse_float=str)
    members = [(_name(name, turn), value) for turn in range(-(-count // 8)) for name, value in once.items()]
    # The decimal goes out as it stands in the scene: a number.
    return json.dumps(dict(members[:count]), separators=(",", ":")).replace('"7.25"', "7.25").encode()


def _name(name: str, turn: int) -> str:
    return f"{name}_{turn}" if turn else name


def plain_schema(wanted: list[dict[str, Any]]) -> marshmallow.Schema:
    """What one would write with marshmallow's own fields for the same rules."""
    members = {field["name"]: _plain_field(field) for field in wanted}
    return marshmallow.Schema.from_dict(members)()


def _plain_field(field: dict[str, Any]) -> fields.Field[Any]:
    rules: list[Any] = []
    if "choices" in field:
        rules.append(validate.OneOf(field["choices"]))
    if "minimum" in field:
        rules.append(validate.Range(min=field["minimum"]))
    if "max_length" in field:
        rules.append(validate.Length(max=field["max_length"]))
    options: dict[str, Any] = {"required": field.get("required", False), "validate": rules}
    match field["type"]:
        case "decimal":
            return fields.Decimal(**options)
        case "integer":
            return fields.Integer(strict=True, **options)
        case "boolean":
            return fields.Boolean(**options)
        case "date":
            return fields.Date(**options)
        case "timestamp":
            return fields.AwareDateTime(**options)
    return fields.String(**options)


def _microseconds(call: Callable[[], object], seconds: float) -> float:
    """Processor time of one call, over at least so many seconds."""
    calls, begun = 0, time.process_time()
    while (spent := time.process_time() - begun) < seconds:
        for _ in range(CALLS):
            call()
        calls += CALLS
    return spent / calls * 1e6


if __name__ == "__main__":
    run_alone(measure, __doc__, seconds=1.0)
