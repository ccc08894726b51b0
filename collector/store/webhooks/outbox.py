"""The outbox: what webhooks have to tell is written in the very transaction of what happened.

So a message is there if and only if the change is: a kill loses none, and nothing is told that was undone.
Where a store has no webhook, a commit pays for a look into memory and for nothing else: the list of webhooks
is believed for two seconds. A new one therefore tells of what is committed two seconds later at the latest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from collector.core.events import Change, EventState, Write
from collector.core.webhooks.hooks import DEFINITION_CHANGED, UNTOLD_DOORS, Hook
from collector.core.webhooks.signing import TRIED_FOR
from collector.store.database import Database
from collector.store.models import Definition
from collector.store.models_segments import Segment
from collector.store.models_webhooks import Webhook, WebhookMessage
from collector.store.remembered import Remembered
from collector.store.totals import Move
from collector.store.webhooks.hook_rows import hook_of

_COLUMNS = (
    "id",
    "webhook",
    "type",
    "event",
    "profile",
    "segment",
    "definition",
    "about",
    "recorded_at",
    "due_at",
    "until",
    "tries",
    "state",
)

Hooks = Mapping[str, Sequence[Hook]]
"""section → its webhooks that are on"""


@dataclass(frozen=True, slots=True)
class Message:
    """What a webhook has to tell, by its numbers."""

    webhook: int
    type: str
    event: int | None = None
    profile: int | None = None
    segment: int | None = None
    definition: int | None = None
    about: str | None = None


class Outbox:
    """Where all that a store's webhooks have to tell is left; all but `forget` inside a transaction."""

    def __init__(
        self, database: Database, take_ids: Callable[[int], list[int]], tick: Callable[[], float]
    ) -> None:
        self._db = database
        self._take_ids = take_ids
        self._known = Remembered[str, Hooks](self._read, tick)
        self._insert = database.insertion(WebhookMessage, _COLUMNS)

    def hooks(self) -> Hooks:
        """The webhooks that are on; ask before a stretch of statements that nobody waits for."""
        return self._known.get("") or {}

    def forget(self) -> None:
        """After a webhook was changed here."""
        self._known.forget("")

    def tell_events(
        self,
        hooks: Hooks,
        writes: Sequence[Write],
        log: Iterable[tuple[EventState, Change]],
        moves: Iterable[Move],
        now: int,
    ) -> None:
        """From a commit: of every event that another one could read differently now."""
        if hooks:
            self.leave(list(_about_events(hooks, writes, log, moves)), now)

    def tell_passages(self, number: int, told: Sequence[tuple[int, str]], version: int, now: int) -> None:
        """From whoever moves members: profile → `segment.joined` or `segment.left`."""
        if not self.hooks():
            return
        segment = self._db.row(Segment.select(Segment.section, Segment.slug).where(Segment.id == number))
        if segment is None:
            return
        hooks, slug, about = self.hooks().get(segment["section"], ()), segment["slug"], str(version)
        messages = [
            Message(hook.id, kind, profile=profile, segment=number, about=about)
            for profile, kind in told
            for hook in hooks
            if hook.draft.wants_segment(kind, slug)
        ]
        self.leave(messages, now)

    def tell_definition(self, section_id: str, event_name: str, action: str, now: int) -> None:
        """From whoever changes a definition; `action` is the audit log's word."""
        hooks = [one for one in self.hooks().get(section_id, ()) if one.draft.wants_definition(event_name)]
        if not hooks:
            return
        is_it = (Definition.section == section_id) & (Definition.event_name == event_name)
        for row in self._db.rows(Definition.select(Definition.id).where(is_it)):
            messages = [
                Message(one.id, DEFINITION_CHANGED, definition=row["id"], about=action) for one in hooks
            ]
            self.leave(messages, now)

    def leave(self, messages: Sequence[Message], now: int) -> list[int]:
        """Leaves messages in this order; their ids."""
        if not messages:
            return []
        numbers = self._take_ids(len(messages))
        rows = [
            (
                number,
                one.webhook,
                one.type,
                one.event,
                one.profile,
                one.segment,
                one.definition,
                one.about,
                now,
                now,
                now + TRIED_FOR,
                0,
                0,
            )
            for number, one in zip(numbers, messages, strict=True)
        ]
        self._db.many(self._insert, rows)
        return numbers

    def _read(self, _: str) -> Hooks:
        found: defaultdict[str, list[Hook]] = defaultdict(list)
        for row in self._db.rows(Webhook.select().where(Webhook.state == "on").order_by(Webhook.id)):
            found[row["section"]].append(hook_of(row))
        return dict(found)


def _about_events(
    hooks: Hooks,
    writes: Sequence[Write],
    log: Iterable[tuple[EventState, Change]],
    moves: Iterable[Move],
) -> Iterator[Message]:
    places = {write.definition_id: (write.section_id, write.event_name) for write in writes}
    untold = {write.event_key for write in writes if write.door in UNTOLD_DOORS}
    # What only moved a time, or found out whose browser it was, is in no log.
    logged = {state.event_key for state, _ in log} - untold
    for before, after in moves:
        kind = _kind(before, after) if after is not None and after.event_key in logged else None
        if kind is None or after is None:
            continue
        section_id, event_name = places[after.definition_id]
        goals = frozenset({_goal_type(before), _goal_type(after)} - {""})
        carried = frozenset(after.identifiers)
        for hook in hooks.get(section_id, ()):
            if hook.draft.wants_event(kind, event_name, goals, carried):
                yield Message(hook.id, kind, event=after.id, profile=after.profile_id)


def _goal_type(state: EventState | None) -> str:
    goal = state.goal if state is not None else None
    return (goal.type or "") if goal is not None else ""


def _kind(before: EventState | None, after: EventState) -> str | None:
    """What happened in the eyes of a reader, to whom a deleted event is not there."""
    was_there = before is not None and before.deleted_at is None
    if after.deleted_at is not None:
        return "event.deleted" if was_there else None
    return "event.updated" if before is not None else "event.stored"
