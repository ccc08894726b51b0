"""Between the judge and the answer: what is to be committed, and how to word what became of it.

Whoever serves a request with a thread of its own commits and answers at once. Whoever serves many with one
thread hands the decisions in, goes on, and words the answer when they are on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from collector.core.events import Decision, Outcome
from collector.intake.accept import Intake
from collector.web.answers import Answer

ACCEPTED = 202


def status_of(outcomes: Sequence[Outcome]) -> int:
    """200; 202 where a stream has some of it, and what becomes of that is still to come."""
    return ACCEPTED if "queued" in [outcome.verdict for outcome in outcomes] else 200


class Judged(NamedTuple):
    """A judged request. `answer` words its outcomes, or raises `Problem` where its one event was refused."""

    decisions: Sequence[Decision]
    answer: Callable[[Sequence[Outcome]], Answer]

    def committed(self, intake: Intake) -> Answer:
        """Commits, and answers. Raises `Problem`."""
        return self.answer(intake.commit(self.decisions))
