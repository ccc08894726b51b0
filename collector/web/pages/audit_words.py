"""The audit log in words: what was done, and how a definition differs afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.core.differences import differences
from collector.core.documents import parse_definition
from collector.core.problems import Problem
from collector.store.audit import Entry
from collector.web.pages.editor_words import other_changes

ACTIONS: Mapping[str, str] = {
    "section.created": "Made the section",
    "section.changed": "Changed the settings of the section",
    "definition.created": "Made the definition",
    "definition.changed": "Changed the definition",
    "editor.opened": "Opened the editor on a page, for",
    "editor.sealed": "Made a new seal for the tokens of",
    "definition.hidden": "Hid the definition",
    "version.retired": "Retired",
    "key.created": "Made the key",
    "key.revoked": "Revoked the key",
    "key.limited": "Limited the key",
    "webhook.created": "Made the webhook",
    "webhook.changed": "Changed the webhook",
    "webhook.deleted": "Deleted the webhook",
    "webhook.rotated": "Made a new secret for the webhook",
    "webhook.gone": "Switched off the webhook",
    "user.invited": "Invited",
    "user.removed": "Took the role away from",
    "profile.merged": "Merged into the profile",
    "merge.undone": "Undid the merge",
    "conflict.dismissed": "Said that they are two people: conflict",
    "secret.made": "Made a new secret for signed identities:",
}
"""Action → the beginning of a sentence whose end is what it was done to."""


def action_in_words(entry: Entry) -> str:
    """What was done; the bare name of an action that has no words yet."""
    return ACTIONS.get(entry.action, entry.action)


def name_of_subject(entry: Entry) -> str:
    """What the subject is called, where its id says nothing to a person: a key, a webhook."""
    told = entry.after or entry.before
    return str(told["name"]) if entry.action.startswith(("key.", "webhook.")) and _is_named(told) else ""


def change_in_words(entry: Entry) -> list[str]:
    """How a definition differs after a change; nothing for all that is no change of one."""
    if entry.action != "definition.changed":
        return []
    try:
        before, after = parse_definition(entry.before), parse_definition(entry.after)
    except Problem:  # it was allowed once and is no more
        return []
    sentences = [one.sentence for one in differences(before.content, after.content)]
    others = other_changes(before, after)
    return [*sentences, f"Also: {', '.join(others)}."] if others else sentences


def _is_named(told: Any) -> bool:
    return isinstance(told, dict) and "name" in told
