"""What was known of consent, as a condition on events."""

from __future__ import annotations

from typing import Any

from peewee import fn

from collector.core.consent import AskedConsent
from collector.store.models import Event


def consent_fits(asked: AskedConsent) -> Any:
    """`AskedConsent.fits` in SQL. A purpose has no character that JSON would write otherwise, nor a `"`."""
    plain = Event.consent == asked.answer
    of_purposes = fn.SUBSTR(Event.consent, 1, 1) == "{"
    if asked.answer == "unknown":
        nothing = Event.consent.is_null()
        if asked.purpose is None:
            return nothing
        return nothing | (of_purposes & ~_has(f'"{asked.purpose}":'))
    if asked.purpose is not None:
        return plain | _has(f'"{asked.purpose}":{asked.answer}')
    other = "false" if asked.answer == "true" else "true"
    return plain | (of_purposes & ~_has(f'":{other}'))


def _has(part: str) -> Any:
    """That the consent has this in it, letter by letter: LIKE would not tell `Ads` from `ads` on SQLite."""
    return fn.REPLACE(Event.consent, part, "") != Event.consent
