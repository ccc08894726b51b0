"""What an event counts for. Values are exact: integers of millionths, never a float on the way.

A goal comes from the definition's rule, or is given with an event of the API; never both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Any, TypeVar, cast, get_args

import msgspec

from collector.core.definitions import GoalRule, GoalType
from collector.core.fields import UNSTORABLE
from collector.core.problems import Fault

GOAL_TYPES: tuple[GoalType, ...] = get_args(GoalType)
NEED_A_VALUE: frozenset[str] = frozenset({"purchase", "subscription"})
NAME_LENGTH = 100

PLACES = 6
SCALE = 10**PLACES
WHOLE_DIGITS = 10
"""As many digits as the whole part of a value below the bound has at most."""
BOUND = 10**10
"""Every value is strictly between -BOUND and BOUND, so 10¹⁶ in millionths: far inside 64 bits."""

CURRENCY_LENGTH = 3
CURRENCY = re.compile(r"[A-Za-z]{3}")
_DIGITS = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_LOW, _HIGH, _LIMIT = Decimal(-BOUND), Decimal(BOUND), BOUND * SCALE
_MILLIONTH = Decimal(1).scaleb(-PLACES)
# Wide enough for every value below the bound; the thread's own context is left alone.
_ARITHMETIC = Context(prec=60, rounding=ROUND_HALF_EVEN)

T = TypeVar("T")


class Goal(msgspec.Struct, frozen=True, gc=False):
    """A goal of one event. `value` is in millionths. A given goal may be partial: what is None keeps."""

    type: GoalType | None
    value: int | None = None
    name: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class GivenGoal:
    """The register of a given goal. Each member is as its newest write said it.

    `times` are those of type, value, name and currency, in microseconds; None where nobody said any.
    """

    goal: Goal
    times: tuple[int | None, int | None, int | None, int | None]

    @property
    def newest(self) -> int:
        return max(time for time in self.times if time is not None)


def move_given(register: GivenGoal | None, goal: Goal, time: int) -> GivenGoal | None:
    """The register after a write of `goal` at `time`: what the write names and is newer counts.

    The very same register, if nothing of it moved.
    """
    if register is None:
        return GivenGoal(goal, _times(goal, time))
    named = _members(goal)
    moves = [
        value is not None and (before is None or time > before)
        for value, before in zip(named, register.times, strict=True)
    ]
    if not any(moves):
        return register
    old = _members(register.goal)
    merged = Goal(*(new if moved else kept for new, kept, moved in zip(named, old, moves, strict=True)))
    times = tuple(time if moved else kept for kept, moved in zip(register.times, moves, strict=True))
    return GivenGoal(merged, cast("tuple[int | None, int | None, int | None, int | None]", times))


def says_the_same(register: GivenGoal | None, goal: Goal) -> bool:
    """Whether all that a given goal names is in the register already."""
    stored = _members(register.goal) if register is not None else (None,) * 4
    return all(new is None or new == old for new, old in zip(_members(goal), stored, strict=True))


def _members(goal: Goal) -> tuple[Any, Any, Any, Any]:
    return (goal.type, goal.value, goal.name, goal.currency)


def _times(goal: Goal, time: int) -> tuple[int | None, int | None, int | None, int | None]:
    named = [time if member is not None else None for member in _members(goal)]
    return (named[0], named[1], named[2], named[3])


def scale(value: Decimal | int | str | msgspec.Raw, pointer: str = "/goal_value") -> int | Fault:
    """A value in millionths, rounded half-even to 6 places.

    A `str` is one of plain digits, a `Raw` as well: that of a decimal field, so there is no doubt about it.
    Faults: `type-wrong` for what is no number, `out-of-range` unless |value| < 10¹⁰ (after rounding too).
    """
    if isinstance(value, msgspec.Raw):
        whole, _, part = bytes(value).partition(b".")
        if len(whole) <= WHOLE_DIGITS and len(part) <= PLACES:  # as most amounts are: nothing to round
            return int(whole + part.ljust(PLACES, b"0"))
        value = bytes(value).decode()
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        return Fault("type-wrong", pointer, "A goal's value is a number.")
    exact = Decimal(value)
    if exact.is_nan():
        return Fault("type-wrong", pointer, "A goal's value is a number.")
    # Compared before anything is computed: 1e999999999 must cost nothing.
    if _LOW < exact < _HIGH:
        millionths = int(exact.quantize(_MILLIONTH, None, _ARITHMETIC).scaleb(PLACES, _ARITHMETIC))
        if abs(millionths) < _LIMIT:
            return millionths
    return Fault("out-of-range", pointer, "A goal's value is less than 10,000,000,000 either way.")


def unscale(millionths: int) -> Decimal:
    """The value of so many millionths: no exponent, no zeros at the end (`149.5`, `1000`, `0`)."""
    whole, part = divmod(abs(millionths), SCALE)
    digits = f"{whole}.{part:0{PLACES}d}".rstrip("0").rstrip(".")
    return Decimal("-" + digits if millionths < 0 else digits)


def goal_from_rule(rule: GoalRule, value: Any, currency: Any) -> Goal | Fault:
    """The goal of an event by its version's rule, from what its data has in the rule's fields (or None).

    Faults point into `/data`: `goal-value-missing`, `currency-invalid`, and those of `scale`.
    """
    # Pointers are made for faults alone; names of fields need no escaping.
    if value is not None:
        value = scale(value)
        if isinstance(value, Fault):
            return replace(value, pointer=f"/data/{rule.value_field}")
    elif rule.value_field is not None and rule.type in NEED_A_VALUE:
        return Fault("goal-value-missing", f"/data/{rule.value_field}", f"A {rule.type} needs its value.")
    code = None
    if currency is not None:
        code = _code_of(currency)
        if code is None:
            return _no_currency(f"/data/{rule.currency_field}")
    return Goal(rule.type, value, rule.name, code)


def judge_given_goal(
    type: object,  # noqa: A002 - the payload's own words
    value: object,
    name: object,
    currency: object,
) -> Goal | list[Fault] | None:
    """The goal that a payload brings, from its four members as they were decoded; None if all are absent.

    A value, a name or a currency may come without a type: such a goal is partial, it completes a stored one.
    An empty name is no name.
    Numbers are `int` or `Decimal`; a float has lost digits already and is refused like a text.
    """
    name = None if name == "" else name
    if type is None and value is None and name is None and currency is None:
        return None
    faults: list[Fault] = []
    goal = Goal(
        type=_kept(_judge_type, type, faults),
        value=_kept(_judge_value, value, faults),
        name=_kept(_judge_name, name, faults),
        currency=_kept(_judge_given_currency, currency, faults),
    )
    if value is None and goal.type in NEED_A_VALUE:
        faults.append(
            Fault("goal-value-missing", "/goal_value", f"goal_value is required for a {goal.type}.")
        )
    return faults or goal


def _kept(judge: Callable[[object], T | Fault], value: object, faults: list[Fault]) -> T | None:
    """What was judged, or None with one more of the `faults`; an absent value stays absent."""
    if value is None:
        return None
    judged = judge(value)
    if isinstance(judged, Fault):
        faults.append(judged)
        return None
    return judged


def _judge_type(value: object) -> GoalType | Fault:
    if isinstance(value, str) and value in GOAL_TYPES:
        return value
    return Fault("goal-type-unknown", "/goal_type", f"A goal is one of: {', '.join(GOAL_TYPES)}.")


def _judge_value(value: object) -> int | Fault:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return Fault("type-wrong", "/goal_value", "A goal's value is a number.")
    return scale(value)


def _judge_name(value: object) -> str | Fault:
    if not isinstance(value, str):
        return Fault("type-wrong", "/goal_name", "A goal's name is a text.")
    if len(value) > NAME_LENGTH:
        return Fault("too-long", "/goal_name", f"A goal's name has at most {NAME_LENGTH} characters.")
    if UNSTORABLE.search(value):
        return Fault("text-invalid", "/goal_name", "U+0000 and lone surrogates cannot be kept.")
    return value


def _judge_given_currency(value: object) -> str | Fault:
    return _code_of(value) or _no_currency("/goal_currency")


def _no_currency(pointer: str) -> Fault:
    return Fault("currency-invalid", pointer, "A currency is three letters, such as SEK (ISO 4217).")


def _code_of(value: object) -> str | None:
    return _code_in(value) if isinstance(value, str) and len(value) == CURRENCY_LENGTH else None


@lru_cache(256)  # a shop has a few
def _code_in(text: str) -> str | None:
    return text.upper() if CURRENCY.fullmatch(text) else None
