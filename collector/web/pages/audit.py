"""The audit log: who changed what, before and after."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

from collector.store.audit import Entry
from collector.web.access import allow
from collector.web.pages.audit_words import action_in_words, change_in_words, name_of_subject
from collector.web.pages.frame import make_blueprint, page
from collector.web.parts import parts

blueprint = make_blueprint("audit", "/sections/<section_id>/audit")

SHOWN = 50


@blueprint.get("")
@allow("audit.read")
def index(section_id: str) -> Response:
    """The changes, newest first, each with what it changed."""
    subject = request.args.get("subject") or None
    found = parts().store.audit.page(section_id, SHOWN, request.args.get("cursor") or None, subject)
    return page(
        "pages/audit.html",
        entries=[(entry, changed_members(entry)) for entry in found.items],
        subject=subject or "",
        next_cursor=found.next_cursor,
        is_first_page="cursor" not in request.args,
        action_in_words=action_in_words,
        change_in_words=change_in_words,
        name_of_subject=name_of_subject,
    )


def changed_members(entry: Entry) -> list[tuple[str, str, str]]:
    """The members that differ: name, before, after, as JSON texts."""
    before, after = entry.before or {}, entry.after or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return [("", _text(before), _text(after))]
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [(name, _text(before.get(name)), _text(after.get(name))) for name in names]


def _text(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
