"""Routes and templates, compiled once for all the apps of a run: that is most of what another app costs."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from collector.web.addresses import Route


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
    patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": KnownTemplates()})


def _compiled_once(compile_route: Callable[[Route], None]) -> Callable[[Route], None]:
    """Routes with the same text in maps with the same converters differ in nothing that is compiled."""
    known: dict[Any, dict[str, Any]] = {}

    def compiled(route: Route) -> None:
        assert route.map is not None
        defaults = tuple(sorted((route.defaults or {}).items()))
        of_the_map = (route.subdomain, route.merge_slashes, *route.map.converters.items())
        alike = (route.rule, defaults, of_the_map)
        if alike not in known:
            before = {**vars(route), "arguments": None}
            compile_route(route)
            known[alike] = {
                name: part for name, part in vars(route).items() if before.get(name, ...) is not part
            }
        else:
            vars(route).update({name: _of(route, part) for name, part in known[alike].items()})

    return compiled


def _of(route: Route, part: Any) -> Any:
    """What writes addresses is a method of its route; everything else may be shared."""
    return part.__func__.__get__(route) if hasattr(part, "__func__") else part
