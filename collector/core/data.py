"""The judge of an event's `data`: two roads, one truth.

The reference is a marshmallow schema made from the version; it decides, and words the errors. In front of it
a road that is compiled for the version takes usual data at a fraction of the cost. It may only accept what
the reference accepts, with the same result; everything else it hands over.

Null in the data is the absence of that field. An empty text is a value, also of a required field, unless the
field's `min_length` says otherwise.
"""

from __future__ import annotations

from typing import Any

from collector.core.data_extra import faults_of_shape, judge_extra
from collector.core.data_fast import fast_road
from collector.core.data_reference import load_by_schema, schema_of
from collector.core.data_text import Judged, canonical_text, of_goal
from collector.core.definitions import Content
from collector.core.problems import Fault
from collector.core.strict_json import MAX_FAULTS, Unreadable, read

__all__ = ["DataJudge", "Judged", "schema_of"]


class DataJudge:
    """Judges data against one version. Compiled once, then safe to share between threads.

    Faults have pointers within the data (`/total`), quote no values, and are at most 50. Codes:
    `data-invalid`, `json-invalid`, `field-missing`, `field-unknown`, `type-wrong`, `too-long`, `too-short`,
    `too-small`, `too-large`, `choice-unknown`, `pattern-mismatch`, `out-of-range`, `too-many-members`,
    `too-deep`, `text-invalid`.
    """

    def __init__(self, content: Content) -> None:
        self._rule = content.extra_fields
        self._goal = content.goal
        self._names = frozenset(field.name for field in content.fields)
        self._schema = schema_of(content)
        self.fast = fast_road(content)

    def judge(self, raw: bytes | None) -> Judged | list[Fault]:
        """What the JSON text `raw` of an event's data comes to. None, an absent member, is `{}`."""
        if raw is None:
            raw = b"{}"
        return self.fast(raw) or self.judge_by_reference(raw)

    def judge_by_reference(self, raw: bytes | None) -> Judged | list[Fault]:
        """The same as `judge`, slower, by the road that defines what is right."""
        try:
            data = {} if raw is None else read(raw)
        except Unreadable as unreadable:
            return [Fault(unreadable.code, unreadable.pointer, unreadable.message)]
        return self.judge_value(data)

    def judge_value(self, data: Any) -> Judged | list[Fault]:
        """The same for data that `strict_json.read` has decoded."""
        if faults := faults_of_shape(data, self._names):
            return faults
        values, faults = load_by_schema(self._schema, data)
        extra: str | list[Fault] = "{}"
        if self._rule != "reject":
            extra = judge_extra({name: data[name] for name in data if name not in self._names}, self._rule)
        if isinstance(extra, list):
            faults += extra
            extra = "{}"
        if faults:
            return faults[:MAX_FAULTS]
        return Judged(canonical_text(values, extra), values, of_goal(self._goal, values))
