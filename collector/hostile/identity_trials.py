"""Who an event is about: spellings of one person, those who only look alike, nobody, tokens of a site."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from collector.core.tokens import make_token
from collector.hostile.asking import Heard
from collector.hostile.identity_corpus import NOBODY, ONE_PERSON, SEVERAL_PEOPLE, TOKENS, Vouched
from collector.hostile.place import ORIGINS, Place
from collector.hostile.promises import Result, read, result, send, told, unless, unless_refused, unless_same

CORPUS = "identity"


def in_identity(place: Place) -> Iterator[Result]:
    """The corpus of identities, the rule for conflicts, and what a page says with a token and without."""
    for group, spellings in enumerate(ONE_PERSON):
        yield from _of_one(place, group, spellings)
    yield from _of_several(place)
    for number, (identifiers, pointer, code) in enumerate(NOBODY):
        name = f"nobody {ascii(identifiers)[:40]}"
        heard = send(place, f"nobody-{number}", identifiers=identifiers)
        yield result(CORPUS, name, heard, unless_refused(heard, code, pointer))
        heard = _beacon(place, f"nobody-{number}", identifiers=identifiers)
        yield result(CORPUS, f"{name} of a page", heard, unless(heard, 422))
    yield from _in_conflict(place)
    yield from _with_tokens(place)


def people(place: Place) -> list[tuple[str, str]]:
    """Kind and form of everybody whom this makes."""
    spelt = [*(one for spellings in ONE_PERSON for one in spellings), *SEVERAL_PEOPLE]
    vouched = [one.identifiers for one in TOKENS]
    met = [{"email": _first(place)}, {"crm_id": _second(place)}]
    return [
        (kind, value.strip() if kind == "email" else value)
        for one in (*spelt, *vouched, *met)
        for kind, value in one.items()
        if value is not None
    ]


def _of_one(place: Place, group: int, spellings: tuple[dict[str, str], ...]) -> Iterator[Result]:
    """Each spelling is the same profile."""
    whose: str | None = None
    for number, identifiers in enumerate(spellings):
        heard = send(place, f"one-{group}-{number}", identifiers=identifiers)
        wrong = unless(heard, 200)
        profile = told(heard).get("profile")
        whose = whose or profile
        if wrong is None and (profile is None or profile != whose):
            wrong = "another person than the spelling before"
        yield result(CORPUS, f"one person {ascii(identifiers)[:40]}", heard, wrong)


def _of_several(place: Place) -> Iterator[Result]:
    """Each of those who look alike is a profile of its own."""
    known: set[str] = set()
    for number, identifiers in enumerate(SEVERAL_PEOPLE):
        heard = send(place, f"several-{number}", identifiers=identifiers)
        wrong = unless(heard, 200)
        profile = told(heard).get("profile")
        if wrong is None and (profile is None or profile in known):
            wrong = "the same person as somebody who looks alike"
        known.add(profile)
        yield result(CORPUS, f"several people {ascii(identifiers)[:40]}", heard, wrong)


def _in_conflict(place: Place) -> Iterator[Result]:
    """Who names two people goes to the stronger one, and they stay two."""
    first = told(send(place, "met-1", identifiers={"email": _first(place)})).get("profile")
    second = told(send(place, "met-2", identifiers={"crm_id": _second(place)})).get("profile")
    both = {"email": _first(place), "crm_id": _second(place)}
    heard = send(place, "met-3", identifiers=both)
    whose = told(heard).get("profile")
    yield result(CORPUS, "two people in one event", heard, unless(heard, 200) or unless_same(whose, second))
    heard = send(place, "met-4", identifiers={"email": _first(place)})
    whose = told(heard).get("profile")
    wrong = unless(heard, 200) or unless_same(whose, first)
    if wrong is None and (first is None or first == second):
        wrong = "they were merged without a word"
    yield result(CORPUS, "they are two afterwards", heard, wrong)


def _with_tokens(place: Place) -> Iterator[Result]:
    """A token that is right vouches for who it names; any other leaves a claim."""
    shown = place.server.ask("GET", "/api/v1/secret")
    if not (isinstance(shown.document, dict) and shown.document.get("secrets")):
        yield result(CORPUS, "the secret of the section", shown, unless(shown, 200) or "there is none")
        return
    secret = shown.document["secrets"][0]["secret"].encode()
    for number, case in enumerate(TOKENS):
        event_id, members = f"token-{number}", _vouched(secret, case)
        heard = _beacon(place, event_id, **members)
        wrong = unless(heard, 200)
        if wrong is None:
            trust = told(read(place, f"web:{event_id}")).get("trust")
            wrong = unless_same(trust, "signed" if case.is_signed else "claimed")
        yield result(CORPUS, f"token {case.name}", heard, wrong)


def _vouched(secret: bytes, case: Vouched) -> dict[str, Any]:
    members: dict[str, Any] = {"identifiers": case.identifiers}
    if case.signs is not None:
        until = int((time.time() + case.seconds) * 1_000_000)
        members["token"] = case.prefix + make_token(secret, case.signs, until) + case.suffix
    return members


def _beacon(place: Place, event_id: str, **members: Any) -> Heard:
    event = {"id": event_id, "data": {}, "visitor": f"hostile-{event_id}", **members}
    body, origin = json.dumps(event).encode(), {"Origin": ORIGINS[0]}
    return place.server.ask("POST", f"/b/{place.ids['reject']}", body, origin, with_key=False)


def _first(place: Place) -> str:
    return f"first-{place.run}@example.com"


def _second(place: Place) -> str:
    return f"second-{place.run}"
