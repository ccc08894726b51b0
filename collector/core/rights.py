"""Who may do what: one table for keys and people alike.

A key has rights through its scopes, a person through a role in the section. What either may see of
*whom* is a second question: a key's grants and a definition's allowed operations (`permissions.py`)
answer it; people of the section see everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import msgspec

from collector.core.definitions import AllowedOperations, Definition
from collector.core.identifiers import KINDS
from collector.core.permissions import ALL_OPERATIONS, Key, readable_kinds

Role = Literal["owner", "editor", "viewer"]
ROLES: tuple[Role, ...] = ("owner", "editor", "viewer")

EVERYBODY = frozenset(ROLES)
EDITORS = frozenset({"owner", "editor"})
OWNERS = frozenset({"owner"})
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Right:
    """Which scopes of a key and which roles of a person carry a right.

    `of_everybody`: the answer may speak of anyone, so a key needs `read` on all three identifiers too.
    `of_the_section`: it is about more than single events, so a key that is for some events only has it not.
    """

    scopes: frozenset[str]
    roles: frozenset[str]
    of_everybody: bool = False
    of_the_section: bool = False


def _right(
    scopes: str, roles: frozenset[str], *, of_everybody: bool = False, of_the_section: bool = False
) -> Right:
    return Right(frozenset(scopes.split()), roles, of_everybody, of_the_section)


RIGHTS: Mapping[str, Right] = MappingProxyType(
    {
        "events.write": _right("ingest", NOBODY),
        "events.try": _right("ingest", EDITORS),
        "events.test": _right("", EDITORS),
        "events.import": _right("", EDITORS),
        "events.export": _right("", EDITORS),
        "events.read": _right("read", EVERYBODY),
        "profiles.read": _right("read", EVERYBODY),
        "profiles.write": _right("admin", EDITORS),
        "profiles.merge": _right("admin", EDITORS, of_everybody=True, of_the_section=True),
        "profiles.export": _right("read", EDITORS, of_everybody=True, of_the_section=True),
        "profiles.erase": _right("admin", OWNERS, of_everybody=True, of_the_section=True),
        "rejections.read": _right("read", EVERYBODY, of_everybody=True),
        "rejections.replay": _right("admin", EDITORS, of_everybody=True),
        "stats.read": _right("read", EVERYBODY, of_everybody=True),
        "segments.read": _right("read", EVERYBODY, of_everybody=True, of_the_section=True),
        "segments.write": _right("admin", EDITORS, of_everybody=True, of_the_section=True),
        "definitions.read": _right("read admin", EVERYBODY),
        "definitions.preview": _right("admin", EDITORS, of_everybody=True),
        "definitions.write": _right("admin", EDITORS),
        "definitions.hide": _right("admin", OWNERS),
        "webhooks.manage": _right("admin", OWNERS, of_everybody=True, of_the_section=True),
        "keys.manage": _right("admin", OWNERS, of_the_section=True),
        "members.manage": _right("", OWNERS),
        "secrets.manage": _right("admin", OWNERS, of_everybody=True, of_the_section=True),
        "audit.read": _right("admin", OWNERS, of_everybody=True, of_the_section=True),
    }
)


class Principal(msgspec.Struct, frozen=True):
    """Whoever is asking: a key, or a person in a role, in one section."""

    section_id: str
    name: str
    key: Key | None = None
    role: Role | None = None
    user_id: str | None = None

    def has(self, right: str) -> bool:
        """Whether the key's scopes or the person's role carry the right."""
        row = RIGHTS[right]
        if self.key is not None:
            return not self.key.scopes.isdisjoint(row.scopes)
        return self.role in row.roles

    def may_use(self, event_name: str) -> bool:
        return self.key is None or self.key.may_use(event_name)

    @property
    def grants(self) -> AllowedOperations:
        """What the key is granted; people of the section are not limited."""
        return self.key.grants if self.key is not None else ALL_OPERATIONS

    def allowed_on(self, definition: Definition) -> AllowedOperations:
        """What the definition allows: its rules are for integrations, not for people of the section."""
        return definition.draft.allowed_operations if self.key is not None else ALL_OPERATIONS

    def readable_of(self, definition: Definition) -> frozenset[str]:
        """The kinds of identifiers that may be in an answer about the definition's events."""
        return readable_kinds(self.allowed_on(definition), self.grants)

    @property
    def reads_everybody(self) -> bool:
        return readable_kinds(ALL_OPERATIONS, self.grants) == frozenset(KINDS)
