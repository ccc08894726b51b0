"""Everything in which snippets differ, as declarations: the only place where values enter the JavaScript."""

from __future__ import annotations

import json
from collections.abc import Mapping

from snippet.checks import label_all
from snippet.fills import fills
from snippet.plan import Plan
from snippet.triggers import functions

NAMES = {"click": "clicked", "submit": "submitted", "visible": "visible", "page": "turned"}

Declarations = dict[str, str]
"""Name → JavaScript."""


def declarations(plans: tuple[Plan, ...]) -> Declarations:
    """Those of the first plan; which ones there are depends on what any of the plans needs."""
    plan = plans[0]
    labels, checks = label_all(plan.fields, plan.extra_fields)
    declared = {
        "event": json.dumps(plan.event_name),
        "address": json.dumps(plan.beacon_url),
        "fields": json.dumps(labels),
        "checks": _functions("v", checks),
        "required": str(sum(field.required for field in plan.fields)),
    }
    if any(fills(one.fields) for one in plans):
        declared["fills"] = _functions("()", fills(plan.fields))
    for name in sorted({name for one in plans for name in trigger_declarations(one)}):
        declared[name] = trigger_declarations(plan).get(name, "{}" if name == "times" else "()=>0")
    return declared


def trigger_declarations(plan: Plan) -> Declarations:
    """What the triggers of a plan are called in the runtime, each a function of an element."""
    marked_as = plan.event_name if plan.marks else None
    made = functions(plan.triggers, marked_as, plan.fields, plan.says_trigger)
    declared = {NAMES[kind]: f"v=>{text}" for kind, text in made.items() if kind in NAMES}
    times = {kind: text for kind, text in made.items() if kind not in NAMES}
    return declared | ({"times": _functions("v", times)} if times else {})


def in_a_row(declared: Mapping[str, str]) -> str:
    return f"let {','.join(f'{name}={text}' for name, text in declared.items())};\n"


def in_a_loop(plans: tuple[Plan, ...]) -> str:
    """A loop over the values of each plan, open at its end."""
    tables = [declarations((plan, *plans)) for plan in plans]
    rows = ",\n".join(f"[{','.join(table.values())}]" for table in tables)
    return f"for (let [{','.join(tables[0])}] of [\n{rows}]) {{\n"


def _functions(parameters: str, expressions: Mapping[str, str]) -> str:
    """An object in JavaScript: name → a function that answers the expression."""
    members = (f"{json.dumps(name)}:{parameters}=>{text}" for name, text in expressions.items())
    return f"{{{','.join(members)}}}"
