"""How events look on pages: values as text with every digit, personal ones masked, changes side by side."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.fields import format_timestamp
from collector.core.goals import Goal, unscale
from collector.core.identifiers import KINDS
from collector.store.profiles import Profile
from collector.web.api.shapes import MASK

DOORS = {
    "api": "API",
    "beacon": "Web page",
    "pixel": "Pixel",
    "notifuse": "Notifuse",
    "segment": "Segment",
    "cloudevents": "CloudEvents",
    "apsis": "APSIS One",
    "test": "Test",
    "import": "Import",
}
TRUST = {
    "key": "an integration with a key vouches for it",
    "signed": "the page's server signed who it is",
    "claimed": "the page says so, nobody vouches for it",
}
KIND_LABELS = {"email": "E-mail", "mobile": "Mobile", "crm_id": "CRM id"}
CHANGE_LABELS = {
    "goal": "Goal",
    "identifiers": "Identifiers",
    "deleted_at": "Deleted",
    "occurred_at": "Occurred",
    "version_id": "Version",
}

# The marks that turn text round or join it unseen, and the separators that are line ends to some.
_UNSEEN = re.compile("[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\x7f-\x9f]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Member:
    """One value of an event's data. `look` is text, number, word (true, false, null), json or masked."""

    name: str
    text: str
    look: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One member that a change moved, as texts. An empty side was not there."""

    label: str
    old: str
    new: str


def personal_fields(definition: Definition | None) -> frozenset[str]:
    """The fields of an event that were personal in any of its versions."""
    return definition.personal_fields if definition is not None else frozenset()


def members_of(
    data: str | bytes, personal: frozenset[str], types: Mapping[str, str] | None = None
) -> list[Member]:
    """The members of data as JSON text; none where it is no object."""
    return [
        _member(_printable(name), bytes(raw).decode(), name in personal, (types or {}).get(name, "extra"))
        for name, raw in _split(data).items()
    ]


def pretty(document: Any) -> str:
    """A document as JSON that people can read, every digit kept; what turns texts round is escaped."""
    text = msgspec.json.format(_ENCODER.encode(document), indent=2).decode()
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def masked_data(data: str, personal: frozenset[str]) -> dict[str, Any]:
    """Data for a JSON document, with the values of personal fields masked."""
    return {name: MASK if name in personal else raw for name, raw in _split(data).items()}


def change_lines(
    changes: Mapping[str, Any], personal: frozenset[str], versions: Mapping[int, int]
) -> list[ChangeLine]:
    """What a change moved, data member by member; `versions` are numbers by their id."""
    old_data, new_data = changes.get("data", (None, None))
    lines = _data_lines(old_data, new_data, personal)
    for member, label in CHANGE_LABELS.items():
        if member in changes:
            old, new = (_side(member, side, versions) for side in changes[member])
            lines.append(ChangeLine(label, old, new))
    return lines


def goal_text(goal: Goal | None) -> str:
    """`purchase, 149.5 SEK`; empty where there is none."""
    if goal is None:
        return ""
    value = "" if goal.value is None else f"{unscale(goal.value)} {goal.currency or ''}".strip()
    return ", ".join(part for part in (goal.type, goal.name, value) if part)


def consent_words(consent: str | None) -> str:
    """What was known of the person's consent, in words."""
    said = None if consent is None else json.loads(consent)
    if isinstance(said, dict):
        return ", ".join(f"{purpose}: {'yes' if agreed else 'no'}" for purpose, agreed in said.items())
    return {None: "nothing was said of it", True: "given", False: "refused"}[said]


def value_text(millionths: int | None, currency: str = "") -> str:
    """`1,149.50 SEK`: every digit, thousands apart, never one decimal place alone; a dash for none."""
    if millionths is None:
        return "–"
    text = f"{unscale(millionths):,f}"
    padded = text + "0" if re.search(r"\.[0-9]$", text) else text
    return f"{padded} {currency}".strip()


def name_of(profile: Profile) -> str:
    """What a person is called on pages: the first identifier, an e-mail address if there is one."""
    values = [value for kind in ("email", *KINDS) for value in profile.identifiers.get(kind, [])]
    return values[0] if values else f"Profile {ids.encode(profile.id)}"


def labelled(identifiers: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Identifiers with the labels of their kinds, always in the same order."""
    return [(label, identifiers[kind]) for kind, label in KIND_LABELS.items() if identifiers.get(kind)]


def version_numbers(definitions: Iterable[Definition]) -> dict[int, int]:
    """The numbers of all versions of definitions, by their ids."""
    return {ids.decode(one.id) or 0: one.number for each in definitions for one in each.versions}


def _split(data: str | bytes) -> dict[str, msgspec.Raw]:
    try:
        return msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}


def _member(name: str, raw: str, is_personal: bool, kind: str) -> Member:
    if is_personal:
        return Member(name, MASK, "masked", kind)
    if raw.startswith('"'):
        return Member(name, _printable(msgspec.json.decode(raw, type=str)), "text", kind)
    look = "json" if raw[0] in "[{" else "number" if raw[0] in "-0123456789" else "word"
    return Member(name, raw, look, kind)


def _printable(text: str) -> str:
    """A text as HTML may carry it: it knows no U+0000 and no other control characters."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _data_lines(old: str | None, new: str | None, personal: frozenset[str]) -> list[ChangeLine]:
    before, after = _split(old or "{}"), _split(new or "{}")
    names = [name for name in {**before, **after} if _bytes(before, name) != _bytes(after, name)]
    return [ChangeLine(name, _text(before, name, personal), _text(after, name, personal)) for name in names]


def _bytes(members: Mapping[str, msgspec.Raw], name: str) -> bytes:
    return bytes(members[name]) if name in members else b""


def _text(members: Mapping[str, msgspec.Raw], name: str, personal: frozenset[str]) -> str:
    if name not in members:
        return ""
    return MASK if name in personal else bytes(members[name]).decode()


def _side(member: str, value: Any, versions: Mapping[int, int]) -> str:
    if value is None:
        return ""
    match member:
        case "goal":
            return goal_text(Goal(*value))
        case "identifiers":
            return ", ".join(f"{label} {text}" for label, text in labelled(value))
        case "version_id":
            return str(versions.get(value, ids.encode(value)))
    return exact_moment(value)


def exact_moment(micros: int) -> str:
    """To the microsecond where there are any: two times of one minute must not look alike."""
    return format_timestamp(micros).replace("T", " ").replace("Z", " UTC")
