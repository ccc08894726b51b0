"""The corpus of identifiers against the rules."""

from __future__ import annotations

import pytest

from collector.core.identifiers import KINDS, normalise
from collector.core.problems import Fault
from collector.hostile.identifiers_corpus import INVALID, NORMALISED, NOT_TEXTS, PLACEHOLDER_SPELLINGS


def _code(outcome: str | Fault) -> str:
    return outcome.code if isinstance(outcome, Fault) else f"taken as {outcome!r}"


@pytest.mark.parametrize(("kind", "arriving", "form"), NORMALISED)
def test_an_identifier_takes_its_one_form(kind: str, arriving: str, form: str) -> None:
    assert normalise(kind, arriving, "/x") == form


@pytest.mark.parametrize(("kind", "arriving"), INVALID, ids=lambda text: ascii(text[:30]))
def test_what_is_no_identifier_is_refused_with_its_place(kind: str, arriving: str) -> None:
    outcome = normalise(kind, arriving, f"/identifiers/{kind}")
    assert _code(outcome) == "identifier-invalid"
    assert isinstance(outcome, Fault)
    assert outcome.pointer == f"/identifiers/{kind}"
    outcome.message.encode()
    assert len(outcome.message) < 1000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spelling", PLACEHOLDER_SPELLINGS, ids=ascii)
def test_a_placeholder_is_nobody(kind: str, spelling: str) -> None:
    assert _code(normalise(kind, spelling, "")) == "identifier-placeholder"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", NOT_TEXTS, ids=repr)
def test_only_a_text_identifies(kind: str, value: object) -> None:
    assert _code(normalise(kind, value, "")) == "type-wrong"
