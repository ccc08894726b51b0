"""People: who they are, what they may do where, and how they got in.

Nobody has a password here by default. A one-time link signs a person in and makes a session; of both
only a hash is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from collector.core.actors import Actor
from collector.core.identifiers import normalise
from collector.core.problems import Fault, Problem
from collector.core.rights import ROLES, Role
from collector.store.audit import Audit
from collector.store.database import Database
from collector.store.models import Member, Ticket, User

EVERY_SECTION = "*"
LINK_SECONDS = 24 * 3600
SESSION_SECONDS = 12 * 3600
_SECOND = 1_000_000
_BYTES = 24

Purpose = Literal["link", "session", "first"]
NOBODY_YET = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in. `roles` are by section; `*` stands for every one."""

    id: int
    email: str
    roles: dict[str, Role]

    def role_in(self, section_id: str) -> Role | None:
        """The role in a section; one given there wins over one in every section."""
        return self.roles.get(section_id, self.roles.get(EVERY_SECTION))


class People:
    """The people of a store."""

    def __init__(self, database: Database, new_id: Callable[[], int], audit: Audit) -> None:
        self._db = database
        self._new_id = new_id
        self._audit = audit

    def invite(self, email: str, section_id: str, role: str, actor: Actor, now: int) -> tuple[Person, str]:
        """A person with this role, made where there is none yet, and the secret of a one-time link.

        Raises `Problem("request-invalid")` for what is no e-mail address or no role.
        """
        if role not in ROLES:
            raise Problem("request-invalid", f"A role is one of: {', '.join(ROLES)}.")
        normal = normalise("email", email, "/email")
        if isinstance(normal, Fault):
            raise Problem("request-invalid", normal.message, faults=[normal])
        with self._db.writing():
            self._db.run(
                User.insert(id=self._new_id(), email=normal, created_at=now).on_conflict(
                    conflict_target=[User.email], update={User.email: normal}
                )
            )
            row = self._db.row(User.select().where(User.email == normal))
            assert row is not None
            self._db.run(
                Member.insert(user=row["id"], section=section_id, role=role, created_at=now).on_conflict(
                    conflict_target=[Member.user, Member.section], update={Member.role: role}
                )
            )
            link = self._ticket(row["id"], "link", now + LINK_SECONDS * _SECOND)
            self._audit.record(section_id, actor, "user.invited", normal, now=now, after={"role": role})
            person = self._read(row["id"])
        assert person is not None
        return person, link

    def first_link(self, now: int) -> str | None:
        """The secret of a link with which whoever set the server up becomes its first owner.

        None as soon as there is anybody. It works once, within 24 hours; a newer one ends the former.
        """
        with self._db.writing():
            if self._db.row(User.select(User.id)) is not None:
                return None
            self._db.run(Ticket.delete().where(Ticket.purpose == "first"))
            return self._ticket(NOBODY_YET, "first", now + LINK_SECONDS * _SECOND)

    def is_first_link(self, secret: str, now: int) -> bool:
        """Whether the link makes a first owner: it is good, and there is nobody yet."""
        return self._user_of(secret, "first", now) is not None and self._db.row(User.select(User.id)) is None

    def become_first(self, secret: str, email: str, now: int) -> str | None:
        """The session of the first owner of every section; None if the link makes nobody any more.

        Raises `Problem("request-invalid")` for what is no e-mail address.
        """
        with self._db.writing():
            if not self.is_first_link(secret, now):
                return None
            self._db.run(Ticket.delete().where(Ticket.secret_hash == _digest(secret)))
            person, _ = self.invite(email, EVERY_SECTION, "owner", Actor("the first link", "pages"), now)
            return self._ticket(person.id, "session", now + SESSION_SECONDS * _SECOND)

    def members(
        self, section_id: str, limit: int | None = None, offset: int = 0
    ) -> list[tuple[Person, Role]]:
        """Who has a role in a section, or in every one, in the order of their addresses; `limit` of them."""
        ids = Member.select(Member.user).where(Member.section.in_([section_id, EVERY_SECTION]))
        query = User.select(User.id).where(User.id.in_(ids)).order_by(User.email)
        rows = self._db.rows(query.limit(limit).offset(offset) if limit is not None else query)
        people = [person for row in rows if (person := self._read(row["id"])) is not None]
        return [(person, role) for person in people if (role := person.role_in(section_id)) is not None]

    def remove(self, user: int, section_id: str, actor: Actor, now: int) -> None:
        """Takes a role in one section away; a role in every section stays. Raises `Problem("not-found")`."""
        person = self._read(user)
        if person is None or section_id not in person.roles:
            raise Problem("not-found", "They have no role of their own in this section.")
        with self._db.writing():
            self._db.run(Member.delete().where((Member.user == user) & (Member.section == section_id)))
            before = {"role": person.roles[section_id]}
            self._audit.record(section_id, actor, "user.removed", person.email, now=now, before=before)

    def open_link(self, secret: str, now: int) -> str | None:
        """Uses a one-time link up; the secret of the session that it opens, None if it opens nothing."""
        with self._db.writing():
            user = self._user_of(secret, "link", now)
            if user is None:
                return None
            self._db.run(Ticket.delete().where(Ticket.secret_hash == _digest(secret)))
            return self._ticket(user, "session", now + SESSION_SECONDS * _SECOND)

    def begin_session(self, user: int, now: int) -> str:
        """The secret of a new session of somebody who has shown who they are."""
        with self._db.writing():
            return self._ticket(user, "session", now + SESSION_SECONDS * _SECOND)

    def by_session(self, secret: str, now: int) -> Person | None:
        """Who is signed in with a session; None if it ended."""
        user = self._user_of(secret, "session", now)
        return self._read(user) if user is not None else None

    def find(self, user: int) -> Person | None:
        """Somebody as they are stored now."""
        return self._read(user)

    def end_session(self, secret: str) -> None:
        with self._db.writing():
            self._db.run(Ticket.delete().where(Ticket.secret_hash == _digest(secret)))

    def _ticket(self, user: int, purpose: Purpose, expires_at: int) -> str:
        secret = secrets.token_urlsafe(_BYTES)
        self._db.run(
            Ticket.insert(secret_hash=_digest(secret), user=user, purpose=purpose, expires_at=expires_at)
        )
        return secret

    def _user_of(self, secret: str, purpose: Purpose, now: int) -> int | None:
        row = self._db.row(
            Ticket.select().where((Ticket.secret_hash == _digest(secret)) & (Ticket.purpose == purpose))
        )
        return row["user"] if row is not None and row["expires_at"] > now else None

    def _read(self, user: int) -> Person | None:
        row = self._db.row(User.select().where(User.id == user))
        if row is None:
            return None
        roles = {
            one["section"]: one["role"] for one in self._db.rows(Member.select().where(Member.user == user))
        }
        return Person(row["id"], row["email"], roles)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
