"""HTTP as the internet sends it: requests in bytes and in parts, and what each gets.

`WIRE` are whole requests for the real server; the others are asked of the app itself.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass

ANY_ID = b"00000000"
BODY = b'{"id": "%s", "data": {"total": 1}}' % ANY_ID


@dataclass(frozen=True)
class Sent:
    """Bytes for the real server; `{b}` is the path of a beacon, ANY_ID an id. `statuses`: any is right.

    `stores`: how many events it may leave behind. 0 in `statuses`: no answer, the connection is closed.
    """

    name: str
    raw: bytes
    statuses: tuple[int, ...]
    stores: int = 0


def _post(*headers: bytes, body: bytes = BODY, line: bytes = b"POST {b} HTTP/1.1") -> bytes:
    common = (
        b"Host: shop",
        b"Origin: https://shop.example",
        b"Content-Type: text/plain",
        b"User-Agent: Mozilla/5.0",
    )
    return b"\r\n".join([line, *common, *headers, b"", body])


_LENGTH = b"Content-Length: %d" % len(BODY)
_CHUNKED = b"Transfer-Encoding: chunked"
_IN_CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
_SECOND = _post(_LENGTH)


def _get(*headers: bytes, path: bytes = b"/health") -> bytes:
    return b"\r\n".join([b"GET %s HTTP/1.1" % path, b"Host: shop", *headers, b"", b""])


def _with_keys(*keys: bytes) -> bytes:
    return _get(*(b"Authorization: Bearer %s" % key for key in keys), path=b"/api/v1/events")


WIRE = (
    Sent("a beacon as it should be", _post(_LENGTH), (200,), 1),
    Sent("a beacon in chunks", _post(_CHUNKED, body=_IN_CHUNKS), (200,), 1),
    Sent(
        "a length and chunks, where the length is too short",
        _post(b"Content-Length: 4", _CHUNKED, body=_IN_CHUNKS),
        (200, 400),
        1,
    ),
    Sent(
        "a length and chunks, with a request behind the chunks' end",
        _post(_LENGTH, _CHUNKED, body=b"0\r\n\r\n" + _SECOND),
        (400,),
        1,
    ),
    Sent("two lengths that differ", _post(_LENGTH, b"Content-Length: 4"), (400,)),
    Sent("two lengths in one", _post(b"Content-Length: 40, 4"), (400,)),
    Sent("a negative length", _post(b"Content-Length: -1"), (400,)),
    Sent("a length with a plus", _post(b"Content-Length: +40"), (400,)),
    Sent("a length that is no number", _post(b"Content-Length: forty"), (400,)),
    Sent("a length over 64 bits", _post(b"Content-Length: 99999999999999999999999"), (400, 413)),
    Sent("a length of a terabyte", _post(b"Content-Length: 1099511627776"), (413,)),
    Sent("chunks of a strange kind", _post(b"Transfer-Encoding: chunked, gzip", body=_IN_CHUNKS), (400,)),
    Sent("an unknown transfer encoding", _post(b"Transfer-Encoding: xchunked", body=_IN_CHUNKS), (400, 501)),
    Sent("chunks whose size is no number", _post(_CHUNKED, body=b"zz\r\n{}\r\n0\r\n\r\n"), (0, 400)),
    Sent(
        "chunks whose size is over 64 bits",
        _post(_CHUNKED, body=b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        (0, 400),
    ),
    Sent("chunks in HTTP/1.0", _post(_CHUNKED, body=_IN_CHUNKS, line=b"POST {b} HTTP/1.0"), (0, 400)),
    Sent("a space before the colon", _post(b"Content-Length : 40"), (400,)),
    Sent("a folded header", _post(b"X-Fold: a\r\n b", _LENGTH), (200, 400), 1),
    Sent("a NUL in a header", _post(b"X-Nul: a\0b", _LENGTH), (400,)),
    Sent(
        "a newline alone between headers", b"POST {b} HTTP/1.1\nHost: shop\nContent-Length: 0\n\n", (400, 403)
    ),
    Sent("a thousand headers", _post(*(b"X-%d: y" % number for number in range(1000)), _LENGTH), (400, 431)),
    Sent("a header of a megabyte", _post(b"X-Long: " + b"y" * 1_000_000, _LENGTH), (0, 400, 431)),
    Sent(
        "an address of a megabyte",
        b"GET /" + b"y" * 1_000_000 + b" HTTP/1.1\r\nHost: shop\r\n\r\n",
        (0, 400, 414, 431),
    ),
    Sent(
        "an address of sixty kilobytes",
        b"GET /" + b"y" * 60_000 + b" HTTP/1.1\r\nHost: shop\r\n\r\n",
        (404, 414),
    ),
    Sent("a method that nobody knows", b"BREW /pot HTTP/1.1\r\nHost: shop\r\n\r\n", (404, 405)),
    Sent("a method with a NUL", b"GE\0T / HTTP/1.1\r\nHost: shop\r\n\r\n", (400,)),
    Sent("CONNECT", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", (400, 404, 405)),
    Sent(
        "an address of somebody else's",
        b"GET http://evil.example/health HTTP/1.1\r\nHost: shop\r\n\r\n",
        (200, 400, 404),
    ),
    Sent("the server as such", b"OPTIONS * HTTP/1.1\r\nHost: shop\r\n\r\n", (200, 204, 400, 404, 405)),
    Sent("no version", b"GET /health\r\n\r\n", (0, 400)),
    Sent("a version of the future", b"GET /health HTTP/9.9\r\nHost: shop\r\n\r\n", (0, 400, 505)),
    Sent("HTTP/2 out of the blue", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (0, 400, 505)),
    Sent("TLS to a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500, (0, 400)),
    Sent("two slashes", _get(path=b"//"), (404,)),
    Sent("two slashes before a name", _get(path=b"//health"), (404,)),
    Sent("two slashes before a host", _get(path=b"//evil.example/%2e%2e"), (404,)),
    Sent(
        "a key that is not ASCII",
        _with_keys(b"fp_\xc3\xa9\xff"),
        (400, 401),
    ),
    Sent(
        "a key of ten kilobytes",
        _with_keys(b"fp_" + b"x" * 10_000),
        (401,),
    ),
    Sent(
        "two keys",
        _with_keys(b"fp_a", b"fp_b"),
        (400, 401),
    ),
    Sent(
        "an upgrade",
        _get(b"Connection: Upgrade", b"Upgrade: websocket"),
        (200, 400),
    ),
    Sent(
        "an upgrade to HTTP/2",
        _get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMA"),
        (200, 400),
    ),
    Sent("an expectation that nobody can meet", _post(_LENGTH, b"Expect: 200-maybe"), (200, 400, 417), 1),
)

PATHS = (
    # an address, and the status that GET gets with a good key
    ("/health/", 404),
    ("/health//", 404),
    ("/./health", 404),
    ("/../health", 404),
    ("/%2e/health", 404),
    ("/%2e%2e/health", 404),
    ("/%2e%2e%2f%2e%2e%2fetc/passwd", 404),
    ("/..%5c..%5cwsgi.py", 404),
    ("/s/../../wsgi.py", 404),
    ("/s/%2e%2e%2fwsgi.py", 404),
    ("/s/..%2f..%2fetc%2fpasswd.js", 404),
    ("/assets/../app.py", 404),
    ("/assets/%2e%2e/app.py", 404),
    ("/%00", 404),
    ("/health%00", 404),
    ("/s/%00.js", 404),
    ("/b/%00", 404),
    ("/api/v1/events/%00/%00", 404),
    ("/%ff%fe", 404),
    ("/s/%ff.js", 404),
    ("/api/v1/events/order.completed/%ff", 404),
    ("/api/v1/definitions/%c0%ae%c0%ae", 404),
    ("/%u0000", 404),
    ("/%", 404),
    ("/%zz", 404),
    ("/;/health", 404),
    ("/health;a=b", 404),
    ("/HEALTH", 404),
    ("/health%20", 404),
    ("/health%0d%0aSet-Cookie:%20a=b", 404),
    ("/api/v1/events%0a", 404),
    ("/\u202egnp.js", 404),
    ("/" + "a" * 8000, 404),
    ("/" + "a/" * 4000, 404),
    ("/api/v1/../v1/events", 404),
    ("/api/v1/events/", 404),
)

METHODS = (
    # a method, a path, the status, and what `Allow` names
    ("HEAD", "/health", 200, None),
    ("OPTIONS", "/health", 200, {"GET", "HEAD", "OPTIONS"}),
    ("TRACE", "/health", 405, {"GET", "HEAD", "OPTIONS"}),
    ("POST", "/health", 405, {"GET", "HEAD", "OPTIONS"}),
    ("TRACE", "/api/v1/events", 405, {"GET", "HEAD", "OPTIONS", "POST"}),
    ("PUT", "/api/v1/events", 405, {"GET", "HEAD", "OPTIONS", "POST"}),
    ("DELETE", "/api/v1/events", 405, {"GET", "HEAD", "OPTIONS", "POST"}),
    ("PATCH", "/api/v1/definitions/order.completed", 405, {"GET", "HEAD", "OPTIONS", "PUT"}),
    ("TRACE", "/", 405, {"GET", "HEAD", "OPTIONS"}),
    ("BREW", "/api/v1/events", 405, {"GET", "HEAD", "OPTIONS", "POST"}),
    ("CONNECT", "/api/v1/events", 405, {"GET", "HEAD", "OPTIONS", "POST"}),
    ("GET", "/b/{id}", 405, {"OPTIONS", "POST"}),
    ("HEAD", "/b/{id}", 405, {"OPTIONS", "POST"}),
    ("PUT", "/b/{id}", 405, {"OPTIONS", "POST"}),
    ("POST", "/s/{id}.js", 405, {"GET", "HEAD", "OPTIONS"}),
    ("DELETE", "/s/{id}.js", 405, {"GET", "HEAD", "OPTIONS"}),
    ("POST", "/nowhere", 404, None),
    ("HEAD", "/s/{id}.js", 200, None),
    ("HEAD", "/api/v1/events", 200, None),
    ("HEAD", "/nowhere", 404, None),
)

ORIGINS = (
    # an Origin, and whether the pages of https://shop.example and https://*.shop.example may send with it
    ("https://shop.example", True),
    ("https://a.shop.example", True),
    ("https://a.b.shop.example", True),
    (None, False),
    ("", False),
    ("null", False),
    ("NULL", False),
    ("*", False),
    ("https://*.shop.example", False),
    ("https://evil.example", False),
    ("https://SHOP.EXAMPLE", False),
    ("HTTPS://shop.example", False),
    ("https://shop.example.", False),
    ("https://a.shop.example.", False),
    ("https://shop.example/", False),
    ("https://shop.example:443", False),
    ("https://shop.example:8443", False),
    ("http://shop.example", False),
    ("https://shop.example, https://evil.example", False),
    ("https://shop.example https://evil.example", False),
    ("https://shop.example,null", False),
    ("https://evil.example, https://a.shop.example", False),
    ("https://evilshop.example", False),
    ("https://shop.example.evil.example", False),
    ("https://evil.example/.shop.example", False),
    ("https://evil.example#.shop.example", False),
    ("https://evil.example?.shop.example", False),
    ("https://user@shop.example", False),
    ("https://evil.example:80@a.shop.example", False),
    ("https://a_b.shop.example", False),
    ("https://.shop.example", False),
    ("https://..shop.example", False),
    ("//shop.example", False),
    ("shop.example", False),
    ("javascript://shop.example", False),
    ("https://a\t.shop.example", False),
    ("https://\u00e4.shop.example", False),
    ("file://", False),
    ("https://" + "a" * 10_000 + ".evil.example", False),
)

BODIES = (
    # how a body is packed, the bytes, the status of an API request and its code
    ("gzip", b"", 400, "body-unreadable"),
    ("gzip", b"no gzip", 400, "body-unreadable"),
    ("gzip", b"\x1f\x8b\x08\x00", 400, "body-unreadable"),
    ("x-gzip", b"\x1f\x8b", 400, "body-unreadable"),
    ("gzip", gzip.compress(b"{}")[:-1], 400, "body-unreadable"),
    ("gzip", gzip.compress(b"{}")[:-8] + b"00000000", 400, "body-unreadable"),
    ("gzip", gzip.compress(b"{}") + b"{}", 400, "body-unreadable"),
    ("gzip", gzip.compress(b"{}") + gzip.compress(b"{}"), 400, "body-unreadable"),
    ("gzip", gzip.compress(b" " * 1_048_577), 413, "body-too-large"),
    ("deflate", b"x", 415, "media-type-unsupported"),
    ("br", b"x", 415, "media-type-unsupported"),
    ("zstd", b"x", 415, "media-type-unsupported"),
    ("gzip, gzip", b"x", 415, "media-type-unsupported"),
    ("gzip,identity", b"x", 415, "media-type-unsupported"),
    ("chunked", b"x", 415, "media-type-unsupported"),
    ("\u0130dentity", b"x", 415, "media-type-unsupported"),
    ("GZIP ", b"x", 400, "body-unreadable"),
)
