"""Reading a request's body, within bounds."""

from __future__ import annotations

import zlib
from collections.abc import MutableMapping
from typing import Any

from flask import request

from collector.core.problems import Fault, Problem
from collector.core.strict_json import Unreadable, faults_in, read
from collector.web.parts import parts

_GZIP = 16 + zlib.MAX_WBITS
LONGEST_LENGTH = 18
"""Digits of a Content-Length."""


def read_body() -> bytes:
    """The body, unpacked if it came with gzip; at most `FIELDPOST_MAX_BODY` bytes.

    Raises `Problem`: `body-too-large`, `body-unreadable` (no gzip), `media-type-unsupported`.
    """
    most = parts().settings.max_body
    if (request.content_length or 0) > most:
        raise _too_large(most)
    # Werkzeug's own limit would cut a chunked body without a word; so ours is looked for one byte further.
    raw = request.stream.read(most + 1) if request.content_length is None else request.get_data(cache=False)
    if len(raw) > most:
        raise _too_large(most)
    match request.headers.get("Content-Encoding", "identity").strip().lower():
        case "identity" | "":
            return raw
        case "gzip" | "x-gzip":
            return _unpack(raw, most)
    sentence = "A body comes as it is, or with gzip."
    raise Problem("media-type-unsupported", sentence, wanted=("Accept-Encoding", "gzip"))


def read_usual(environ: MutableMapping[str, Any], most: int) -> bytes | None:
    """The body of a request that tells its length and packs nothing; None for others, which stay unread.

    That all of it has come is the gate's to see.

    Raises `Problem("body-too-large")`.
    """
    length = environ.get("CONTENT_LENGTH", "")
    if (
        not length.isdecimal()
        or len(length) > LONGEST_LENGTH
        or environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity"
    ):
        return None
    if int(length) > most:
        raise _too_large(most)
    body: bytes = environ["wsgi.input"].read(int(length))
    return body


def require_json() -> None:
    """Raises `Problem("media-type-unsupported")` unless the body says that it is JSON (RFC 8259)."""
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != "application/json" or charset not in ("utf-8", "utf8"):
        sentence = "Send JSON with Content-Type: application/json."
        raise Problem("media-type-unsupported", sentence, wanted=("Accept", "application/json"))


def read_json() -> object:
    """The body's JSON, whatever is in it. Raises `Problem`: `media-type-unsupported`, `body-unreadable`."""
    require_json()
    try:
        return read(read_body())
    except Unreadable as error:
        fault = Fault(error.code, error.pointer, error.message)
        raise Problem("body-unreadable", error.message, faults=[fault]) from error


def read_document() -> object:
    """The JSON of the body.

    Raises `Problem`: `media-type-unsupported`, `body-unreadable`, `request-invalid` for what cannot be kept.
    """
    document = read_json()
    faults = faults_in(document)
    if faults:
        raise Problem("request-invalid", "Some of the values cannot be kept.", faults=faults)
    return document


def _unpack(raw: bytes, most: int) -> bytes:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        body = unpacker.decompress(raw, most + 1)
    except zlib.error as error:
        raise Problem("body-unreadable", "The body is no gzip.") from error
    if len(body) > most:
        raise _too_large(most)
    if not unpacker.eof:
        raise Problem("body-unreadable", "The gzip ends too early.")
    if unpacker.unused_data:
        raise Problem("body-unreadable", "Something follows the gzip.")
    return body


def _too_large(most: int) -> Problem:
    return Problem("body-too-large", f"A body has at most {most} bytes.")
