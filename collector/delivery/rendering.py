"""What a message says, written when it is sent: from what is stored then, for whoever may read then.

So what was erased, deleted or hidden after the message was recorded is not told, and an identifier that the
webhook may not read, or that the definition allows to nobody any more, is left out.
"""

from __future__ import annotations

from typing import Any

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.documents import dump_definition
from collector.core.fields import format_timestamp
from collector.core.identifiers import KINDS
from collector.core.permissions import is_readable_by
from collector.core.webhooks.hooks import TEST, Hook
from collector.store.opening import Store
from collector.store.webhooks.queue import Waiting
from collector.web.answers import in_json
from collector.web.api.shapes import Json, profile_json, readable_event, shown_id


class Withheld(Exception):
    """There is nothing in a message that may be told; `str` is a sentence."""


class Renderer:
    """Writes the bodies of deliveries."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def body(self, hook: Hook, message: Waiting, now: int) -> bytes:
        """The body of a delivery, the same on every try unless something has changed. Raises `Withheld`."""
        document: dict[str, Any] = {
            "type": message.type,
            "timestamp": format_timestamp(message.recorded_at),
            "data": {"section": hook.section_id, **self._data(hook, message, now)},
        }
        return in_json(document).body

    def _data(self, hook: Hook, message: Waiting, now: int) -> Json:
        if message.type == TEST:
            return {"webhook": ids.encode(hook.id), "name": hook.draft.name}
        if message.event is not None:
            return {"event": self._event(hook, message, message.event)}
        if message.segment is not None and message.profile is not None:
            return self._passage(hook, message, message.segment, message.profile)
        return self._change(message, now)

    def _event(self, hook: Hook, message: Waiting, number: int) -> Json:
        state = self._store.subjects.event(number)
        if state is None:
            raise Withheld("The event has been erased.")
        definition = self._definition(state.definition_id)
        is_deletion = message.type == "event.deleted"
        if (state.deleted_at is not None) is not is_deletion:
            told = "is there again" if is_deletion else "has been deleted"
            raise Withheld(f"The event {told}; a message of its own tells so.")
        if not is_deletion:
            shown = readable_event(state, definition, hook.asking)
            if shown is None:
                raise Withheld("The event carries no identifier that this webhook may read.")
            return shown
        readable = hook.asking.readable_of(definition)
        if not is_readable_by(readable, state.identifiers):
            raise Withheld("The event carries no identifier that this webhook may read.")
        return {
            "event": definition.draft.event_name,
            "id": shown_id(state.space, state.event_id),
            "identifiers": {kind: one for kind, one in state.identifiers.items() if kind in readable},
            "deleted_at": format_timestamp(state.deleted_at or 0),
        }

    def _passage(self, hook: Hook, message: Waiting, segment: int, profile: int) -> Json:
        found = self._store.subjects.segment(segment)
        if found is None:
            raise Withheld("The segment has been deleted.")
        person = self._store.subjects.profile(hook.section_id, profile)
        if person is None:
            raise Withheld("The profile has been erased.")
        if not hook.asking.reads_everybody:
            raise Withheld("Who is in a segment is told to those who may read every identifier.")
        return {
            "segment": {"id": found.id, "name": found.name, "version": int(message.about or 1)},
            "profile": profile_json(person, frozenset(KINDS)),
        }

    def _change(self, message: Waiting, now: int) -> Json:
        definition = self._store.definitions.by_id(ids.encode(message.definition or 0))
        if definition is None:
            raise Withheld("The definition is not there.")
        told: Json = {"change": message.about, "event_name": definition.draft.event_name}
        if definition.hidden_at is None:
            told["definition"] = dump_definition(definition, now)
        elif message.about != "definition.hidden":
            raise Withheld("The definition has been hidden; a message of its own tells so.")
        return told

    def _definition(self, number: int) -> Definition:
        definition = self._store.definitions.by_id(ids.encode(number))
        if definition is None or definition.hidden_at is not None:
            raise Withheld("The definition of the event has been hidden.")
        return definition
