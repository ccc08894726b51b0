"""How two contents of a definition differ, in words: for whoever is about to save the second.

Stricter is what refuses data that was accepted before, looser what accepts data that was refused. What a
rule says and which way it is stricter is one row of `FIELD_RULES` or `GOAL_RULES`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal

from collector.core.definitions import Content, ExtraFields, GoalRule
from collector.core.fields import MAX_TEXT, Field, plain
from collector.core.goals import NEED_A_VALUE
from collector.core.problems import pointer_to

Kind = Literal["added", "removed", "type-changed", "stricter", "looser", "changed"]
Strictness = Literal["stricter", "looser", "changed"]

SHOWN_CHOICES = 10
SHOWN_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is different. `place` is an RFC 6901 pointer, fields by name: `/fields/total/minimum`.

    `makes_version`: whether it judges otherwise; if no difference does, saving makes no version.
    """

    kind: Kind
    place: str
    sentence: str
    makes_version: bool = True

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def differences(old: Content, new: Content) -> list[Difference]:
    """Everything that is different in `new`: fields that are gone, fields as `new` orders them, the rest.

    Where one makes a version, `core.versions.same_content` is false, and the other way round.
    """
    return [
        *_fields(old, new),
        *_order(old.fields, new.fields),
        *_extra_fields(old.extra_fields, new.extra_fields),
        *_goal(old.goal, new.goal),
    ]


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a member of a field or of a goal says, and which way it is stricter.

    `words` (with `{}` for the value) and `without` begin with one verb, which is left out after "before:".
    `strictness` compares two owners of the member whose values differ. `remark` follows a mere change.
    """

    member: str
    words: str
    without: str
    strictness: Callable[[Any, Any], Strictness]
    remark: str = ""
    makes_version: bool = True

    def say(self, owner: object) -> str:
        value = getattr(owner, self.member)
        is_said = value is not None and value is not False and value != ""
        return self.words.format(_shown(value)) if is_said else self.without


def _bound(member: str, sign: int) -> Callable[[Field, Field], Strictness]:
    """A bound of the values: with `sign` 1 a higher one is stricter, with -1 a lower one."""

    def strictness(old: Field, new: Field) -> Strictness:
        before, after = getattr(old, member), getattr(new, member)
        if before is None or after is None:
            return "stricter" if before is None else "looser"
        if old.type != new.type:
            return "changed"
        return _risen(old.kind.order(before), old.kind.order(after), sign)

    return strictness


def _length(member: str, sign: int, unsaid: int) -> Callable[[Field, Field], Strictness]:
    """A bound of the length; absent, it is `unsaid`."""

    def strictness(old: Field, new: Field) -> Strictness:
        before, after = getattr(old, member), getattr(new, member)
        return _risen(unsaid if before is None else before, unsaid if after is None else after, sign)

    return strictness


def _risen(before: Any, after: Any, sign: int = 1) -> Strictness:
    if before == after:
        return "changed"
    return "stricter" if (after > before) == (sign > 0) else "looser"


def _set(member: str) -> Callable[[object, object], Strictness]:
    """To have it is stricter than not to; of two of them none is known to be."""

    def strictness(old: object, new: object) -> Strictness:
        return _risen(bool(getattr(old, member)), bool(getattr(new, member)))

    return strictness


def _incomparable(old: object, new: object) -> Strictness:
    return "changed"


def _goal_type(old: GoalRule, new: GoalRule) -> Strictness:
    return _risen(old.type in NEED_A_VALUE, new.type in NEED_A_VALUE)


FIELD_RULES = (
    _Rule("required", "is required", "is optional", _set("required")),
    _Rule("minimum", "needs at least {}", "has no lower bound", _bound("minimum", 1)),
    _Rule("maximum", "needs at most {}", "has no upper bound", _bound("maximum", -1)),
    _Rule(
        "min_length",
        "needs a length of at least {}",
        "has no least length",
        _length("min_length", 1, unsaid=0),
    ),
    _Rule(
        "max_length",
        "needs a length of at most {}",
        f"has only the limit of every text, {MAX_TEXT:,} characters",
        _length("max_length", -1, unsaid=MAX_TEXT),
    ),
    _Rule(
        "pattern", "fits the pattern {}", "fits any pattern", _set("pattern"), ", which cannot be compared"
    ),
    _Rule("fill", "is filled by the snippet with {}", "is not filled by the snippet", _incomparable),
    _Rule("personal", "is personal", "is not personal", _incomparable, makes_version=False),
    _Rule(
        "description", "has the description “{}”", "has no description", _incomparable, makes_version=False
    ),
)
"""All but the type and the choices, which have more to tell than one sentence."""

GOAL_RULES = (
    _Rule("type", "is of type {}", "is of no type", _goal_type),
    _Rule("value_field", "takes its value from {}", "takes no value", _set("value_field")),
    _Rule("currency_field", "takes its currency from {}", "takes no currency", _set("currency_field")),
    _Rule("name", "has the name “{}”", "has no name", _incomparable),
)

EVERY_VALUE_FITS = frozenset({("integer", "decimal"), ("date", "text"), ("timestamp", "text")})
"""(type, other type): whatever the first accepts, the second does too."""

EXTRA_FIELDS: dict[ExtraFields, str] = {
    "reject": "is refused",
    "drop": "is dropped",
    "keep": "is kept as it comes",
}


def _fields(old: Content, new: Content) -> Iterator[Difference]:
    before = {field.name: field for field in old.fields}
    after = {field.name: field for field in new.fields}
    for name, field in before.items():
        if name not in after:
            yield _removed(field, new.extra_fields)
    for name, field in after.items():
        if name in before:
            yield from _field(before[name], field)
        else:
            yield _added(field, old.extra_fields)


def _removed(field: Field, extra_fields: ExtraFields) -> Difference:
    way = _tail("stricter" if extra_fields == "reject" else "looser")
    sentence = (
        f"{field.name} is no field any more, and what comes under its name {EXTRA_FIELDS[extra_fields]}{way}."
    )
    return Difference("removed", pointer_to("fields", field.name), sentence)


def _added(field: Field, extra_fields: ExtraFields) -> Difference:
    """A new field. One that may be left out is looser only where its name was refused before."""
    need = "required" if field.required else "optional"
    way = _tail("looser" if extra_fields == "reject" and not field.required else "stricter")
    return Difference(
        "added", pointer_to("fields", field.name), f"{field.name} is a new field ({field.type}, {need}){way}."
    )


def _field(old: Field, new: Field) -> Iterator[Difference]:
    place = pointer_to("fields", new.name)
    if old.type != new.type:
        sentence = (
            f"{new.name} is now of type {new.type} (before: {old.type}){_tail(_type_change(old, new))}."
        )
        yield Difference("type-changed", f"{place}/type", sentence)
    # A rule that the new type does not have went with the old type.
    gone = old.kind.rules - new.kind.rules
    yield from _members([rule for rule in FIELD_RULES if rule.member not in gone], old, new, new.name, place)
    if "choices" not in gone:
        yield from _choices(old, new, f"{place}/choices")


def _type_change(old: Field, new: Field) -> Strictness:
    if (old.type, new.type) in EVERY_VALUE_FITS:
        return "looser"
    return "stricter" if (new.type, old.type) in EVERY_VALUE_FITS else "changed"


def _members(
    rules: Sequence[_Rule], old: object, new: object, subject: str, place: str
) -> Iterator[Difference]:
    for rule in rules:
        if getattr(old, rule.member) != getattr(new, rule.member):
            kind = rule.strictness(old, new)
            tail = _tail(kind, rule.remark)
            sentence = _sentence(subject, rule.say(new), rule.say(old), tail)
            yield Difference(kind, f"{place}/{rule.member}", sentence, rule.makes_version)


def _choices(old: Field, new: Field, place: str) -> Iterator[Difference]:
    if old.choices == new.choices:
        return
    if not old.choices or not new.choices:
        kind: Strictness = "looser" if old.choices else "stricter"
        yield Difference(kind, place, _sentence(new.name, _range(new), _range(old), _tail(kind)))
        return
    more = [choice for choice in new.choices if choice not in old.choices]
    less = [choice for choice in old.choices if choice not in new.choices]
    if more:
        yield Difference("looser", place, f"{new.name} now also takes {_listed(more)}: looser.")
    if less:
        yield Difference("stricter", place, f"{new.name} no longer takes {_listed(less)}: stricter.")
    if not more and not less:
        yield Difference("changed", place, f"The choices of {new.name} are now in another order.")


def _range(field: Field) -> str:
    return f"takes only {_listed(field.choices)}" if field.choices else "takes any value of its type"


def _order(old: Sequence[Field], new: Sequence[Field]) -> Iterator[Difference]:
    """Whether the fields that are in both stand in another order, which is that of the stored data."""
    before, after = [field.name for field in old], [field.name for field in new]
    if [name for name in before if name in after] != [name for name in after if name in before]:
        yield Difference("changed", "/fields", "The fields are now in another order.")


def _extra_fields(old: ExtraFields, new: ExtraFields) -> Iterator[Difference]:
    if old != new:
        kind = _risen(old == "reject", new == "reject")
        sentence = _sentence("What no field describes", EXTRA_FIELDS[new], EXTRA_FIELDS[old], _tail(kind))
        yield Difference(kind, "/extra_fields", sentence)


def _goal(old: GoalRule | None, new: GoalRule | None) -> Iterator[Difference]:
    if old is None and new is not None:
        sentence = f"Every event now counts for a goal of type {new.type} and may bring no other: stricter."
        yield Difference("added", "/goal", sentence)
    elif old is not None and new is None:
        sentence = (
            f"Events no longer count for a goal of type {old.type} and may bring one of their own: looser."
        )
        yield Difference("removed", "/goal", sentence)
    elif old is not None and new is not None:
        yield from _members(GOAL_RULES, old, new, "The goal", "/goal")


def _sentence(subject: str, now: str, before: str, tail: str) -> str:
    """`total now needs at least 0 (before: no lower bound): stricter.`"""
    verb, rest = now.split(" ", 1)
    told = f"is now {rest}" if verb == "is" else f"now {now}"
    return f"{subject} {told} (before: {before.split(' ', 1)[1]}){tail}."


def _tail(strictness: Strictness, remark: str = "") -> str:
    return remark if strictness == "changed" else f": {strictness}"


def _listed(values: Sequence[object]) -> str:
    shown = [_quoted(value) for value in values[:SHOWN_CHOICES]]
    left = len(values) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")


def _quoted(value: object) -> str:
    return json.dumps(_shown(value), ensure_ascii=False) if isinstance(value, str) else _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    text = str(value)
    return text if len(text) <= SHOWN_LENGTH else text[:SHOWN_LENGTH] + "…"
