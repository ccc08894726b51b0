"""The shape of an event as it arrives: which members it may have, and of which JSON type.

Two roads again: a compiled decoder for what is well-formed, and a slow one that says what is wrong
with what is not. `data` stays raw JSON text; only the version knows how to read it.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import msgspec

from collector.core.consent import Consent
from collector.core.problems import Fault, pointer_to
from collector.core.strict_json import Unreadable, decoded, faults_in, read

ID_LENGTH = 255
ABSENT = msgspec.Raw()
UNSET = msgspec.UNSET
IMPORT = "import"
"""The door of files."""
LARGEST_TRIGGER = 2**31 - 1
"""The numbers of triggers begin at 1."""
NAMED = 20  # unknown members that are named one by one


class Payload(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, gc=False):
    """What every door may bring. `null` is absence."""

    id: str | None = None
    version: str | None = None
    occurred_at: str | None = None
    identifiers: dict[str, str | None] | None = None
    data: msgspec.Raw = ABSENT
    consent: Consent | None = None

    # Asked of every event, where `isinstance` of a struct's class takes three times as long and a property
    # four times. What knows of browsers, triggers or exports has members or properties of these names.
    is_of_a_page: ClassVar[bool] = False
    tells_trust: ClassVar[bool] = False
    visitor: ClassVar[str | None] = None
    """The browser that it names."""
    trigger: ClassVar[int | None] = None
    """The number of the trigger of a page that made it."""
    is_told_again: ClassVar[bool] = False
    """Whether it was accepted before, here or elsewhere."""

    @property
    def data_text(self) -> bytes | None:
        """The JSON text of the data, None where it is absent or null."""
        text = bytes(self.data)
        return text if text and text != b"null" else None

    @property
    def named_source(self) -> str | None:
        """The Source that it names."""
        raise NotImplementedError


class ApiPayload(Payload, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One event of `POST /api/v1/events`."""

    event: str | None = None
    source: str | None = None
    goal_type: str | None = None
    goal_value: msgspec.Raw = ABSENT
    goal_name: str | None = None
    goal_currency: str | None = None
    deleted_at: str | msgspec.UnsetType | None = UNSET

    @property
    def named_source(self) -> str | None:
        return self.source

    @property
    def gives_goal(self) -> bool:
        """Whether it says anything of a goal, be it null."""
        of_text = self.goal_type is not None or self.goal_name is not None or self.goal_currency is not None
        return of_text or self.goal_value is not ABSENT


class VouchedPayload(ApiPayload, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One event of an integration that also knows the browser, at the doors of other APIs."""

    visitor: str | None = None  # type: ignore[misc]


class ToldPayload(VouchedPayload, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One event of an import, which may be one that an export of ours tells: then it has a `trust`.

    When it came there, and whose it is there, means nothing here: those members are passed over.
    """

    trust: str | None = None
    received_at: str | None = None
    updated_at: str | None = None
    profile: str | None = None

    tells_trust: ClassVar[bool] = True

    @property
    def is_told_again(self) -> bool:  # type: ignore[override]
        return self.trust is not None


class BeaconPayload(Payload, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One event of a beacon; the address says of which definition.

    Its `source` is the text that the page gave, or the number of the trigger that made it.
    """

    source: str | Annotated[int, msgspec.Meta(ge=1, le=LARGEST_TRIGGER)] | None = None
    visitor: str | None = None  # type: ignore[misc]
    token: str | None = None

    is_of_a_page: ClassVar[bool] = True

    @property
    def named_source(self) -> str | None:
        return self.source if isinstance(self.source, str) else None

    @property
    def trigger(self) -> int | None:  # type: ignore[override]
        return self.source if isinstance(self.source, int) else None


P = TypeVar("P", bound=Payload)
Read = tuple[P, list[Fault]]
"""A payload, as far as it could be read, and what is wrong with its shape."""

# Looking for an integer in bytes is several times as fast as looking for a byte string.
_BACKSLASH = ord("\\")
# A pair of surrogates, or a lone one (group 1), or any other escape.
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


class Shape(Generic[P]):
    """Reads payloads of one class."""

    def __init__(self, payload_class: type[P]) -> None:
        self.payload_class = payload_class
        self._fast = msgspec.json.Decoder(payload_class)
        self._split = msgspec.json.Decoder(dict[str, msgspec.Raw])
        self._many = msgspec.json.Decoder(list[payload_class])  # type: ignore[valid-type]

    def read(self, raw: bytes) -> Read[P]:
        """Never raises for input that is JSON; raises `Unreadable` for what is not."""
        payload = self.read_usual(raw)
        return (payload, []) if payload is not None else self._slowly(raw)

    def read_many(self, raw: bytes) -> list[P] | None:
        """All payloads of a JSON array, if every one is well-formed; else None."""
        if is_suspicious(raw):
            return None
        try:
            return self._many.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None

    def read_usual(self, raw: bytes) -> P | None:
        """A payload that is well-formed; None for one of which something is to be said."""
        if is_suspicious(raw):
            return None
        try:
            return self._fast.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None

    def _slowly(self, raw: bytes) -> Read[P]:
        members = self._members(raw)
        if members is None:
            return self.payload_class(), [Fault("payload-invalid", "", "An event is a JSON object.")]
        faults: list[Fault] = []
        values: dict[str, Any] = {}
        unknown = [name for name in members if name not in self.payload_class.__struct_fields__]
        for name in unknown[:NAMED]:
            faults.append(_unknown(name))
        for name in members.keys() - set(unknown):
            self._read_member(name, bytes(members[name]), values, faults)
        return self.payload_class(**values), sorted(faults, key=lambda fault: fault.pointer)

    def _members(self, raw: bytes) -> dict[str, msgspec.Raw] | None:
        try:
            return self._split.decode(raw)
        except msgspec.ValidationError:
            read(raw)
            return None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            read(raw)
            raise Unreadable("body-unreadable", "The JSON cannot be read.", "") from error

    def _read_member(self, name: str, raw: bytes, values: dict[str, Any], faults: list[Fault]) -> None:
        if name in ("data", "goal_value"):
            values[name] = msgspec.Raw(raw)
            return
        pointer = pointer_to(name)
        value = read(raw)
        wrong = faults_in(value, pointer)
        if not wrong and value is not None and not self._is_one(name, value):
            wrong = [Fault("type-wrong", pointer, self._words(name))]
        if wrong:
            faults.extend(wrong)
        else:
            values[name] = value

    def _is_one(self, name: str, value: Any) -> bool:
        """Whether a value is what a member may be."""
        if name == "consent":
            values = value.values() if isinstance(value, dict) else (value,)
            return all(isinstance(one, bool) for one in values)
        if isinstance(value, int) and not isinstance(value, bool):
            return self._may_be_trigger(name) and 1 <= value <= LARGEST_TRIGGER
        return isinstance(value, dict if name == "identifiers" else str)

    def _words(self, name: str) -> str:
        if name == "consent":
            return "This is true, false, or an object: true or false for each purpose."
        if self._may_be_trigger(name):
            return f"This is a text, or the number of a trigger: 1 to {LARGEST_TRIGGER}."
        return f"This is {'an object' if name == 'identifiers' else 'a text'}."

    def _may_be_trigger(self, name: str) -> bool:
        return name == "source" and issubclass(self.payload_class, BeaconPayload)


def _unknown(name: str) -> Fault:
    shown = name if len(name) <= 100 else name[:100] + "…"
    return Fault("member-unknown", pointer_to(shown), "An event has no such member.")


def splittable(raw: bytes) -> bytes:
    """The same text with `\\u0000` for every lone surrogate, which would keep the decoders from splitting it.

    Both are refused alike, at the same place, by whoever reads the value. Raises `Unreadable` for what is no
    UTF-8: a decoder does not look into what it leaves raw.
    """
    if not raw.isascii():
        decoded(raw)
    if _BACKSLASH not in raw or (b"\\ud" not in raw and b"\\uD" not in raw):
        return raw
    return _ESCAPE.sub(lambda found: b"\\u0000" if found[1] else found[0], raw)


def is_suspicious(raw: bytes) -> bool:
    """Whether a text needs the careful road: `\\u0000` may be in it, which no decoder minds."""
    return _BACKSLASH in raw and b"\\u0000" in raw


API = Shape(ApiPayload)
VOUCHED = Shape(VouchedPayload)
TOLD = Shape(ToldPayload)
BEACON = Shape(BeaconPayload)
