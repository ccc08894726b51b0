"""JSON and text as the internet sends them, and what the data judge says of each.

`FIELDS` are the fields that all cases are judged against. A case is data: its name, the bytes of `data`, the
code and pointer of every fault in order (none: accepted), the rule for extra fields, and, where it is
accepted, the canonical text.
"""

from __future__ import annotations

from dataclasses import dataclass

from collector.core.definitions import ExtraFields
from collector.core.fields import Field

FIELDS = (
    Field("total", "decimal"),
    Field("note", "text"),
    Field("lines", "integer"),
    Field("gift", "boolean"),
    Field("day", "date"),
    Field("at", "timestamp"),
    Field("word", "text", pattern="(a+)+$"),
)


@dataclass(frozen=True)
class Case:
    name: str
    raw: bytes
    faults: tuple[tuple[str, str], ...] = ()
    extra_fields: ExtraFields = "reject"
    text: str | None = None


def _wrong(code: str, pointer: str = "") -> tuple[tuple[str, str], ...]:
    return ((code, pointer),)


def _member(name: str, json: str, code: str | None, text: str | None = None) -> Case:
    """One member with one value; `text` is its canonical form, if it is accepted in another."""
    raw = f'{{"{name}":{json}}}'
    canonical = None if code else f'{{"{name}":{json if text is None else text}}}'
    return Case(
        f"{name} {json[:40]} ({len(json)})",
        raw.encode(),
        _wrong(code, f"/{name}") if code else (),
        text=canonical,
    )


NOT_JSON = tuple(
    Case(name, raw, _wrong("json-invalid", pointer))
    for name, raw, pointer in (
        ("empty", b"", ""),
        ("blank", b" \r\n\t ", ""),
        ("NaN", b'{"total":NaN}', "/total"),
        ("Infinity", b'{"total":Infinity}', "/total"),
        ("minus Infinity, deep inside", b'{"note":{"a":[0,-Infinity]}}', "/note/a/1"),
        ("NaN that a later member hides", b'{"total":NaN,"total":1}', ""),
        ("a comment", b'{"total":1} // one', ""),
        ("a block comment", b'{/* one */"total":1}', ""),
        ("a second value", b'{"total":1}{"total":2}', ""),
        ("a second value on the next line", b'{"total":1}\n1', ""),
        ("a trailing comma", b'{"total":1,}', ""),
        ("single quotes", b"{'total':1}", ""),
        ("a name without quotes", b"{total:1}", ""),
        ("cut off", b'{"total":1', ""),
        ("cut off in a text", b'{"note":"abc', ""),
        ("cut off in an escape", b'{"note":"\\u00', ""),
        ("an unknown escape", b'{"note":"\\q"}', ""),
        ("a raw line break in a text", b'{"note":"a\nb"}', ""),
        ("a raw NUL in a text", b'{"note":"a\0b"}', ""),
        ("leading zeros", b'{"total":01}', ""),
        ("a plus sign", b'{"total":+1}', ""),
        ("no digit before the point", b'{"total":.5}', ""),
        ("no digit after the point", b'{"total":5.}', ""),
        ("hexadecimal", b'{"lines":0x10}', ""),
        ("Arabic digits", '{"lines":١٢}'.encode(), ""),
        ("Python's True", b'{"gift":True}', ""),
        ("undefined", b'{"gift":undefined}', ""),
        ("an invalid UTF-8 byte", b'{"note":"\xff"}', ""),
        ("an overlong UTF-8 slash", b'{"note":"\xc0\xaf"}', ""),
        ("a surrogate in UTF-8", b'{"note":"\xed\xa0\x80"}', ""),
        ("invalid UTF-8 that a later member hides", b'{"total":"\xff","total":1}', ""),
        ("a byte order mark", b'\xef\xbb\xbf{"total":1}', ""),
        ("UTF-16", '{"total":1}'.encode("utf-16"), ""),
        ("UTF-16 without a mark", '{"total":1}'.encode("utf-16-le"), ""),
        ("UTF-32", '{"total":1}'.encode("utf-32"), ""),
        ("a no-break space", '{"total":\u00a01}'.encode(), ""),
        ("100 open brackets, no more", b"[" * 100, ""),
        ("more closed than opened", b"{}" + b"}" * 1000, ""),
    )
)

NO_OBJECT = tuple(
    Case(f"{raw.decode()} for data", raw, _wrong("data-invalid"))
    for raw in (b"null", b"[]", b'""', b"1", b"true", b'[{"total":1}]', b'"{}"', b"1.5")
)

DEPTH = (
    Case("100,000 open lists", b"[" * 100_000, _wrong("too-deep")),
    Case("100,000 lists", b'{"note":' + b"[" * 100_000 + b"]" * 100_000 + b"}", _wrong("too-deep")),
    Case("100,000 objects", b'{"note":' * 100_000 + b"1" + b"}" * 100_000, _wrong("too-deep")),
    Case(
        "100,000 lists that a later member hides",
        b'{"total":' + b"[" * 100_000 + b"]" * 100_000 + b',"total":1}',
        _wrong("too-deep"),
    ),
    Case("33 levels", b'{"x":' + b"[" * 32 + b"]" * 32 + b"}", _wrong("too-deep", "/x" + "/0" * 31), "drop"),
    Case("32 levels", b'{"x":' + b"[" * 31 + b"]" * 31 + b"}", (), "drop", "{}"),
    Case("9 levels kept", b'{"x":' + b"[" * 9 + b"]" * 9 + b"}", _wrong("too-deep", "/x" + "/0" * 8), "keep"),
    Case("8 levels kept", b'{"x":[[[[[[[[1]]]]]]]]}', (), "keep", '{"x":[[[[[[[[1]]]]]]]]}'),
    Case("a thousand lists beside each other", b'{"x":[' + b"[]," * 999 + b"[]]}", (), "drop", "{}"),
    Case("brackets in a text", b'{"note":"' + b"[{" * 200 + b'"}', (), text='{"note":"' + "[{" * 200 + '"}'),
    Case("a quote and brackets in a text", b'{"note":"\\"' + b"[" * 200 + b'"}', ()),
    Case("a list for a field", b'{"note":[[["a"]]]}', _wrong("type-wrong", "/note")),
)

NUMBERS = (
    _member("total", "1e400", "out-of-range"),
    _member("total", "1e999999999", "out-of-range"),
    _member("total", "1e99999999999999999999", "out-of-range"),
    _member("total", "1e-400", "out-of-range"),
    _member("total", "0e999999999", "out-of-range"),
    _member("total", "9" * 5000, "out-of-range"),
    _member("total", "0." + "9" * 5000, "out-of-range"),
    _member("total", "9" * 38, None),
    _member("total", "9" * 39, "out-of-range"),
    _member("total", "-" + "9" * 20 + "." + "9" * 18, None),
    _member("total", "0." + "1" * 19, "out-of-range"),
    _member("total", "149.90", None),
    _member("total", '"149.90"', None, "149.90"),
    _member("total", "1.5e3", None, "1500"),
    _member("total", "1E-7", None, "0.0000001"),
    _member("total", "0E+5", None, "0"),
    _member("total", "-0", None, "0"),
    _member("total", "-0.00", None, "0.00"),
    _member("total", '"-0"', None, "0"),
    _member("total", '"007"', None, "7"),
    _member("total", '"1e5"', "type-wrong"),
    _member("total", '"1_000"', "type-wrong"),
    _member("total", '"1\\u005f000"', "type-wrong"),
    _member("total", '" 1.5 "', "type-wrong"),
    _member("total", '"NaN"', "type-wrong"),
    _member("total", '"１２"', "type-wrong"),
    _member("total", '"12\\n"', "type-wrong"),
    _member("total", "true", "type-wrong"),
    _member("lines", "9" * 5000, "out-of-range"),
    _member("lines", "-" + "9" * 5000, "out-of-range"),
    _member("lines", "9" * 400, "out-of-range"),
    _member("lines", "9223372036854775808", "out-of-range"),
    _member("lines", "-9223372036854775809", "out-of-range"),
    _member("lines", "18446744073709551616", "out-of-range"),
    _member("lines", "9223372036854775807", None),
    _member("lines", "-9223372036854775808", None),
    _member("lines", "9007199254740993", None),
    _member("lines", "4611686018427387904", None),
    _member("lines", "-0", None, "0"),
    _member("lines", "1.0", "type-wrong"),
    _member("lines", "1e2", "type-wrong"),
    _member("lines", "1e400", "type-wrong"),
    _member("lines", '"12"', "type-wrong"),
    _member("lines", '"１２"', "type-wrong"),
    _member("lines", "true", "type-wrong"),
    _member("gift", '"yes"', "type-wrong"),
    _member("gift", "1", "type-wrong"),
    _member("gift", "0", "type-wrong"),
)

TEXTS = (
    _member("note", '""', None),
    _member("note", '"a\\u0000b"', "text-invalid"),
    _member("note", '"\\ud800"', "text-invalid"),
    _member("note", '"\\udc00\\ud800"', "text-invalid"),
    _member("note", '"\\ud83d\\ude00"', None, '"😀"'),
    _member("note", '"\\\\u0000"', None),
    _member("note", '"\\u2028</script>"', None, '"\u2028</script>"'),
    _member("note", '"' + "😀" * 4096 + '"', None),
    _member("note", '"' + "😀" * 4097 + '"', "too-long"),
    _member("word", '"' + "a" * 4000 + "b" + '"', "pattern-mismatch"),
    _member("word", '"aaa\\n"', "pattern-mismatch"),
    _member("word", '"aaa"', None),
    Case("NUL in a name", b'{"a\\u0000b":1}', _wrong("text-invalid", "/a\ufffdb")),
    Case("a lone surrogate in a name", b'{"\\udfff":1}', _wrong("text-invalid", "/\ufffd")),
    Case("NUL in a dropped name", b'{"a\\u0000b":1}', _wrong("text-invalid", "/a\ufffdb"), "drop"),
    Case("NUL in a dropped text", b'{"x":["a\\u0000b"]}', _wrong("text-invalid", "/x/0"), "drop"),
    Case("a lone surrogate in a kept text", b'{"x":{"y":"\\ud800"}}', _wrong("text-invalid", "/x/y"), "keep"),
)

MEMBERS = (
    Case("nothing", b"{}", (), text="{}"),
    Case("null is absence", b'{"total":null,"note":null,"lines":null,"at":null}', (), text="{}"),
    Case("the last of equal names wins", b'{"lines":1,"lines":2}', (), text='{"lines":2}'),
    Case("the last wins, whatever was first", b'{"lines":"x","lines":2}', (), text='{"lines":2}'),
    Case("the last wins, if it is wrong too", b'{"lines":2,"lines":"x"}', _wrong("type-wrong", "/lines")),
    Case("the last wins, if it is null too", b'{"lines":2,"lines":null}', (), text="{}"),
    Case("a hidden NUL does not matter", b'{"note":"\\u0000","note":"b"}', (), text='{"note":"b"}'),
    Case("a name written with escapes", b'{"\\u006eote":"b"}', (), text='{"note":"b"}'),
    Case("names are case-sensitive", b'{"Total":1}', _wrong("field-unknown", "/Total")),
    Case(
        "names of prototypes and classes",
        b'{"__proto__":{},"constructor":1,"__class__":2,"a/b~c":3}',
        tuple(("field-unknown", p) for p in ("/__proto__", "/constructor", "/__class__", "/a~1b~0c")),
    ),
    Case(
        "names of prototypes and classes, kept",
        b'{"constructor":1,"__proto__":{"b":1,"a":null},"__class__":2}',
        (),
        "keep",
        '{"__class__":2,"__proto__":{"a":null,"b":1},"constructor":1}',
    ),
    Case(
        "names of what the judge is made of",
        b'{"f0":1,"Meta":2,"fields":3}',
        tuple(("field-unknown", p) for p in ("/f0", "/Meta", "/fields")),
    ),
    Case(
        "everything that is wrong",
        b'{"at":1,"day":"x","x":1,"total":true}',
        (("type-wrong", "/total"), ("type-wrong", "/day"), ("type-wrong", "/at"), ("field-unknown", "/x")),
    ),
    Case(
        "100 strangers",
        b"{" + b",".join(b'"x%d":1' % n for n in range(100)) + b"}",
        tuple(("field-unknown", f"/x{n}") for n in range(50)),
    ),
    Case(
        "101 strangers",
        b'{"lines":1,' + b",".join(b'"x%d":1' % n for n in range(101)) + b"}",
        _wrong("too-many-members"),
        "keep",
    ),
    Case("100 kept", b"{" + b",".join(b'"x%03d":1' % n for n in range(100)) + b"}", (), "keep"),
    Case(
        "10,000 properties",
        b"{" + b",".join(b'"x%d":1' % n for n in range(10_000)) + b"}",
        _wrong("too-many-members"),
    ),
    Case(
        "10,000 properties to drop",
        b"{" + b",".join(b'"x%d":1' % n for n in range(10_000)) + b"}",
        _wrong("too-many-members"),
        "drop",
    ),
    Case("a name of 1 MB", b'{"' + b"x" * 1_000_000 + b'":1}', _wrong("too-long")),
    Case("a name of 1 MB to drop", b'{"' + b"x" * 1_000_000 + b'":1}', _wrong("too-long"), "drop"),
    Case("a kept text of 32 KiB", b'{"x":"' + b"a" * 32 * 1024 + b'"}', _wrong("too-long"), "keep"),
    Case("a kept text of nearly 32 KiB", b'{"x":"' + b"a" * (32 * 1024 - 8) + b'"}', (), "keep"),
    Case("a kept text of 1 MB", b'{"x":"' + b"a" * 1_000_000 + b'"}', _wrong("too-long"), "keep"),
    Case("kept numbers that grow", b'{"x":[' + b"1e300," * 9999 + b"1]}", _wrong("too-long"), "keep"),
    Case(
        "kept numbers",
        b'{"b":1.50,"a":[-0.0,1E2,1e-7,-0],"total":"1.50"}',
        (),
        "keep",
        '{"total":1.50,"a":[0.0,100,0.0000001,0],"b":1.50}',
    ),
    Case(
        "kept numbers beyond reason",
        b'{"a":9223372036854775808,"b":[1e400],"c":1e999999999999999999999}',
        (("out-of-range", "/a"), ("out-of-range", "/b/0"), ("out-of-range", "/c")),
        "keep",
    ),
    Case("dropped numbers beyond reason", b'{"a":[1e400]}', _wrong("out-of-range", "/a/0"), "drop"),
    Case("kept null", b'{"x":null,"total":null}', (), "keep", '{"x":null}'),
    Case("dropped", b'{"lines":1,"x":{"y":[1]}}', (), "drop", '{"lines":1}'),
)

TIMES = (
    _member("at", '"2026-05-01T12:00:00"', "type-wrong"),
    _member("at", '"2026-05-01"', "type-wrong"),
    _member("at", '"2026-W18-5T12:00:00Z"', "type-wrong"),
    _member("at", '"2026-05-01T12:00:00+0200"', "type-wrong"),
    _member("at", '"2026-05-01 12:00:00Z"', "type-wrong"),
    _member("at", '"2026-02-29T12:00:00Z"', "type-wrong"),
    _member("at", '"0001-01-01T00:00:00+00:01"', "out-of-range"),
    _member("at", '"9999-12-31T23:59:59-00:01"', "out-of-range"),
    _member("at", '"9999-12-31T23:59:60Z"', "out-of-range"),
    _member("at", '"2016-12-31T23:59:60Z"', None, '"2017-01-01T00:00:00Z"'),
    _member("at", '"2017-01-01T00:59:60.5+01:00"', None, '"2017-01-01T00:00:00.5Z"'),
    _member("at", '"2026-05-01T12:00:60Z"', "type-wrong"),
    _member("at", '"2026-05-01t12:00:00z"', None, '"2026-05-01T12:00:00Z"'),
    _member("at", '"2026-05-01T14:00:00.120+02:00"', None, '"2026-05-01T12:00:00.12Z"'),
    _member("at", '"2026-05-01T12:00:00.000Z"', None, '"2026-05-01T12:00:00Z"'),
    _member("at", '"2026-05-01T12:00:00.123456999Z"', None, '"2026-05-01T12:00:00.123456Z"'),
    _member("at", '"2024-02-29T12:00:00Z"', None),
    _member("at", "1777636800000", "type-wrong"),
    _member("day", '"2026-02-29"', "type-wrong"),
    _member("day", '"0000-01-01"', "type-wrong"),
    _member("day", '"20260501"', "type-wrong"),
    _member("day", '"2026-05-01T00:00:00Z"', "type-wrong"),
    _member("day", '"2024-02-29"', None),
)

CORPUS = (*NOT_JSON, *NO_OBJECT, *DEPTH, *NUMBERS, *TEXTS, *MEMBERS, *TIMES)
