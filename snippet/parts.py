"""Which files of the runtime a snippet has: those that its definition needs, and no other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from snippet.fills import fills
from snippet.plan import Plan
from snippet.triggers import NEAR, kinds
from snippet.values import trigger_declarations

RUNTIME = Path(__file__).with_name("runtime")

_ENDINGS = {
    (False, False): [],
    (True, False): ["close_gate"],
    (False, True): ["close_tools"],
    (True, True): ["close_gate_tools"],
}


_TRIED = {"send": ["send_tried"], "open": ["open_tried"], "close": ["close_tried"]}
"""What a snippet has instead that is tried in the editor (docs/editor.md)."""


def partials(plans: tuple[Plan, ...]) -> Mapping[str, list[str]]:
    """Slot → names of the files that fill it, for plans that behave alike."""
    plan = plans[0]
    queue, visitor, asks = plan.queue, plan.visitor, plan.consent != "off"
    agreed = "_agreed" if plan.consent == "gpc" else ""
    sending = "send_queued" if queue else f"send_once{agreed}"
    keeps = visitor != "page"
    delivery = [f"visitor_{visitor}", *_if(queue, "text"), sending]
    return {
        "abilities": [
            *_if(queue or asks or visitor == "lasting", "storage"),
            *_if(visitor == "session", "storage_tab"),
            *_if(asks, f"consent_{plan.consent}"),
            *_if(queue, "queue"),
            *_if(asks, "consent"),
        ],
        "answers": _if(asks, "consent_answer"),
        "methods": _if(asks, "consent_method"),
        "check": [
            *_if(any(one.has_odd_names for one in plans), "odd_names"),
            *_if(any(fills(one.fields) for one in plans), "fill"),
            "check" if plan.invalid == "drop" else "check_report",
        ],
        "send": ["hold"] if asks else delivery,
        "deliver": delivery,
        "told": [f"told_held_{plan.consent}" if asks else "told"],
        "key": [f"key{agreed}"],
        "keep": _if(keeps, "keep"),
        "keep_visitor": _if(keeps, f"keep_visitor_{visitor}"),
        "debug": _if(plan.debug == "line", "debug"),
        "withdrawn": _if(asks, "withdrawn"),
        "wipe": [*_if(queue, "wipe_waiting"), *_if(visitor == "session", "wipe_tab")],
        "open": _if(plan.gate or plan.debug == "tools", "open"),
        "close": _ENDINGS[plan.gate, plan.debug == "tools"],
        **_of_triggers(plans),
        **(_TRIED if plan.debug == "tried" else {}),
    }


def _of_triggers(plans: tuple[Plan, ...]) -> Mapping[str, list[str]]:
    wanted = frozenset().union(*(kinds(one.triggers) for one in plans))
    expressions = "".join(text for one in plans for text in trigger_declarations(one).values())
    marks, casts = any(one.marks for one in plans), any(one.casts for one in plans)
    turns = wanted & {"page", "time"}
    return {
        "reading": _if(NEAR in expressions, "near"),
        "triggers": [
            *_if(bool(wanted), "tell_values" if marks or casts else "tell"),
            *(name for name in ("click", "submit", "visible") if name in wanted),
            *_if("time" in wanted, "clocks"),
            *_if(bool(turns), "page"),
        ],
        "attribute": _if(marks, "attribute"),
        "cast": _if(casts, "cast"),
        "which": _if(plans[0].says_trigger, "which"),
        "turned": [f"turned_{name}" for name in ("page", "time") if name in wanted],
    }


def _if(needed: bool, name: str) -> list[str]:
    return [name] if needed else []
