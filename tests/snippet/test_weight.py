"""What a snippet weighs: bytes with brotli 11 of the file as served. With `-s` it prints the tables."""

from __future__ import annotations

from dataclasses import dataclass, replace

import brotli
import pytest

from collector.core.fields import FIELD_TYPES, FILLS, Field
from snippet.build import build
from snippet.plan import Plan
from snippet.triggers import Trigger, Value

SIX_TYPES = (
    Field("total", "decimal", required=True),
    Field("currency", "text"),
    Field("lines", "integer"),
    Field("gift", "boolean"),
    Field("deliver_on", "date"),
    Field("paid_at", "timestamp"),
    Field("page_url", "text"),
)
KINDS = tuple(FIELD_TYPES)
HUNDRED = tuple(Field(f"field_{n}", KINDS[n % 6]) for n in range(100))
CLICK = Trigger("click", ".buy")
SUBMIT = Trigger("submit", "form.checkout")
EVERY_TRIGGER = (CLICK, SUBMIT, Trigger("visible", "#pricing"), Trigger("page"))


def bare(fields: tuple[Field, ...], **rest: object) -> Plan:
    """A definition whose file has no ability that has a row of its own: those are asked for by name."""
    settings = {"attributes": False, "says_trigger": False, "gate": False, "debug": "off", **rest}
    return Plan("order.completed", "40aywaheppjw7", "https://c.example", fields, **settings)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Row:
    """A definition and the most that its file may weigh."""

    name: str
    plan: Plan
    limit: int

    def __str__(self) -> str:
        return self.name


TABLE = (
    Row("lite: a click trigger, no queue, 1 field", bare(SIX_TYPES[:1], queue=False, triggers=(CLICK,)), 550),
    Row("core, 2 fields", bare(SIX_TYPES[:2]), 780),
    Row("core, all six types (7 fields)", bare(SIX_TYPES), 880),
    Row("core + click, 2 fields", bare(SIX_TYPES[:2], triggers=(CLICK,)), 870),
    Row("core + click, six types", bare(SIX_TYPES, triggers=(CLICK,)), 980),
    Row(
        "everything: click, submit, visible, page, `consent: ask`, six types",
        bare(SIX_TYPES, triggers=EVERY_TRIGGER, consent="ask"),
        1370,
    ),
    Row(
        "everything, 100 fields named `field_0` …",
        bare(HUNDRED, triggers=EVERY_TRIGGER, consent="ask"),
        1640,
    ),
)

CORE = bare(SIX_TYPES[:2])
CLICKS = bare(SIX_TYPES[:2], triggers=(CLICK,))
SIX = bare(SIX_TYPES, triggers=(CLICK,))
ONLY_THERE = replace(CLICK, address="/shop/*")
VALUED = replace(CLICK, values=(("total", Value("attribute", ".buy", "data-total")),))


def filled(*fills: str) -> tuple[Plan, Plan]:
    """Core with a field for each of `fills`, without and with them."""
    fields = tuple(Field(fill.replace(".", "_"), "text", fill=fill) for fill in fills)
    empty = tuple(replace(field, fill=None) for field in fields)
    return bare((*SIX_TYPES[:2], *empty)), bare((*SIX_TYPES[:2], *fields))


@dataclass(frozen=True)
class Addition:
    """An ability: a definition without it, with it, and the most that it may add."""

    name: str
    without: Plan
    plan: Plan
    limit: int

    def __str__(self) -> str:
        return self.name


PREMADE = ("page.url", "page.referrer", "utm.campaign")
ADDITIONS = (
    Addition("prerender gate", CORE, replace(CORE, gate=True), 30),
    Addition("debug line", CORE, replace(CORE, debug="line"), 26),
    Addition("debug mode and install check (loaded when asked for)", CORE, replace(CORE, debug="tools"), 34),
    Addition("attributes (`data-fieldpost-total`)", CLICKS, replace(CLICKS, attributes=True), 50),
    Addition("attributes, where texts may be booleans or integers", SIX, replace(SIX, attributes=True), 72),
    Addition("the number of the trigger, in an event of it", CLICKS, replace(CLICKS, says_trigger=True), 12),
    Addition("trigger values, one from an attribute", CLICKS, replace(CLICKS, triggers=(VALUED,)), 60),
    Addition("click trigger", CORE, CLICKS, 65),
    Addition("submit trigger", CORE, replace(CORE, triggers=(SUBMIT,)), 82),
    Addition("visible trigger", CORE, replace(CORE, triggers=(Trigger("visible", "#pricing"),)), 210),
    Addition("page trigger", CORE, replace(CORE, triggers=(Trigger("page"),)), 120),
    Addition("time trigger", CORE, replace(CORE, triggers=(Trigger("time", seconds=30),)), 155),
    Addition("address of a trigger", CLICKS, replace(CLICKS, triggers=(ONLY_THERE,)), 40),
    Addition("`consent: gpc`", CORE, replace(CORE, consent="gpc"), 176),
    Addition("`consent: ask`", CORE, replace(CORE, consent="ask"), 168),
    Addition("`invalid: report`", CORE, replace(CORE, invalid="report"), 5),
    Addition("`visitor: session`", CORE, replace(CORE, visitor="session"), 18),
    *(Addition(f"fill `{fill}`", *filled(fill), 88 if fill.startswith("utm.") else 75) for fill in FILLS),
    Addition("fills of the pre-made fields (3)", *filled(*PREMADE), 98),
    Addition("every fill (11)", *filled(*FILLS), 182),
)


def weight(plan: Plan) -> tuple[int, int]:
    """Bytes with brotli, and minified."""
    script = build(plan)
    return len(brotli.compress(script.encode(), quality=11)), len(script)


def with_gate_and_debug(plan: Plan) -> Plan:
    return replace(plan, gate=True, debug="tools")


def as_served(plan: Plan) -> Plan:
    """The file at the current address of such a definition where nothing is switched off."""
    return replace(with_gate_and_debug(plan), attributes=True, says_trigger=True)


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_a_snippet_weighs_no_more_than_its_limit(row: Row) -> None:
    small, minified = weight(row.plan)
    more = " | ".join(f"{weight(plan(row.plan))[0]:,}" for plan in (with_gate_and_debug, as_served))
    print(f"\n| {row.name} | {row.limit:,} | {small:,} | {minified:,} | {more} |")
    assert small <= row.limit


@pytest.mark.parametrize("row", [*TABLE[1:5], TABLE[6]], ids=str)
def test_gate_and_debug_mode_stay_within_the_limit_too(row: Row) -> None:
    assert weight(with_gate_and_debug(row.plan))[0] <= row.limit


@pytest.mark.parametrize("row", TABLE[1:3], ids=str)
def test_a_current_file_without_triggers_stays_within_the_limit(row: Row) -> None:
    assert weight(as_served(row.plan))[0] <= row.limit


@pytest.mark.parametrize("row", ADDITIONS, ids=str)
def test_an_ability_adds_no_more_than_its_limit(row: Addition) -> None:
    added = [one - other for one, other in zip(weight(row.plan), weight(row.without), strict=True)]
    print(f"\n| {row.name} | {added[0]:+} | {added[1]:+} |")
    assert added[0] <= row.limit
