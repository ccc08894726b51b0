"""The editor's form: from a definition to the texts of its inputs, and from what was sent to a document.

An input is called as the place of the document that it holds, with dashes: `/goal/type` is `goal-type`,
`/fields/3/minimum` is `fields-3-minimum`. So a fault finds its input by its pointer. The fields stand in
the order in which they come in the form, whatever their numbers are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict

from collector.core.definitions import Category, Content, Draft, WebTracking
from collector.core.documents import dump_document
from collector.core.fields import FIELD_TYPES, Field, FieldType, Refused, parse_fields, plain
from collector.core.identifiers import KINDS
from collector.core.permissions import OPERATIONS
from collector.core.premade import PREMADE_FIELDS
from collector.core.problems import Fault

Texts = dict[str, str]

PLAIN = ("title", "category", "description", "owner", "extra_fields")
GOAL = ("type", "value_field", "currency_field", "name")
WEB_WORDS = ("source", "identity", "consent", "visitor", "invalid", "bots", "prerendered")
WEB_FLAGS = ("enabled", "queue", "attributes", "trigger_numbers", "debug")
LENGTHS = ("min_length", "max_length")
BOUNDS = ("minimum", "maximum")
RULES = ("choices", *BOUNDS, *LENGTHS, "pattern", "fill")
ROW_FLAGS = ("required", "personal")
ROW = ("name", "type", "description", *ROW_FLAGS, *RULES)
OPERATION_CHOICES: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "read": ("read",),
    "write": ("write",),
    "both": OPERATIONS,
}
ON = "on"
EMPTY_ROW: Texts = {**dict.fromkeys(ROW, ""), "type": next(iter(FIELD_TYPES))}

_ROW_NAME = re.compile("fields-([0-9]{1,6})-name")


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the editor's inputs: `texts` by the inputs' names, and a row for each field."""

    texts: Texts
    rows: tuple[Texts, ...]


def form_of(draft: Draft) -> Form:
    """The inputs that show a definition."""
    document = dump_document(draft)
    web, goal = document["web_tracking"], document.get("goal", {})
    texts = {name: document[name] for name in ("event_name", *PLAIN)}
    texts["tags"] = write_lines(draft.tags)
    texts["retention_days"] = _text(draft.retention_days)
    texts |= {f"goal-{name}": goal.get(name, "") for name in GOAL}
    texts |= {f"web_tracking-{name}": web[name] for name in WEB_WORDS}
    texts |= {f"web_tracking-{name}": ON if web[name] else "" for name in WEB_FLAGS}
    texts["web_tracking-origins"] = write_lines(web["origins"])
    for kind, words in document["allowed_operations"].items():
        texts[f"allowed_operations-{kind}"] = _operation_choice(words)
    return Form(texts, tuple(map(row_of, draft.content.fields)))


def empty_form(category: Category) -> Form:
    """The inputs of a definition that nobody has begun, with the pre-made fields of its category."""
    draft = Draft(
        event_name="",
        title="",
        category=category,
        content=Content(()),
        allowed_operations={kind: frozenset(OPERATIONS) for kind in KINDS},
        web_tracking=WebTracking(enabled=True),
    )
    return Form(form_of(draft).texts, premade_rows(category))


def premade_rows(category: str) -> tuple[Texts, ...]:
    """The pre-made fields of a category; none for what is no category."""
    found, _ = parse_fields(
        next((list(PREMADE_FIELDS[one]) for one in PREMADE_FIELDS if one == category), []), ""
    )
    return tuple(map(row_of, found))


def row_of(field: Field) -> Texts:
    """The inputs of one field."""
    row = {**EMPTY_ROW, "name": field.name, "type": field.type, "description": field.description}
    row |= {name: ON if getattr(field, name) else "" for name in ROW_FLAGS}
    row |= {name: _text(getattr(field, name)) for name in RULES if name != "choices"}
    return {**row, "choices": write_lines(map(_text, field.choices))}


def read_form(sent: MultiDict[str, str], stored: Draft | None, is_held: bool) -> Form:
    """What was sent; where the fields are held, the stored ones, with what may be changed nevertheless."""
    shown = form_of(stored).texts if stored else {}
    names = form_of(stored).texts if stored else empty_form("transaction").texts
    texts = {name: _normal(sent.get(name, "")) for name in names}
    if stored is not None:
        texts |= {name: shown[name] for name in ("event_name", "category")}
    if not is_held or stored is None:
        return Form(texts, _rows_sent(sent))
    texts |= {name: shown[name] for name in shown if name == "extra_fields" or name.startswith("goal-")}
    return Form(texts, tuple(_held_row(sent, number, row) for number, row in enumerate(form_of(stored).rows)))


def _rows_sent(sent: MultiDict[str, str]) -> tuple[Texts, ...]:
    numbers = [found[1] for name in sent if (found := _ROW_NAME.fullmatch(name))]
    return tuple(
        {name: _normal(sent.get(f"fields-{number}-{name}", "")) for name in ROW} for number in numbers
    )


def _held_row(sent: MultiDict[str, str], number: int, row: Texts) -> Texts:
    free = ("description", "personal")
    return {**row, **{name: _normal(sent.get(f"fields-{number}-{name}", "")) for name in free}}


def document_of(form: Form, stored: Draft | None) -> dict[str, Any]:
    """The definition document that a form stands for; it is not judged here. Triggers stay as stored."""
    texts = form.texts
    document: dict[str, Any] = {name: texts[name] for name in PLAIN}
    document["event_name"] = texts["event_name"].strip()
    document["tags"] = read_lines(texts["tags"])
    document["retention_days"] = _days(texts["retention_days"].strip())
    document["fields"] = [_field(row) for row in form.rows]
    if texts["goal-type"]:
        given = {name: texts[f"goal-{name}"].strip() for name in GOAL}
        document["goal"] = {name: text for name, text in given.items() if text}
    document["allowed_operations"] = {
        kind: list(OPERATION_CHOICES.get(texts[f"allowed_operations-{kind}"], ())) for kind in KINDS
    }
    triggers = stored.web_tracking.triggers if stored else ()
    document["web_tracking"] = {
        **{name: texts[f"web_tracking-{name}"] for name in WEB_WORDS},
        **{name: texts[f"web_tracking-{name}"] == ON for name in WEB_FLAGS},
        "origins": read_lines(texts["web_tracking-origins"]),
        "triggers": [dict(one) for one in triggers],
    }
    return document


def faults_by_input(faults: Iterable[Fault], form: Form) -> dict[str, list[str]]:
    """Name of an input → what is wrong there; what belongs to no input is under the empty name."""
    names = {"fields", *form.texts}
    names |= {f"fields-{number}-{name}" for number in range(len(form.rows)) for name in ROW}
    found: dict[str, list[str]] = {}
    for fault in faults:
        steps = fault.pointer.split("/")[1:]
        ends = range(len(steps), 0, -1)
        place = next((name for end in ends if (name := "-".join(steps[:end])) in names), "")
        sentence = fault.message if place else f"{fault.pointer}: {fault.message}"
        found.setdefault(place, []).append(sentence)
    return found


def read_lines(text: str) -> list[str]:
    """The entries of a text with one on each line; an entry in quotes is a JSON string."""
    return [_entry(line) for part in text.split("\n") if (line := part.strip())]


def write_lines(entries: Iterable[str]) -> str:
    """The text of which `read_lines` makes these entries again."""
    return "\n".join(entry if _is_plain(entry) else json.dumps(entry) for entry in entries)


def _entry(line: str) -> str:
    if line.startswith('"'):
        try:
            return str(json.loads(line))
        except ValueError:
            return line
    return line


def _is_plain(entry: str) -> bool:
    return bool(entry) and entry == entry.strip() and entry[0] != '"' and not re.search("[\r\n]", entry)


def _field(row: Texts) -> dict[str, Any]:
    field: dict[str, Any] = {"name": row["name"].strip(), "type": row["type"]}
    field |= {name: True for name in ROW_FLAGS if row[name]}
    if row["description"]:
        field["description"] = row["description"]
    kind = FIELD_TYPES.get(row["type"])
    if kind is not None:  # rules that the type does not have were left behind by the one before
        field |= {
            name: _rule(kind, name, row[name]) for name in RULES if name in kind.rules and row[name].strip()
        }
    return field


def _days(text: str) -> int | str | None:
    """Nothing: for ever. What is no number is refused at its place."""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else text or None


def _rule(kind: FieldType, name: str, text: str) -> Any:
    if name == "choices":
        return [_value(kind, entry) for entry in read_lines(text)]
    if name in BOUNDS:
        return _value(kind, text.strip())
    if name in LENGTHS:
        number = text.strip()
        return int(number) if re.fullmatch("[0-9]{1,9}", number) else number
    return text


def _value(kind: FieldType, text: str) -> Any:
    """The value that a text stands for; if it stands for none the text itself, to be refused at its place."""
    try:
        return kind.from_text(text)
    except Refused:
        return text


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value) if isinstance(value, Decimal) else str(value)


def _normal(text: str) -> str:
    """Browsers send the lines of a text with CR LF between them."""
    return text.replace("\r\n", "\n")


def _operation_choice(words: Sequence[str]) -> str:
    return next(name for name, meant in OPERATION_CHOICES.items() if set(meant) == set(words))
