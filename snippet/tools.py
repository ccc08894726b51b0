"""The tools that a page gets when somebody asks for them in its address (runtime/tools.js)."""

from __future__ import annotations

import json

from snippet.parts import RUNTIME
from snippet.plan import Plan


def tools(plan: Plan, number: int, section: str) -> str:
    """The module for the snippet of a plan of a section; `number` is what people call its version."""
    about = {
        "event": plan.event_name,
        "version": plan.version_id,
        "number": number,
        "address": plan.beacon_url,
        "consent": plan.consent,
        "section": section,
    }
    return f"const about = {json.dumps(about)};\n{(RUNTIME / 'tools.js').read_text('utf-8')}"
