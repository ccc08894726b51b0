"""Whom a key may read through these doors: people by their e-mail, and events of people who have one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.events import EventState
from collector.core.identifiers import normalise
from collector.core.permissions import event_is_readable
from collector.core.problems import Fault, Problem
from collector.store.profiles import Profile
from collector.web.access import principal
from collector.web.notifuse.shapes import Json, event_json
from collector.web.parts import parts
from collector.web.reach import reachable, readable_kinds_of, seen_kinds

KIND = "email"


def readable_definitions() -> dict[int, Definition]:
    """The definitions of whose events the e-mail may be read, by number."""
    reached = reachable()
    kinds = readable_kinds_of(reached)
    return {number: one for number, one in reached.items() if KIND in kinds[number]}


def require_readable_emails() -> None:
    """Raises `Problem("identifier-not-allowed")`, before anybody is looked up."""
    if "read" not in principal().grants.get(KIND, frozenset()) or KIND not in seen_kinds():
        raise Problem("identifier-not-allowed", "This key may not read by e-mail.")


def find_contact(email: str) -> tuple[str, Profile] | None:
    """The one spelling of an e-mail and the profile that has it; nobody has one that is no e-mail."""
    normal = normalise(KIND, email, "/email")
    if isinstance(normal, Fault):
        return None
    profile = parts().store.profiles.find(principal().section_id, KIND, normal)
    return (normal, profile) if profile is not None else None


def find_definition(event_name: str) -> Definition | None:
    """The definition of this name, unless it is hidden or the key is not for it."""
    asking = principal()
    if not asking.may_use(event_name) or "\0" in event_name:
        return None
    definition = parts().store.definitions.find(asking.section_id, event_name)
    return definition if definition is not None and definition.hidden_at is None else None


def shown_events(states: Sequence[EventState], definitions: Mapping[int, Definition]) -> list[Json]:
    """Stored events as the key may see them, without those that it may not and those without an e-mail.

    `definitions` has the definition of each by number.
    """
    readable = [state for state in states if _is_readable(state, definitions[state.definition_id])]
    silent = {state.profile_id or 0 for state in readable if KIND not in state.identifiers}
    emails = parts().store.contacts.emails(silent)
    named = ((state, state.identifiers.get(KIND) or emails.get(state.profile_id or 0)) for state in readable)
    return [
        event_json(state, definitions[state.definition_id].draft.event_name, email)
        for state, email in named
        if email is not None
    ]


def number_of(definition: Definition) -> int:
    number = ids.decode(definition.id)
    assert number is not None
    return number


def _is_readable(state: EventState, definition: Definition) -> bool:
    asking = principal()
    return KIND in asking.readable_of(definition) and event_is_readable(
        state.identifiers, asking.allowed_on(definition), asking.grants
    )
