"""The scripts of the Custom Events Editor: its overlay as one module, and a draft's snippet to be tried."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import minify

from collector.core.fields import FIELD_TYPES
from snippet.build import build
from snippet.editor import ORDER
from snippet.plan import Plan
from snippet.triggers import Trigger, numbered

FOLDER = Path(__file__).with_name("editor")


def overlay(about: Mapping[str, object]) -> str:
    """The module for a page; `about` is what it is told (docs/editor.md)."""
    return f"const about={_literal(about)};\n{_module()}"


def assemble() -> str:
    """The module but for `about`, before it is minified.

    In a block, because what is declared in one may get shorter names.
    """
    scripts = "\n".join((FOLDER / f"{name}.js").read_text("utf-8") for name in ORDER)
    return f"{{\nconst styles = {_literal(_styles())};\nconst checks = {_checks()};\n{scripts}}}\n"


def tried(plan: Plan) -> str:
    """A plan's snippet that hands its events to the page, `fieldpost.tried`, and sends nothing.

    What does not fit is handed on too: the page asks the collector's judge.
    """
    trial = replace(
        plan,
        queue=False,
        visitor="page",
        consent="off",
        invalid="report",
        says_trigger=True,
        gate=False,
        debug="tried",
    )
    return f"(places=>{{{build(trial, orders=1)}}})({_literal(places(plan.triggers))})"


def places(triggers: Sequence[Trigger]) -> dict[int, int]:
    """The number that an event has of its trigger → the place of the first such among all, from 0."""
    found = numbered(tuple(triggers))
    return {number: triggers.index(one) for number, one in found.items() if one in triggers}


@lru_cache(maxsize=1)
def _module() -> str:
    return str(minify.string("application/javascript", assemble()))


def _styles() -> str:
    styles = "\n".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("*.css")))
    return str(minify.string("text/css", styles))


def _checks() -> str:
    """Name of a type → a function that says whether a value is one: what snippets look at values with."""
    members = (f"{json.dumps(name)}: (v) => {kind.javascript}" for name, kind in FIELD_TYPES.items())
    return f"{{{', '.join(members)}}}"


def _literal(value: object) -> str:
    """JSON that is JavaScript too, in any file and in HTML (U+2028 and `<` are escaped)."""
    return json.dumps(value).replace("<", "\\u003c")
