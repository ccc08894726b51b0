"""Everything that can be refused, by a stable code, with its HTTP status and a title.

A `Fault` is one thing that is wrong with one place of a payload or a document. A `Problem` is the
refusal of a whole request; the web room shapes it as `application/problem+json` (RFC 9457).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

STATUS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "body-unreadable": (400, "The body cannot be read"),
        "request-invalid": (400, "The request cannot be understood"),
        "key-missing": (401, "A key is needed"),
        "key-invalid": (401, "This key opens nothing"),
        "sign-in-needed": (401, "Sign in first"),
        "sign-in-invalid": (401, "This link opens nothing"),
        "editor-closed": (401, "The editor has to be opened again"),
        "section-unclear": (400, "Say which section"),
        "role-missing": (403, "Your role may not do that"),
        "not-same-origin": (403, "This came from another site"),
        "scope-missing": (403, "This key may not do that"),
        "key-exposed": (403, "A key must not be used from a web page"),
        "event-not-allowed": (403, "This key may not use this event"),
        "identifier-not-allowed": (403, "This identifier may not be used for that"),
        "origin-not-allowed": (403, "This origin may not send this event"),
        "not-found": (404, "There is nothing here"),
        "method-not-allowed": (405, "This address does not know this method"),
        "name-taken": (409, "This name is taken"),
        "version-in-use": (409, "This version is in use"),
        "same-profile": (409, "Both are one profile"),
        "profile-merged": (409, "This profile was merged into another"),
        "conflict-merged": (409, "This conflict was ended by a merge"),
        "merge-undone": (409, "This merge was undone"),
        "merge-covered": (409, "A later merge stands on this one"),
        "too-many": (409, "There are as many as there may be"),
        "webhook-off": (409, "This webhook is off"),
        "held": (409, "This definition was edited a moment ago"),
        "definition-hidden": (410, "This definition is hidden"),
        "version-retired": (410, "This version is retired"),
        "stale": (412, "Somebody else changed this in the meantime"),
        "body-too-large": (413, "The body is too large"),
        "media-type-unsupported": (415, "This content type is not read here"),
        "payload-invalid": (422, "The payload does not fit its definition"),
        "definition-invalid": (422, "The definition is not valid"),
        "webhook-invalid": (422, "The webhook is not valid"),
        "segment-invalid": (422, "The segment is not valid"),
        "event-unknown": (422, "No such event is defined"),
        "version-pending": (425, "This version is not in force yet"),
        "precondition-missing": (428, "Say which state you are changing"),
        "rate-limited": (429, "Too many requests"),
        "internal": (500, "Something went wrong here"),
        "overloaded": (503, "Too much is going on at the moment"),
        "shutting-down": (503, "This server is about to stop"),
        "storage-unavailable": (503, "Nothing can be stored at the moment"),
    }
)
"""code → (HTTP status, title). One row a code; nothing else knows a status."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: a stable `code`, an RFC 6901 `pointer` to the place, a sentence."""

    code: str
    pointer: str
    message: str

    def under(self, prefix: str) -> Fault:
        """The same fault, seen from further out: `prefix` is a pointer such as `/events/3`."""
        return Fault(self.code, prefix + self.pointer, self.message)

    def as_json(self) -> dict[str, str]:
        return {"code": self.code, "pointer": self.pointer, "message": self.message}


class Problem(Exception):
    """The refusal of a request. `retry_after` is in seconds; `extra` holds further members of the answer.

    `wanted` says what would have been read instead: a header field of HTTP and its value.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        retry_after: int | None = None,
        extra: Mapping[str, Any] = MappingProxyType({}),
        wanted: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.status, self.title = STATUS[code]
        self.detail = detail
        self.faults = tuple(faults)
        self.retry_after = retry_after
        self.extra = extra
        self.wanted = wanted


def pointer_to(*steps: str | int) -> str:
    """The RFC 6901 pointer to a place: `pointer_to("events", 0, "a/b")` is `/events/0/a~1b`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
