"""A JSON object while it is read: what is wrong with it is collected, each fault with its place."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from collector.core.goals import PLACES
from collector.core.problems import Fault, pointer_to
from collector.core.strict_json import shown_name

LONGEST_TEXT = 1_000
MOST_VALUES = 100
BOUND = Decimal(10) ** 15
"""Every value that something is compared with is strictly between -BOUND and BOUND."""

_MILLIONTH = Decimal(1).scaleb(-PLACES)
_ARITHMETIC = Context(prec=60, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Members:
    """The members of one object. A null is an absence, as it is for the clients of other APIs.

    A method returns None, with one more fault where there is something wrong; an absent member is none.
    """

    values: Mapping[str, Any]
    pointer: str
    faults: list[Fault]
    zone: datetime.tzinfo

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def fault(self, code: str, name: str | None, message: str) -> None:
        """`name`: the member that it is about; None: the object itself."""
        place = self.pointer if name is None else self.pointer + pointer_to(name)
        self.faults.append(Fault(code, place, message))

    def refuse_unknown(self, known: Collection[str]) -> None:
        for name in self.values:
            if name not in known:
                sentence = f"There is no such member here. Known: {', '.join(sorted(known))}."
                self.fault("member-unknown", shown_name(name), sentence)

    def inside(self, name: str, missing: str) -> Members | None:
        """The object that is a member; `missing` says that there is none."""
        value = self.get(name)
        if value is None:
            self.fault("member-missing", name, missing)
            return None
        return self._object(value, self.pointer + pointer_to(name))

    def objects(self, name: str) -> Iterator[Members]:
        """The objects in a list; nothing where it is absent."""
        value = self.get(name)
        if value is None:
            return
        if not isinstance(value, list):
            self.fault("type-wrong", name, "This is a list.")
            return
        for position, item in enumerate(value):
            found = self._object(item, self.pointer + pointer_to(name, position))
            if found is not None:
                yield found

    def text(self, name: str, most: int = LONGEST_TEXT) -> str | None:
        value = self.get(name)
        if value is None or self._is_text(name, value, most):
            return value  # type: ignore[no-any-return]
        return None

    def choice(self, name: str, choices: Collection[str], label: str = "") -> str | None:
        """One of the choices, which has to be there."""
        value = self.text(name) or ""
        if value in choices:
            return value
        quoted = [f"'{one}'" for one in choices]
        listed = ", ".join(quoted[:-1]) + f"{',' if len(quoted) > 2 else ''} or {quoted[-1]}"
        words = f"invalid {label or name}: {shown_name(value)} (must be {listed})"
        self.fault("choice-unknown", name, words)
        return None

    def flag(self, name: str) -> bool:
        value = self.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.fault("type-wrong", name, "This is true or false.")
        return False

    def whole(self, name: str, least: int, message: str, most: int = 2**31) -> int | None:
        value = self.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.fault("type-wrong", name, "This is a whole number.")
        elif value < least:
            self.fault("out-of-range", name, message)
        elif value > most:
            self.fault("out-of-range", name, f"This is at most {most}.")
        else:
            return value
        return None

    def millionths(self, name: str) -> int | None:
        """A number in millionths, rounded half-even as the values of goals are."""
        value = self.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.fault("type-wrong", name, "This is a number.")
        elif not -BOUND < value < BOUND:
            self.fault("out-of-range", name, "A value is less than 10¹⁵ either way.")
        else:
            exact = Decimal(value).quantize(_MILLIONTH, None, _ARITHMETIC)
            return int(exact.scaleb(PLACES, _ARITHMETIC))
        return None

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts in a list; none where it is absent."""
        found = self._list(name)
        if all(self._is_text(name, one, LONGEST_TEXT) for one in found):
            return tuple(found)
        return ()

    def numbers(self, name: str) -> tuple[Decimal, ...]:
        found = self._list(name)
        if all(isinstance(one, int | Decimal) and not isinstance(one, bool) for one in found):
            return tuple(map(Decimal, found))
        self.fault("type-wrong", name, "This is a list of numbers.")
        return ()

    def _list(self, name: str) -> list[Any]:
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault("type-wrong", name, "This is a list.")
            return []
        if len(value) > MOST_VALUES:
            self.fault("too-many-members", name, f"These are at most {MOST_VALUES}.")
            return []
        return value

    def _is_text(self, name: str, value: object, most: int) -> bool:
        if not isinstance(value, str):
            self.fault("type-wrong", name, "This is a text.")
        elif len(value) > most:
            self.fault("too-long", name, f"This has at most {most} characters.")
        else:
            return True
        return False

    def _object(self, value: object, pointer: str) -> Members | None:
        if isinstance(value, dict):
            return Members(value, pointer, self.faults, self.zone)
        self.faults.append(Fault("type-wrong", pointer, "This is an object."))
        return None
