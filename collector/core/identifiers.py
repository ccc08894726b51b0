"""Who an event is about: e-mail, mobile, CRM id and the visitor of a browser, each in one spelling.

One person must be one profile, so an identifier is brought into its one form before anything looks at it:

* `email`: NFC, trimmed, lower case, syntax by RFC 5321/6531. An internationalised domain is kept in letters
  (`anna@exämple.se`, not `xn--…`); quotes around the local part are dropped where they are not needed.
* `mobile`: E.164 (`+46701234567`). Spaces, brackets, dots, hyphens and slashes may stand between the digits,
  and `00` may stand for `+`; there is no default country.
* `crm_id`: as it is, 1 to 255 characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    ValidationResult,
    format_number,
    is_possible_number_with_reason,
    parse,
)

from collector.core.fields import UNSTORABLE
from collector.core.problems import Fault, pointer_to
from collector.core.strict_json import shown_name

KINDS = ("crm_id", "email", "mobile")
"""The kinds of identifiers, the strongest first."""

PLACEHOLDERS = frozenset(
    {
        "",
        "-",
        "(null)",
        "(not set)",
        "00000000-0000-0000-0000-000000000000",
        "0",
        "[]",
        "[object object]",
        "anonymous",
        "false",
        "guest",
        "n/a",
        "nan",
        "nil",
        "none",
        "not_set",
        "null",
        "true",
        "undefined",
        "unknown",
        "{}",
    }
)
"""What programs send when they have nothing: each would make one profile out of thousands of people."""

VISITOR = re.compile(r"[A-Za-z0-9_.-]{8,64}")

EMAIL_LENGTH = 320
CRM_ID_LENGTH = 255
MOBILE_LENGTH = 64
UNKNOWN_NAMED = 10

_RESERVED = "|".join(sorted({re.escape(name.rpartition(".")[2]) for name in SPECIAL_USE_DOMAIN_NAMES}))
# The short road, for most addresses: no quotes, no punycode, no two hyphens together, nothing beyond ASCII.
# No group is repeated possessively: until Python 3.11.5 (Debian 12 has 3.11.2) what such a group had matched
# when it failed half-way stayed matched, so that `foo.@x.se` was an address (CPython, issue 106052).
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+-]++(?:\.[a-z0-9_+-]++)*@(?:[a-z0-9]++(?:-[a-z0-9]++)*\.)+"
    rf"(?!(?:{_RESERVED})\Z)[a-z]{{2,}}"
)
_PLAIN_EMAIL_LENGTH = 64

_MOBILE = re.compile(r"\+[0-9 ().\-/\u00ad\u200b\u2010-\u2015\u2060\u2212]{3,}")


def normalise(kind: str, value: object, pointer: str) -> str | Fault:
    """The one form of an identifier of one of the `KINDS`, or what is wrong with it, at `pointer`.

    Codes: `type-wrong`, `identifier-placeholder`, `identifier-invalid`. Normalising twice changes nothing.
    """
    if not isinstance(value, str):
        return Fault("type-wrong", pointer, "An identifier is a text.")
    # The length first: what follows costs by the character, some of it by its square.
    if len(value) > EMAIL_LENGTH:
        return Fault("identifier-invalid", pointer, f"This {kind} is too long.")
    trimmed = value.strip().lower()
    if kind == "email" and _is_plain_email(trimmed):
        return trimmed
    if trimmed in PLACEHOLDERS:
        return Fault("identifier-placeholder", pointer, "This stands for nobody. Leave the identifier out.")
    if not value.isascii() or "\x00" in value:
        unstorable = UNSTORABLE.search(value)
        if unstorable:
            return Fault(
                "identifier-invalid", pointer, f"U+{ord(unstorable[0]):04X} cannot be part of an identifier."
            )
    return _NORMALISERS[kind](value, pointer)


def usual_identifiers(document: object) -> Mapping[str, str] | None:
    """Those of most payloads: one address, in its one form already. None: ask `judge_identifiers`.

    What was not well-formed may have anything for a document, and for an address.
    """
    if not isinstance(document, dict) or len(document) != 1:
        return None
    email = document.get("email")
    return document if isinstance(email, str) and _is_plain_email(email) else None


def _is_plain_email(text: str) -> bool:
    return len(text) <= _PLAIN_EMAIL_LENGTH and _PLAIN_EMAIL.fullmatch(text) is not None


def judge_identifiers(
    document: object, pointer: str = "/identifiers"
) -> tuple[Mapping[str, str], list[Fault]]:
    """The identifiers of a payload, normalised, the strongest first; and everything wrong with them.

    `null` is absence, of a member and of the whole. Codes beside those of `normalise`:
    `identifiers-invalid` (not an object), `identifier-unknown`.
    """
    if document is None:
        return {}, []
    if not isinstance(document, dict):
        return {}, [Fault("identifiers-invalid", pointer, "Identifiers are an object: kind and value.")]
    found: dict[str, str] = {}
    faults: list[Fault] = []
    known = 0
    for kind in KINDS:
        if kind not in document:
            continue
        known += 1
        value = document[kind]
        if value is None:
            continue
        form = normalise(kind, value, f"{pointer}/{kind}")
        if isinstance(form, str):
            found[kind] = form
        else:
            faults.append(form)
    if known < len(document):
        faults += _unknown_kinds(document, pointer)
    return found, faults


def judge_visitor(value: object, pointer: str) -> str | Fault:
    """The random id that a browser made for itself.

    Codes: `type-wrong`, `visitor-invalid`, `identifier-placeholder`.
    """
    if not isinstance(value, str):
        return Fault("type-wrong", pointer, "A visitor id is a text.")
    if not VISITOR.fullmatch(value):
        return Fault("visitor-invalid", pointer, "A visitor id is 8 to 64 of A–Z, a–z, 0–9, _, . and -.")
    if value.lower() in PLACEHOLDERS:
        return Fault("identifier-placeholder", pointer, "This stands for nobody. Leave the visitor out.")
    return value


def _unknown_kinds(document: Mapping[object, object], pointer: str) -> list[Fault]:
    unknown = [shown_name(str(kind)) for kind in document if kind not in KINDS]
    # A payload of ten thousand strange members is refused just as well by the first ten.
    return [
        Fault(
            "identifier-unknown", pointer + pointer_to(kind), f"An identifier is one of: {', '.join(KINDS)}."
        )
        for kind in unknown[:UNKNOWN_NAMED]
    ]


def _normalise_crm_id(value: str, pointer: str) -> str | Fault:
    if len(value) > CRM_ID_LENGTH:
        return Fault("identifier-invalid", pointer, f"A crm_id has at most {CRM_ID_LENGTH} characters.")
    return value


def _normalise_email(value: str, pointer: str) -> str | Fault:
    """The long road: every address, at some tens of microseconds."""
    lowered = unicodedata.normalize("NFC", value).strip().lower()
    try:
        address = validate_email(
            unicodedata.normalize("NFC", lowered),
            check_deliverability=False,
            allow_smtputf8=True,
            allow_quoted_local=True,
        )
    except EmailNotValidError as error:
        return Fault("identifier-invalid", pointer, f"This is not an e-mail address. {error}")
    return address.normalized


def _normalise_mobile(value: str, pointer: str) -> str | Fault:
    number = _e164(value) if len(value) <= MOBILE_LENGTH else None
    if number is None:
        return Fault(
            "identifier-invalid",
            pointer,
            "This is not a mobile number. Write it with its country: +46 70 123 45 67.",
        )
    return number


@lru_cache(maxsize=8192)
def _e164(value: str) -> str | None:
    text = unicodedata.normalize("NFKC", value).strip()
    if text.startswith("00"):
        text = "+" + text[2:]
    if not _MOBILE.fullmatch(text):
        return None
    number = _parsed(text)
    # A superfluous zero may go (+46 (0)70 …), but what is left must stand for itself.
    if number is None or (number != text and _parsed(number) != number):
        return None
    return number


def _parsed(text: str) -> str | None:
    """E.164 of a number that is possible by its length; ranges that are not known yet may be in use."""
    try:
        number = parse(text, None)
    except NumberParseException:
        return None
    if is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    return format_number(number, PhoneNumberFormat.E164)


_NORMALISERS: Mapping[str, Callable[[str, str], str | Fault]] = {
    "crm_id": _normalise_crm_id,
    "email": _normalise_email,
    "mobile": _normalise_mobile,
}
