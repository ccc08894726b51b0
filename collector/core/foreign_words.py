"""What other APIs call things, in our words: the names of events, and the ids of browsers."""

from __future__ import annotations

import base64
import hashlib
import re

from collector.core.identifiers import PLACEHOLDERS, VISITOR

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_./-]")
_VISITOR_LENGTH = 32


def event_name_of(text: str) -> str:
    """A name in lower case, with `_` for what ours cannot have: `Order Completed` is `order_completed`."""
    return _NOT_IN_A_NAME.sub("_", text.strip().lower())


def visitor_of(text: str) -> str:
    """The visitor that another API's id of a browser is: itself, or a hash of it where it has another form.

    What stands for nobody stays as it is, so that the judge refuses it.
    """
    if VISITOR.fullmatch(text) or text.strip().lower() in PLACEHOLDERS:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).decode()[:_VISITOR_LENGTH]
