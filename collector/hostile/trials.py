"""Each line of the corpora, asked of a server: what is wrong with its answer, if anything is."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

from collector.core.identifiers import KINDS
from collector.hostile import (
    http_corpus,
    identifiers_corpus,
    identity_trials,
    json_corpus,
    storage_trials,
    texts_corpus,
    twice_trials,
)
from collector.hostile.asking import Heard
from collector.hostile.place import SOMEBODY, Place, Unfit
from collector.hostile.promises import EVENTS, Result, Trial, in_path, result, send, unless, unless_refused

REFUSED = (400, 422)


def in_json(place: Place) -> Iterator[Result]:
    """The JSON corpus as the data of an event; every fault with its code and place, nothing more."""
    for number, case in enumerate(json_corpus.CORPUS):
        name, body = place.names[case.extra_fields], case.raw
        head = {"event": name, "id": f"json-{number}", "identifiers": {"crm_id": SOMEBODY}}
        heard = place.server.ask("POST", EVENTS, json.dumps(head)[:-1].encode() + b', "data": ' + body + b"}")
        yield result("json", f"{case.extra_fields}: {case.name}", heard, _of_json(case, heard))


def _of_json(case: json_corpus.Case, heard: Heard) -> str | None:
    if not case.faults or case.raw == b"null":  # which is no data at all, and may be
        return unless(heard, 200)
    if heard.status == 400:
        is_shape = case in (*json_corpus.NOT_JSON, *json_corpus.DEPTH)
        return None if is_shape else "refused as no JSON, though it is JSON"
    if heard.status == 422:
        told = [(one["code"], one["pointer"]) for one in heard.document["errors"]]
        promised = [(code, f"/data{pointer}") for code, pointer in case.faults]
        return None if told == promised else f"refused for {told[:3]} instead of {promised[:3]}"
    return unless(heard, *REFUSED)


def in_identifiers(place: Place) -> Iterator[Result]:
    """The corpus of identifiers: those that are some, and those that are none."""
    wanted = [
        *((kind, given, "") for kind, given, _ in identifiers_corpus.NORMALISED),
        *((kind, given, "identifier-invalid") for kind, given in identifiers_corpus.INVALID),
        *(
            (kind, given, "identifier-placeholder")
            for kind in KINDS
            for given in identifiers_corpus.PLACEHOLDER_SPELLINGS
        ),
        *((kind, given, "type-wrong") for kind in KINDS for given in identifiers_corpus.NOT_TEXTS),
    ]
    for number, (kind, given, code) in enumerate(wanted):
        heard = send(place, f"who-{number}", identifiers={kind: given})
        wrong = unless(heard, 200) if not code else unless_refused(heard, code, f"/identifiers/{kind}")
        yield result("identifiers", f"{kind} {ascii(given)[:40]} {code}", heard, wrong)


def in_texts(place: Place) -> Iterator[Result]:
    """The corpus of texts: kept as they are, as data and as the source."""
    for number, text in enumerate(texts_corpus.TEXTS):
        heard = send(place, f"text-{number}", data={"note": text}, source=text[:100])
        wrong = unless(heard, 200)
        if wrong is None and heard.document["event"]["data"] != {"note": text}:
            wrong = "stored as another text"
        yield result("texts", ascii(text)[:40], heard, wrong)


def in_bytes(place: Place) -> Iterator[Result]:
    """HTTP as no client writes it, over the wire."""
    address = f"/b/{place.ids['reject']}".encode()
    for number, sent in enumerate(http_corpus.WIRE):
        body = http_corpus.ANY_ID
        heard = place.server.send(sent.raw.replace(b"{b}", address).replace(body, b"%08d" % number))
        yield result("bytes", sent.name, heard, unless(heard, *sent.statuses))


def in_requests(place: Place) -> Iterator[Result]:
    """Addresses, methods, origins and packed bodies."""
    definition = place.ids["reject"]
    for path, status in http_corpus.PATHS:
        heard = place.server.ask("GET", path)
        yield result("paths", ascii(path)[:40], heard, unless(heard, status))
    for method, path, status, _ in http_corpus.METHODS:
        address = path.replace("{id}", definition).replace("order.completed", in_path(place))
        heard = place.server.ask(method, address)
        yield result("methods", f"{method} {path}", heard, unless(heard, status))
    for encoding, body, status, _ in http_corpus.BODIES:
        heard = place.server.ask("POST", EVENTS, body, {"Content-Encoding": encoding.encode()})
        statuses = (status,) if encoding.isascii() else (status, 400)  # which a server may refuse to read
        yield result("bodies", f"{encoding} {body[:12]!r}", heard, unless(heard, *statuses))
    for number, (origin, may) in enumerate(http_corpus.ORIGINS):
        yield _of_origin(place, number, origin, may)


def _of_origin(place: Place, number: int, origin: str | None, may: bool) -> Result:
    event = {"id": f"o{number}", "data": {"total": 1}, "identifiers": {"crm_id": SOMEBODY}}
    headers = {} if origin is None else {"Origin": origin.encode()}
    heard = place.server.ask(
        "POST", f"/b/{place.ids['reject']}", json.dumps(event).encode(), headers, with_key=False
    )
    wrong = unless(heard, 200) if may else unless(heard, 403, 400, 431)
    if wrong is None and not may and heard.headers.get("access-control-allow-origin"):
        wrong = "a page of another origin may read the answer"
    return result("origins", ascii(origin)[:40], heard, wrong)


TRIALS: tuple[Trial, ...] = (
    in_json,
    in_identifiers,
    in_texts,
    in_bytes,
    in_requests,
    identity_trials.in_identity,
    twice_trials.in_twice,
    twice_trials.in_money,
    storage_trials.in_storage,
)


def people(place: Place) -> list[tuple[str, str]]:
    """Kind and form of everybody whom the corpora make."""
    known = [(kind, form) for kind, _, form in identifiers_corpus.NORMALISED]
    return [*known, *identity_trials.people(place), *twice_trials.people(place)]


def require_direct(place: Place) -> None:
    """Raises `Unfit` where events go through a stream: what became of them is not in the answer."""
    if good(place).status == 202:
        raise Unfit("This server passes events on to a stream, and cannot say what became of them.")


_GOOD = itertools.count()


def good(place: Place) -> Heard:
    """An event as it should be: how a server serves others meanwhile."""
    return send(place, f"good-{next(_GOOD)}", data={"total": 1})
