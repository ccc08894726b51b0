"""Drafts of the Custom Events Editor: what of a definition is made on a page, and how the rest is added.

What else a definition has (rights, goal, description, origins …) stays as it is stored; a new definition gets
web settings from the section's others for the same pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from collector.core.definitions import Draft, WebTracking
from collector.core.documents import dump_document, parse_definition
from collector.core.problems import Fault, Problem, pointer_to

MEMBERS = ("event_name", "title", "category", "fields", "triggers")
CONSENTS = ("off", "gpc", "ask")
VISITORS = ("lasting", "session", "page")
IDENTITIES = ("claimed", "signed")
TRIGGERS = "/web_tracking/triggers"


def judge_site_draft(document: object, event_name: str, stored: Draft | None, tracking: WebTracking) -> Draft:
    """The whole definition that a draft would make: of `stored`, or a new one with `tracking`.

    Raises `Problem("definition-invalid")`; its pointers are those of the document.
    """
    if not isinstance(document, dict):
        raise _invalid([Fault("type-wrong", "", "A definition is an object.")])
    faults = [
        Fault("member-unknown", pointer_to(name), "A draft of the editor has no such member.")
        for name in document
        if name not in MEMBERS
    ]
    if document.get("event_name", event_name) != event_name:
        faults.append(Fault("fixed", "/event_name", f"This is the draft of {event_name}."))
    if stored is not None and document.get("category", stored.category) != stored.category:
        faults.append(Fault("fixed", "/category", "The category of a definition never changes."))
    if faults:
        raise _invalid(faults)
    try:
        return parse_definition(_whole(document, event_name, stored, tracking), stored)
    except Problem as problem:
        raise _invalid([_seen_from_the_draft(one) for one in problem.faults]) from problem


def site_document(draft: Draft) -> dict[str, Any]:
    """What the editor has of a definition: `judge_site_draft` makes the same of it again."""
    whole = dump_document(draft)
    whole["triggers"] = whole["web_tracking"]["triggers"]
    return {name: whole[name] for name in MEMBERS}


def tracking_of_new(origin: str, others: Iterable[WebTracking]) -> WebTracking:
    """The web settings of a definition that is made on a page: as strict as the strictest others there.

    What visitors were asked for on these pages is asked for the new event too.
    """
    known = list(others)
    return WebTracking(
        enabled=True,
        origins=(origin,),
        consent=max((one.consent for one in known), key=CONSENTS.index, default="off"),
        visitor=max((one.visitor for one in known), key=VISITORS.index, default="lasting"),
        identity=max((one.identity for one in known), key=IDENTITIES.index, default="claimed"),
    )


def _whole(
    document: dict[str, Any], event_name: str, stored: Draft | None, tracking: WebTracking
) -> dict[str, Any]:
    basis: dict[str, Any] = {} if stored is None else dump_document(stored)
    given = {name: document[name] for name in document if name != "triggers"}
    kept = tracking if stored is None else stored.web_tracking
    web: dict[str, Any] = dump_tracking(kept)
    if "triggers" in document:
        web["triggers"] = document["triggers"]
    return {**basis, **given, "event_name": event_name, "web_tracking": web}


def dump_tracking(tracking: WebTracking) -> dict[str, Any]:
    """Web settings as a document has them."""
    return {
        name: getattr(tracking, name)
        if name not in ("origins", "triggers")
        else list(getattr(tracking, name))
        for name in WebTracking.__dataclass_fields__
    }


def _seen_from_the_draft(fault: Fault) -> Fault:
    if fault.pointer == TRIGGERS or fault.pointer.startswith(f"{TRIGGERS}/"):
        return replace(fault, pointer="/triggers" + fault.pointer.removeprefix(TRIGGERS))
    return fault


def _invalid(faults: list[Fault]) -> Problem:
    detail = "One thing is wrong" if len(faults) == 1 else f"{len(faults)} things are wrong"
    return Problem("definition-invalid", f"{detail} with the definition.", faults=faults)
