"""Who is asking, and may they?

Every route carries one rule, given by `@allow(…)`; an app with a route that has none does not start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Literal, ParamSpec, TypeVar

from flask import Flask, g, request

from collector.core.permissions import Key
from collector.core.problems import Problem
from collector.web.parts import parts, public_url

Scope = Literal["ingest", "read", "admin"]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use a route: anybody, or whoever has a key with one of the `scopes`."""

    scopes: tuple[Scope, ...] = ()

    @property
    def is_open(self) -> bool:
        return not self.scopes


ANYBODY = Rule()


def key_with(*scopes: Scope) -> Rule:
    """A key with one of these scopes."""
    return Rule(scopes)


def allow(rule: Rule) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Says who may use a route; stands between the route's address and its function."""

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            if not rule.is_open:
                g.key = _authenticate(rule)
            return view(*args, **kwargs)

        checked.access_rule = rule  # type: ignore[attr-defined]
        return checked

    return declare


def rule_of(view: Callable[..., object]) -> Rule | None:
    """The rule that a view was given, if any."""
    return getattr(view, "access_rule", None)


def require_declared(app: Flask) -> None:
    """Raises `RuntimeError` if any route does not say who may use it."""
    silent = sorted(name for name, view in app.view_functions.items() if rule_of(view) is None)
    if silent:
        raise RuntimeError(f"These routes do not say who may use them: {', '.join(silent)}")


def the_key() -> Key:
    """The key of whoever is asking. Only in routes that need one."""
    key: Key = g.key
    return key


def _authenticate(rule: Rule) -> Key:
    key = parts().store.keys.by_secret(_secret())
    if key is None:
        raise Problem("key-invalid", "This key is unknown or revoked.")
    _refuse_pages()
    if key.scopes.isdisjoint(rule.scopes):
        needed = " or ".join(rule.scopes)
        raise Problem("scope-missing", f"This needs a key with the scope {needed}.")
    return key


def _secret() -> str:
    header = request.headers.get("Authorization", "")
    scheme, _, secret = header.partition(" ")
    if not header:
        raise Problem("key-missing", "Send a key: Authorization: Bearer fp_….")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Problem("key-invalid", "The Authorization header is not Bearer fp_….")
    return secret.strip()


def _refuse_pages() -> None:
    """A secret in a page is a secret no more: say so to whoever put it there, and refuse."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != public_url():
        raise Problem("key-exposed", "A key was sent from a web page. Revoke it; pages use the snippet.")
