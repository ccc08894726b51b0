"""Routes and templates, compiled once for all the apps of a run: that is most of what another app costs.

So are the statements that every store makes ready when it is opened. And snippets are built in the first
order of their declarations instead of the smallest one of many.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from collector.store.database import Database
from collector.web import snippets
from collector.web.addresses import Route
from collector.web.pages import snippet_page
from snippet.build import build
from snippet.plan import Plan


class KnownTemplates(BytecodeCache):
    """Jinja's own place for what a source was compiled to, by name and content; in memory."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key, bucket.checksum] = bucket.code


def use(patch: pytest.MonkeyPatch) -> None:
    """From now on, every app in this process takes over what an earlier one has compiled."""
    patch.setattr(Route, "compile", _compiled_once(Route.compile))
    patch.setattr(Database, "statement", _written_once(Database.statement))
    patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": KnownTemplates()})
    for served in (snippets, snippet_page):
        patch.setattr(served, "build", in_one_order)


def in_one_order(plan: Plan) -> str:
    """All do the same, and to try them was half of a walk over the pages: who weighs them takes `build`."""
    return build(plan, 1)


def _compiled_once(compile_route: Callable[[Route], None]) -> Callable[[Route], None]:
    """Routes with the same text in maps with the same converters differ in nothing that is compiled."""
    known: dict[Any, tuple[dict[str, Any], dict[str, Any]]] = {}

    def compiled(route: Route) -> None:
        assert route.map is not None
        defaults = tuple(sorted((route.defaults or {}).items()))
        of_the_map = (route.subdomain, route.merge_slashes, *route.map.converters.items())
        alike = (route.rule, defaults, of_the_map)
        if alike not in known:
            before = {**vars(route), "arguments": None}
            compile_route(route)
            known[alike] = _parts(
                {name: part for name, part in vars(route).items() if before.get(name, ...) is not part}
            )
        else:
            shared, methods = known[alike]
            vars(route).update(shared)
            vars(route).update({name: method.__get__(route) for name, method in methods.items()})

    return compiled


def _parts(made: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What writes addresses is a method of its route; everything else may be shared."""
    methods = {name: part.__func__ for name, part in made.items() if hasattr(part, "__func__")}
    return {name: part for name, part in made.items() if name not in methods}, methods


def _written_once(write: Callable[[Database, Any], str]) -> Callable[[Database, Any], str]:
    """What a part of a store has written when it is made, all stores have there on such a database."""
    known: dict[tuple[CodeType, int, bool], str] = {}

    def statement(database: Database, query: Any) -> str:
        caller = sys._getframe(1)
        if caller.f_code.co_name != "__init__":
            return write(database, query)
        place = (caller.f_code, caller.f_lasti, database.is_sqlite)
        if place not in known:
            known[place] = write(database, query)
        return known[place]

    return statement
