"""The editor's words: what choices mean to a person, and which settings an edit would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from collector.core.definitions import Draft
from collector.core.documents import dump_document

MEMBERS: Mapping[str, str] = {
    "title": "title",
    "description": "description",
    "owner": "owner",
    "tags": "tags",
    "allowed_operations": "allowed operations",
    "web_tracking": "web tracking",
    "retention_days": "how long events are kept",
}
"""What can be changed without a new version."""

CATEGORY_WORDS: Mapping[str, str] = {
    "transaction": "something was bought, booked or paid",
    "conversion": "somebody took a step that you want",
    "signal": "anything else that is worth knowing",
}
"""Category → what belongs into it."""

GOAL_LABELS: Mapping[str, str] = {
    "purchase": "Purchase",
    "subscription": "Subscription",
    "lead": "Lead",
    "signup": "Sign-up",
    "booking": "Booking",
    "trial": "Trial",
    "other": "Other",
}

RULE_LABELS: Mapping[str, tuple[str, str]] = {
    "choices": ("Choices", "one on each line"),
    "minimum": ("Minimum", ""),
    "maximum": ("Maximum", ""),
    "min_length": ("Least length", "characters"),
    "max_length": ("Greatest length", "characters"),
    "pattern": ("Pattern", "RE2, the whole text"),
    "fill": ("Filled by the snippet", ""),
}
"""rule → its label and what to know about it."""

WEB_CHOICES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "identity": (
        "Who it is",
        {
            "claimed": "Believe the page, for attribution",
            "signed": "Only with a token that your server signed",
        },
    ),
    "consent": (
        "Consent",
        {
            "off": "Send at once",
            "gpc": "Honour Global Privacy Control",
            "ask": "Wait until the page says yes",
        },
    ),
    "visitor": (
        "The visitor’s random id lasts",
        {"page": "for the page", "session": "for the tab", "lasting": "in the browser"},
    ),
    "invalid": (
        "What the page itself sees is wrong",
        {"drop": "Say so in the console, send nothing", "report": "Send it, so that it shows up as refused"},
    ),
    "bots": ("Bots", {"filter": "Count them, keep nothing", "keep": "Keep their events"}),
    "prerendered": (
        "A page that is prerendered",
        {"wait": "Wait until somebody goes there", "send": "Send at once"},
    ),
}
"""Setting of web tracking → its label and what each of its values means."""

WEB_SWITCHES: Mapping[str, str] = {
    "queue": "Keep what was not acknowledged, and send it again",
    "attributes": "Elements may name the event themselves (data-fieldpost), where clicks count",
    "trigger_numbers": "An event says which trigger made it, for the triggers’ health",
    "debug": "The debug mode, the check of the installation and the editor on the site (?fieldpost=…)",
}
"""Switch of web tracking → what it is for. Without it, the file is smaller."""


PLACES: Mapping[str, str] = {
    "allowed_operations": "What integrations may do",
    "currency_field": "Field of the currency",
    "retention_days": "Events are kept for",
    "goal-name": "Name of the goal",
    "goal-type": "Goal",
    "value_field": "Field of the value",
    "web_tracking-source": "Source of web tracking",
}
"""Input, or the last part of its name → what it is called where its name does not say it."""


def place_in_words(place: str, rows: Sequence[Mapping[str, str]]) -> str:
    """What a person calls an input of the editor, by its name; `rows` are the fields of the form."""
    first, _, last = place.partition("-")
    if first == "fields" and last:
        number, _, member = last.partition("-")
        label, _ = RULE_LABELS.get(member, (member, ""))
        called = rows[int(number)]["name"] or "without a name"
        return f"Field {int(number) + 1} ({called}): {label.lower()}"
    words = next((PLACES[one] for one in (place, last, first) if one in PLACES), last or first)
    return words.replace("_", " ").capitalize() if words not in PLACES.values() else words


def other_changes(stored: Draft, draft: Draft) -> list[str]:
    """The names of what differs without making a new version."""
    old, new = dump_document(stored), dump_document(draft)
    return [words for member, words in MEMBERS.items() if old.get(member) != new.get(member)]
