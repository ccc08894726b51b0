"""Who is named by what nobody vouches for any more: events of files, and events that name nobody."""

from __future__ import annotations

from collections.abc import Sequence

from collector.core.events import TRUSTS, WEB_SPACE, Space, Trust
from collector.core.identifiers import KINDS
from collector.core.payloads import Payload, ToldPayload, VouchedPayload
from collector.core.problems import Fault


def nobody_is_named(payload: Payload, space: Space, faults: Sequence[Fault]) -> list[Fault]:
    """What is wrong with an event without identifiers, unless that is told already or a browser is named.

    Pages may say nothing at all of who it was, and so may an import of what they sent.
    """
    is_of_a_browser = isinstance(payload, VouchedPayload) and payload.visitor is not None
    is_told = any(fault.pointer.startswith("/identifiers") for fault in faults)
    if is_of_a_browser or is_told or space == WEB_SPACE:
        return []
    return [Fault("identifier-missing", "/identifiers", f"An event names somebody: {', '.join(KINDS)}.")]


def judge_trust(payload: ToldPayload, faults: list[Fault]) -> Trust:
    """Who vouched for the identifiers when it came: never more than whoever imports, who might say `key`.

    Adds `choice-unknown` to `faults`.
    """
    for trust in TRUSTS:
        if payload.trust == trust:
            return trust
    if payload.trust is not None:
        faults.append(Fault("choice-unknown", "/trust", f"trust is one of: {', '.join(TRUSTS)}."))
    return "key"
