"""What a type of field knows. A new type is one class in one file, and one row in `field.py`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collector.core.fields.field import Field

Value = str | int | bool | Decimal
"""A canonical value: what the collector keeps, compares and counts with."""

Check = Callable[[Any], None]
Settle = Callable[[Any], Any]


class Refused(ValueError):
    """A value is not accepted. `code` is one of the codes of a `Fault`; `message` never quotes the value."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class FieldType(ABC):
    """One type of field, complete: its values, its rules, its texts for browsers and forms.

    `examples` and `counterexamples` can be written as JSON as they are. `rules` names the members of a
    `Field` that mean something here. `javascript` is an expression in the variable `v`: never false for what
    the collector accepts, but short, so the collector looks closer. `control` is the type of an HTML input.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    examples: ClassVar[tuple[Any, ...]]
    counterexamples: ClassVar[tuple[Any, ...]]
    rules: ClassVar[frozenset[str]]
    typescript: ClassVar[str]
    javascript: ClassVar[str]
    control: ClassVar[str]

    @abstractmethod
    def accept(self, value: object) -> Value:
        """The canonical form of `value`, as strict JSON has it (decimals are `Decimal`); raises `Refused`."""

    @abstractmethod
    def from_text(self, text: str) -> Value:
        """The canonical value that a text of a query string or a CSV cell stands for; raises `Refused`."""

    @abstractmethod
    def schema(self, field: Field) -> dict[str, Any]:
        """JSON Schema 2020-12 of a value of `field`, with those of its rules that JSON Schema can say."""

    @abstractmethod
    def fast_type(self, field: Field) -> Any:
        """A type for `msgspec` that refuses at least what `settle` does not look at."""

    def settle(self, field: Field) -> Settle | None:
        """What is left to do with a decoded `fast_type`: a function to what goes into the canonical text.

        It raises `Refused`, and answers None where the member was null. None: nothing is left to do.
        """
        return checking(self.checks(field))

    def from_fast(self, value: Any) -> Value:
        """The canonical value of a settled `fast_type`."""
        canonical: Value = value
        return canonical

    def order(self, value: Any) -> Any:
        """A key by which canonical values sort as they mean."""
        return value

    def checks(self, field: Field) -> list[Check]:
        """The rules of `field`, compiled for both roads: each takes a canonical value, raises `Refused`."""
        found: list[Check] = []
        if field.choices:
            found.append(_one_of(frozenset(self.accept(choice) for choice in field.choices)))
        if field.minimum is not None:
            found.append(self._at_least(self.accept(field.minimum)))
        if field.maximum is not None:
            found.append(self._at_most(self.accept(field.maximum)))
        return found

    def _at_least(self, minimum: Value) -> Check:
        order, limit = self.order, self.order(minimum)

        def check(value: Value) -> None:
            if order(value) < limit:
                raise Refused("too-small", f"This must not be less than {minimum}.")

        return check

    def _at_most(self, maximum: Value) -> Check:
        order, limit = self.order, self.order(maximum)

        def check(value: Value) -> None:
            if order(value) > limit:
                raise Refused("too-large", f"This must not be more than {maximum}.")

        return check


def checking(checks: list[Check]) -> Settle | None:
    """One function that runs `checks` and answers the value itself; None if there are none."""
    if not checks:
        return None

    def settle(value: Any) -> Any:
        for check in checks:
            check(value)
        return value

    return settle


def _one_of(choices: frozenset[Value]) -> Check:
    def check(value: Value) -> None:
        if value not in choices:
            raise Refused("choice-unknown", f"This must be one of the {len(choices)} choices of the field.")

    return check
