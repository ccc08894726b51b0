"""What a sender knew of the person's consent: a yes, a no, or one or the other for each of some purposes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal

import msgspec

from collector.core.problems import Fault, pointer_to
from collector.core.strict_json import shown_name

Consent = bool | dict[str, bool]
MOST_PURPOSES = 20
LONGEST_PURPOSE = 64

Answer = Literal["true", "false", "unknown"]
ANSWERS: tuple[Answer, ...] = ("true", "false", "unknown")


@dataclass(frozen=True, slots=True)
class AskedConsent:
    """Which events: those of which this is known, for a purpose, or for everything that was asked."""

    answer: Answer
    purpose: str | None = None

    def fits(self, consent: str | None) -> bool:
        """Whether an event with this kept consent is one of them.

        A plain yes or no counts for every purpose. A yes to some purposes and a no to others is neither,
        unless it is asked about one.
        """
        said = None if consent is None else json.loads(consent)
        if isinstance(said, dict):
            found = {said.get(self.purpose)} if self.purpose is not None else set(said.values())
        else:
            found = {said}
        return found == {{"true": True, "false": False, "unknown": None}[self.answer]}


PURPOSE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.:/-]{0,63}")


def consent_text(consent: Consent, faults: list[Fault]) -> str:
    """The one form in which it is kept: JSON, its purposes sorted, no spaces. What is wrong goes to `faults`.

    Codes: `consent-empty`, `too-many-members`, `name-invalid`.
    """
    if isinstance(consent, bool):
        return "true" if consent else "false"
    if not consent:
        faults.append(
            Fault("consent-empty", "/consent", "This names no purpose: say one, or leave consent out.")
        )
    elif len(consent) > MOST_PURPOSES:
        message = f"Consent names at most {MOST_PURPOSES} purposes."
        faults.append(Fault("too-many-members", "/consent", message))
    else:
        message = (
            f"A purpose is a letter or digit, then up to {LONGEST_PURPOSE - 1} of those, spaces and _ . : / -"
        )
        strange = (name for name in consent if not PURPOSE.fullmatch(name))
        faults += [
            Fault("name-invalid", "/consent" + pointer_to(shown_name(name)), message) for name in strange
        ]
    return msgspec.json.encode(consent, order="sorted").decode()
