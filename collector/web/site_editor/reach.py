"""How far a token reaches: the definitions that pages of its origin may send, and drafts of new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collector.core.definitions import Definition, Draft, WebTracking
from collector.core.problems import Fault, Problem
from collector.core.site_drafts import judge_site_draft, tracking_of_new
from collector.core.versions import current, held_until
from collector.store.definitions import SECOND
from collector.store.editing import SiteDraft
from collector.web.origins import is_listed
from collector.web.parts import parts
from collector.web.site_editor.tokens import Pass
from snippet.plan import EVENT_NAME

NOBODY = "0"


@dataclass(frozen=True, slots=True)
class Known:
    """What there is of an event name: its definition, a draft, both or nothing."""

    event_name: str
    definition: Definition | None
    draft: SiteDraft | None

    @property
    def revision(self) -> str | None:
        """A text for the state of both; None while there is neither."""
        if self.definition is None and self.draft is None:
            return None
        number = self.definition.revision if self.definition is not None else 0
        return f"{number}.{self.draft.id if self.draft is not None else NOBODY}"

    @property
    def is_behind(self) -> bool:
        return self.draft is not None and self.draft.is_behind(self.definition)


def known_at(told: Pass, name: str) -> Known:
    """What there is of the name in an address, where a `/` is written `~`.

    Raises `Problem`: `not-found` for what can be no name, `definition-hidden`, `origin-not-allowed`.
    """
    event_name = name.replace("~", "/")
    if not EVENT_NAME.fullmatch(event_name):
        raise Problem("not-found", "No event can have this name.")
    store = parts().store
    found = store.definitions.find(told.section_id, event_name)
    definition = store.definitions.read_again(found) if found is not None else None
    if definition is not None:
        require_reach(told, definition)
    return Known(event_name, definition, store.editing.find(told.section_id, event_name))


def require_reach(told: Pass, definition: Definition) -> None:
    """Raises `Problem`: `definition-hidden`, `origin-not-allowed`."""
    if definition.hidden_at is not None:
        raise Problem("definition-hidden", "This definition is hidden.")
    if not sends_from(definition, told.origin):
        sentence = f"Pages of {told.origin} may not send this event."
        raise Problem("origin-not-allowed", sentence, faults=[Fault("origin-not-allowed", "", sentence)])


def sends_from(definition: Definition, origin: str) -> bool:
    """Whether pages of this origin may send a definition's events."""
    tracking = definition.draft.web_tracking
    return tracking.enabled and is_listed(origin, tracking.origins)


def sent_from(section_id: str, origin: str) -> list[Definition]:
    """The definitions of a section that pages of this origin may send, by name."""
    return [one for one in parts().store.definitions.all(section_id) if sends_from(one, origin)]


def new_tracking(section_id: str, origin: str) -> WebTracking:
    """The web settings of a definition that is made on pages of this origin."""
    others: Sequence[Definition] = sent_from(section_id, origin)
    return tracking_of_new(origin, [one.draft.web_tracking for one in others])


def whole_draft(known: Known, told: Pass) -> Draft:
    """The definition that the draft would make, else that of now.

    Raises `Problem`: `not-found`, `definition-invalid` for a draft that does not fit any more.
    """
    definition = known.definition
    if known.draft is None:
        if definition is None:
            raise Problem("not-found", "There is no such definition, and no draft of it.")
        return definition.draft
    tracking = new_tracking(told.section_id, told.origin)
    stored = definition.draft if definition is not None else None
    return judge_site_draft(known.draft.document, known.event_name, stored, tracking)


def fields_held_until(definition: Definition | None) -> int | None:
    """Until when the fields of a definition cannot be edited (microseconds), if so."""
    if definition is None:
        return None
    until = held_until(definition.versions, parts().settings.edit_hold * SECOND)
    return until if parts().now() < until else None


def state_of_newest(definition: Definition) -> str:
    """`pending` while the newest version waits for its time, else `current`."""
    in_force = current(definition.versions, parts().now())
    return "current" if in_force is not None and in_force.id == definition.versions[-1].id else "pending"
