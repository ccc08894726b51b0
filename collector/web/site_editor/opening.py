"""Opening the editor on a page of the site: where the browser is to go, and what is in the way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from collector.core.definitions import Definition
from collector.core.problems import Fault, Problem
from collector.web.access import principal, the_actor
from collector.web.parts import parts
from collector.web.site_editor.reach import require_reach, sent_from
from collector.web.site_editor.tokens import LIFE_SECONDS, SECOND, Pass, make_token
from collector.web.trigger_health import pages_seen

_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\]{1,2000}", re.IGNORECASE)
_USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Opening:
    """`address` opens the editor, for an hour; `seen_at` is when a snippet of the section was last heard of
    on pages of `origin` (microseconds), None for never. `can_start`: whether some file of the section that
    belongs on such pages asks for the editor at all."""

    address: str
    origin: str
    seen_at: int | None
    can_start: bool
    expires_at: int


def open_on(page_address: str, definition: Definition | None) -> Opening:
    """Opens the editor on a page, for a definition or for a new one; whoever asks is the one who may edit.

    Raises `Problem`: `request-invalid` for what is no address of a page, `definition-hidden`,
    `origin-not-allowed` where its origin is not listed.
    """
    section_id, now = principal().section_id, parts().now()
    origin = origin_of(page_address.strip())
    until = now + LIFE_SECONDS * SECOND
    event_name = definition.draft.event_name if definition is not None else None
    told = Pass(section_id, origin, int(principal().user_id or 0), event_name, until)
    if definition is not None:
        require_reach(told, definition)
    elif not sent_from(section_id, origin):
        raise _wrong("origin-not-allowed", f"No definition of this section lists {origin} for its pages.")
    token = make_token(told, parts().store.editing.seal())
    parts().store.editing.note_opened(section_id, event_name or "a new event", origin, the_actor(), now)
    can_start = any(one.draft.web_tracking.debug for one in sent_from(section_id, origin))
    seen_at = pages_seen(section_id).get(origin)
    return Opening(with_token(page_address.strip(), token), origin, seen_at, can_start, until)


def origin_of(page_address: str) -> str:
    """The origin of a page as browsers write it (RFC 6454 §6.2). Raises `Problem("request-invalid")`."""
    try:
        found = urlsplit(page_address) if _ADDRESS.fullmatch(page_address) else None
        host = found.hostname if found is not None else None
        port = found.port if found is not None else None
        if found is None or not host or found.username is not None:
            raise ValueError("no page")
        name = f"[{host}]" if ":" in host else host.encode("idna").decode()
    except ValueError as error:
        raise _wrong("request-invalid", "Write the address of a page, with https:// in front.") from error
    scheme = found.scheme.lower()
    return f"{scheme}://{name}" + (f":{port}" if port not in (None, _USUAL_PORTS[scheme]) else "")


def with_token(page_address: str, token: str) -> str:
    """The address with the token in its fragment, behind what the fragment has already."""
    bare, _, mark = page_address.partition("#")
    return f"{bare}#{mark}&fieldpost=edit.{token}" if mark else f"{bare}#fieldpost=edit.{token}"


def _wrong(code: str, sentence: str) -> Problem:
    return Problem(code, sentence, faults=[Fault(code, "/page", sentence)])
