"""What pages say of a refused payload: the payload, masked, and what to do next."""

from __future__ import annotations

from typing import Any

from collector.core.definitions import Definition
from collector.intake.replay import Fit, Replayer
from collector.store.rejections import KeptRejection
from collector.web.access import principal
from collector.web.api.rejection_shapes import masked
from collector.web.pages.shown import personal_fields
from collector.web.parts import parts
from collector.web.reach import rejections_within_reach

ADVICE = {
    "event-unknown": "No definition has this name. Make one, or correct the name where it is sent.",
    "version-pending": "It named a version that is not in force yet. Sent again later, it is accepted.",
    "version-retired": "It named a retired version: the page has an old snippet. Paste the current one.",
    "definition-hidden": "This event is collected no longer. Take the code that sends it out.",
    "identifier-not-allowed": "What the definition allows and what the key is granted both have to name the "
    "identifier: compare the two.",
    "event-not-allowed": "The key is limited to other events. Make one that has this event too.",
}
OTHERWISE = (
    "Compare the payload with the fields of the definition: either the sender is wrong, "
    "or the definition asks for too much."
)


def advice_for(rejection: KeptRejection) -> str:
    """What to do next about a rejection, in a sentence or two."""
    codes = [rejection.code, *(str(fault.get("code")) for fault in rejection.faults)]
    return next((ADVICE[code] for code in codes if code in ADVICE), OTHERWISE)


def masked_payload(rejection: KeptRejection, definition: Definition | None) -> Any:
    """The payload as it may be shown."""
    return masked(rejection.payload, personal_fields(definition))


def offer_of(definition: Definition) -> Fit | None:
    """What the newest version of a definition lets in of what was refused before it counted.

    None where there is nothing, or where whoever is asking may release nothing.
    """
    if not principal().has("rejections.replay"):
        return None
    wanted = rejections_within_reach(definition.draft.event_name)
    return Replayer(parts().store, parts().intake).offer(wanted, definition, parts().now())
