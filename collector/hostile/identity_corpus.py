"""Who an event says it is about, as it arrives, and whose it becomes: data for the doors that take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ONE_PERSON: tuple[tuple[dict[str, str], ...], ...] = (
    # Spellings of one person: every line makes one profile.
    (
        {"email": "foo@x.se"},
        {"email": "Foo@X.se"},
        {"email": " foo@x.se "},
        {"email": "\u00a0FOO@X.SE\n"},
        {"email": '"foo"@x.se'},
        {"email": "foo@\uff58.se"},
    ),
    ({"email": "rene\u0301@x.se"}, {"email": "ren\u00e9@x.se"}, {"email": "REN\u00c9@x.se"}),
    (
        {"email": "anna@ex\u00e4mple.se"},
        {"email": "anna@exa\u0308mple.se"},
        {"email": "anna@xn--exmple-cua.se"},
        {"email": "ANNA@XN--EXMPLE-CUA.SE"},
    ),
    (
        {"mobile": "+46 70-123 45 67"},
        {"mobile": "0046701234567"},
        {"mobile": "+46 (0)70 123 45 67"},
        {"mobile": "\uff0b\uff14\uff1670123\uff145\uff167"},
    ),
)

SEVERAL_PEOPLE: tuple[dict[str, str], ...] = (
    # Spellings that look alike and are different people.
    {"crm_id": "C-1"},
    {"crm_id": "c-1"},
    {"crm_id": " C-1"},
    {"crm_id": "\u0421-1"},
    {"email": "foo+a@x.se"},
    {"email": "foo@x.se"},
    {"email": "f.oo@x.se"},
    {"crm_id": "foo@x.se"},
    {"crm_id": "+46701234567"},
    {"mobile": "+46701234567"},
)

NOBODY: tuple[tuple[Any, str, str | None], ...] = (
    # identifiers, the pointer of the fault, its code (None: any)
    ({"email": "null"}, "/identifiers/email", "identifier-placeholder"),
    ({"crm_id": "undefined"}, "/identifiers/crm_id", "identifier-placeholder"),
    ({"crm_id": "[object Object]"}, "/identifiers/crm_id", "identifier-placeholder"),
    ({"crm_id": " Anonymous "}, "/identifiers/crm_id", "identifier-placeholder"),
    ({"crm_id": ""}, "/identifiers/crm_id", "identifier-placeholder"),
    ({"crm_id": "0"}, "/identifiers/crm_id", "identifier-placeholder"),
    ({"mobile": "None"}, "/identifiers/mobile", "identifier-placeholder"),
    ({"email": "a" * 321 + "@x.se"}, "/identifiers/email", "identifier-invalid"),
    ({"email": "foo@x.se\x00"}, "/identifiers/email", None),
    ({"crm_id": "x" * 256}, "/identifiers/crm_id", "identifier-invalid"),
    ({"mobile": "+46 CALL ME"}, "/identifiers/mobile", "identifier-invalid"),
    ({"mobile": "0701234567"}, "/identifiers/mobile", "identifier-invalid"),
    ({"phone": "+46701234567"}, "/identifiers/phone", "identifier-unknown"),
    ({"visitor": "visitor-1"}, "/identifiers/visitor", "identifier-unknown"),
    ({"__proto__": "x"}, "/identifiers/__proto__", "identifier-unknown"),
)


@dataclass(frozen=True)
class Vouched:
    """What a page says of itself. `token` is made from `signs` until `seconds` from now, then changed."""

    name: str
    identifiers: dict[str, Any]
    signs: dict[str, Any] | None = None
    seconds: int = 3600
    prefix: str = ""
    suffix: str = ""
    is_signed: bool = False


WHO = {"email": "foo@x.se", "crm_id": "7"}

TOKENS: tuple[Vouched, ...] = (
    Vouched("exactly", WHO, WHO, is_signed=True),
    Vouched("in another order", dict(reversed(WHO.items())), WHO, is_signed=True),
    Vouched("as it is sent", {"email": " FOO@x.se"}, {"email": " FOO@x.se"}, is_signed=True),
    Vouched("normalised", {"email": " FOO@x.se"}, {"email": "foo@x.se"}, is_signed=True),
    Vouched("with an absent one", {**WHO, "mobile": None}, {**WHO, "mobile": None}, is_signed=True),
    Vouched("without the absent one", {**WHO, "mobile": None}, WHO, is_signed=True),
    Vouched("padded", WHO, WHO, suffix="=", is_signed=True),
    Vouched("in letters beyond ASCII", {"crm_id": "Å\u2028/\"'"}, {"crm_id": "Å\u2028/\"'"}, is_signed=True),
    Vouched("without a token", WHO),
    Vouched("for fewer", WHO, {"email": "foo@x.se"}),
    Vouched("for more", {"email": "foo@x.se"}, WHO),
    Vouched("for somebody else", {"email": "bar@x.se"}, {"email": "foo@x.se"}),
    Vouched("for another spelling", {"email": "FOO@x.se"}, {"email": "Foo@x.se"}),
    Vouched("for nobody", {}, {}),
    Vouched("for nulls", {"email": None}, {"email": None}),
    Vouched("ended now", WHO, WHO, seconds=0),
    Vouched("ended long ago", WHO, WHO, seconds=-1_000_000_000),
    Vouched("with a space", WHO, WHO, prefix=" "),
    Vouched("with a line", WHO, WHO, suffix="\n"),
    Vouched("with a longer time", WHO, WHO, prefix="1"),
    Vouched("with a zero before it", WHO, WHO, prefix="0"),
    Vouched("padded twice", WHO, WHO, suffix="=="),
    Vouched("with a megabyte", WHO, WHO, suffix="A" * 900_000),
)
