"""Opening a store: its database brought up to date, its subjects side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from collector.core.ids import NODES, IdSource
from collector.store.allowances import Allowances
from collector.store.arrivals import Arrivals
from collector.store.attributes import Attributes
from collector.store.audit import Audit
from collector.store.commit import Commit
from collector.store.conflicts import Conflicts
from collector.store.contacts import Contacts
from collector.store.database import Database
from collector.store.definitions import Definitions
from collector.store.editing import Editing
from collector.store.erasure import Erasures
from collector.store.events import Events
from collector.store.firings import Firings
from collector.store.held import Holdings
from collector.store.installs import Installs
from collector.store.introductions import Introductions
from collector.store.jobs import Jobs
from collector.store.keeping import AS_USUAL, Keeper, Kept
from collector.store.keys import Keys
from collector.store.merging import Merges
from collector.store.models import Node
from collector.store.months import Months
from collector.store.passwords import Passwords
from collector.store.people import People
from collector.store.profiles import Profiles
from collector.store.readiness import Readiness
from collector.store.rejections import Rejections
from collector.store.replays import Replays
from collector.store.retention import Retention
from collector.store.secrets import Secrets
from collector.store.sections import Sections
from collector.store.segments.following import Follower
from collector.store.segments.kept import Segments
from collector.store.segments.packs import Packer
from collector.store.segments.reachable import Reachable
from collector.store.snippet_files import SnippetFiles
from collector.store.statistics import Statistics
from collector.store.timelines import Timelines
from collector.store.totals import Totals
from collector.store.trigger_history import TriggerHistory
from collector.store.webhooks.kept import Webhooks
from collector.store.webhooks.messages import Deliveries
from collector.store.webhooks.outbox import Outbox
from collector.store.webhooks.queue import Queue
from collector.store.webhooks.subjects import Subjects


@dataclass(frozen=True, slots=True)
class Store:
    """Everything that is kept, one attribute a subject."""

    database: Database
    sections: Sections
    definitions: Definitions
    trigger_history: TriggerHistory
    firings: Firings
    editing: Editing
    keys: Keys
    allowances: Allowances
    people: People
    passwords: Passwords
    events: Events
    arrivals: Arrivals
    profiles: Profiles
    timelines: Timelines
    attributes: Attributes
    introductions: Introductions
    contacts: Contacts
    conflicts: Conflicts
    merges: Merges
    secrets: Secrets
    rejections: Rejections
    replays: Replays
    audit: Audit
    snippet_files: SnippetFiles
    installs: Installs
    statistics: Statistics
    holdings: Holdings
    erasures: Erasures
    retention: Retention
    months: Months
    jobs: Jobs
    totals: Totals
    segments: Segments
    reachable: Reachable
    new_follower: Callable[..., Follower]
    packer: Packer
    webhooks: Webhooks
    deliveries: Deliveries
    queue: Queue
    subjects: Subjects
    commit: Commit
    readiness: Readiness

    def close(self) -> None:
        self.database.close()


def open_store(url: str, clock: Callable[[], int], tick: Callable[[], float], kept: Kept = AS_USUAL) -> Store:
    """Opens the database at `url`, making or migrating it first.

    `clock` gives microseconds since 1970, `tick` monotonic seconds.
    Raises `UnusableDatabase`, `NewerDatabase`, `Problem("storage-unavailable")`.
    """
    database = _up_to_date(url)
    ids = IdSource(_claim_node(database), clock)
    audit = Audit(database, ids.next)
    keeper = Keeper(database, ids.take, ids.node, kept.rejections)
    outbox = Outbox(database, ids.take, tick)
    commit = Commit(database, ids.take, ids.node, keeper, outbox)
    trigger_history = TriggerHistory(database, ids.next)
    definitions = Definitions(database, ids.next, tick, audit, trigger_history, outbox)
    return Store(
        database=database,
        sections=Sections(database, audit),
        definitions=definitions,
        trigger_history=trigger_history,
        firings=Firings(database),
        editing=Editing(database, ids.next, definitions, trigger_history, audit, tick),
        keys=Keys(database, ids.next, tick, audit),
        allowances=Allowances(database),
        people=People(database, ids.next, audit),
        passwords=Passwords(database, ids.next),
        events=Events(database),
        arrivals=Arrivals(database),
        profiles=Profiles(database),
        timelines=Timelines(database, Profiles(database)),
        attributes=Attributes(database, audit),
        introductions=Introductions(database, ids.next),
        contacts=Contacts(database),
        conflicts=Conflicts(database, audit),
        merges=Merges(database, ids.next, audit),
        secrets=Secrets(database, tick, audit),
        rejections=Rejections(database),
        replays=Replays(database, commit, keeper, audit),
        audit=audit,
        snippet_files=SnippetFiles(database),
        installs=Installs(database),
        statistics=Statistics(database),
        holdings=Holdings(database, Profiles(database)),
        erasures=Erasures(database, ids.take, ids.node, keeper, audit, outbox),
        retention=Retention(database, ids.node, keeper, kept.unnamed_days),
        months=Months(database),
        jobs=Jobs(database),
        totals=Totals(database),
        segments=Segments(database, ids.next, audit),
        reachable=Reachable(database),
        new_follower=partial(Follower, database, ids.take, outbox),
        packer=Packer(database),
        webhooks=Webhooks(database, ids.next, audit, outbox),
        deliveries=Deliveries(database, outbox),
        queue=Queue(database, ids.take, audit),
        subjects=Subjects(database, Profiles(database)),
        commit=commit,
        readiness=Readiness(database, tick),
    )


def _up_to_date(url: str) -> Database:
    database = Database(url)
    database.migrate()
    return database


def _claim_node(database: Database) -> int:
    """The next node number: no two of the last thousand processes share one, so neither do their ids."""
    add = Node.insert(name="process", value=1).on_conflict(
        conflict_target=[Node.name], update={Node.value: Node.value + 1}
    )
    with database.writing():
        database.run(add)
        row = database.row(Node.select().where(Node.name == "process"))
    assert row is not None
    return int(row["value"]) % NODES
