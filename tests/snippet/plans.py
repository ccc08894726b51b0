"""Plans that together need every file of the runtime, in every combination that changes what is picked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from collector.core.fields import Field
from snippet.plan import Plan
from snippet.triggers import Trigger, Value

PLAIN = (Field("total", "decimal", required=True), Field("currency", "text"))
ODD = (Field("constructor", "text", fill="page.url"), Field("gift", "boolean"))
TRIGGERS = (
    Trigger("click", ".buy", values=(("total", Value("text", ".price")),)),
    Trigger("submit", "form.checkout"),
    Trigger("visible", "#pricing"),
    Trigger("page", address="/shop/*"),
    Trigger("time", seconds=30),
)


def plan(*fields: Field, **rest: Any) -> Plan:
    return Plan("order.completed", "v1", "https://c.example", fields or PLAIN, **rest)


def every_plan() -> Iterator[Plan]:
    for queue, visitor, consent in product(
        (True, False), ("page", "session", "lasting"), ("off", "gpc", "ask")
    ):
        for debug, gate in product(("tools", "line", "off"), (True, False)):
            yield plan(queue=queue, visitor=visitor, consent=consent, debug=debug, gate=gate)
        yield plan(*ODD, queue=queue, visitor=visitor, consent=consent, triggers=TRIGGERS, invalid="report")
    for trigger in TRIGGERS:
        yield plan(triggers=(trigger,))
    yield plan(triggers=(Trigger("submit"), Trigger("page")))
    yield plan(triggers=TRIGGERS, queue=False, visitor="page", invalid="report", gate=False, debug="tried")
    yield plan(triggers=TRIGGERS, says_trigger=False)
