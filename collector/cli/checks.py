"""What `fieldpost doctor` looks at: a function each, in `CHECKS`. A finding is a state and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from collector.cli.findings import Examined, Finding
from collector.cli.stream_checks import stream
from collector.core.fields import format_timestamp
from collector.jobs.following import JOB as FOLLOWING
from collector.jobs.timetable import JOBS
from collector.settings import Settings
from collector.store.condition import Condition, Connections, condition
from collector.store.event_months import LARGE as LARGE_EVENTS
from collector.store.months import LARGE
from collector.store.recount import recount

LEAST_FREE = 1_000_000_000
HARDLY_FREE = 100_000_000
SKEW = 2_000_000
MINUTE = 60_000_000
LATE = 3_600_000_000
TOO_LARGE, TOO_MANY_EVENTS = 10 * LARGE, 2 * LARGE_EVENTS
NEARLY_ALL = 0.9
"""From this share of the database's connections on, there may be none for the next process."""


def findings(examined: Examined) -> Iterator[Finding]:
    """Everything that can be found. Raises `Problem("storage-unavailable")`."""
    state = condition(examined.store.database)
    now = examined.clock()
    yield Finding("database", "good", f"{state.kind} answers and is up to date ({state.step}).")
    yield from _of_the_machine(state, now)
    yield _public_address(examined.settings)
    for check in CHECKS:
        yield from check(examined)


def _of_the_machine(state: Condition, now: int) -> Iterator[Finding]:
    if state.not_durable:
        yield Finding(
            "durability",
            "wrong",
            "A power cut can take back what was acknowledged: the database is set to write it later.",
            state.not_durable,
        )
    else:
        yield Finding("durability", "good", "What is committed is on disk.")
    if state.damage:
        yield Finding("integrity", "wrong", "The database file is damaged. Restore a backup.", state.damage)
    if state.room is not None:
        yield _room(state.room.free, state.room.total)
    if state.clock is not None:
        yield _clock(state.clock - now)
    if state.connections is not None:
        yield _connections(state.connections)


def _connections(them: Connections) -> Finding:
    sentence = f"{them.taken} of {them.most} connections that the database takes are taken."
    if them.taken < NEARLY_ALL * them.most:
        return Finding("connections", "good", sentence)
    return Finding("connections", "doubtful", f"{sentence} Raise its max_connections (docs/operations.md).")


def _room(free: int, total: int) -> Finding:
    sentence = f"{free / 1e9:.1f} GB of {total / 1e9:.1f} GB are free on the database's disk."
    if free < HARDLY_FREE:
        return Finding("disk", "wrong", f"{sentence} Soon nothing can be stored.")
    return Finding("disk", "doubtful" if free < LEAST_FREE else "good", sentence)


def _clock(ahead: int) -> Finding:
    seconds = f"{abs(ahead) / 1e6:.1f} s"
    if abs(ahead) <= SKEW:
        return Finding("clock", "good", f"This machine's clock and the database's differ by {seconds}.")
    direction = "behind" if ahead > 0 else "ahead of"
    sentence = (
        f"This machine's clock is {seconds} {direction} the database's. Which write is newer depends on it."
    )
    return Finding("clock", "doubtful", sentence)


def _public_address(settings: Settings) -> Finding:
    address = settings.public_url
    if not address:
        sentence = (
            "FIELDPOST_PUBLIC_URL is not set: links and tags carry the address that they were asked at."
        )
        return Finding("address", "good", sentence)
    is_local = address.startswith(("http://localhost", "http://127.0.0.1", "http://[::1]"))
    if address.startswith("http://") and not is_local:
        sentence = f"{address} is not encrypted: keys, sessions and what is sent can be read on the way."
        return Finding("address", "doubtful", sentence)
    return Finding("address", "good", f"The public address is {address}.")


def _recounts(examined: Examined) -> Iterator[Finding]:
    for one in recount(examined.store.database, examined.section_id):
        if one.differences:
            lines = tuple(difference.sentence() for difference in one.differences)
            yield Finding(one.name, "wrong", f"This is not so: {one.about}", lines)
        else:
            yield Finding(one.name, "good", one.about)


def _keys(examined: Examined) -> Iterator[Finding]:
    sections = [one.id for one in examined.store.sections.all() if examined.section_id in (None, one.id)]
    exposed = [
        f"{section}: {one.key.name} ({one.key.id}), on {format_timestamp(one.exposed_at)}"
        for section in sections
        for one in examined.store.keys.all(section)
        if one.exposed_at is not None and one.revoked_at is None
    ]
    if exposed:
        sentence = (
            "Keys came from web pages, where everybody can read them. Revoke them: fieldpost key revoke ID"
        )
        yield Finding("keys", "wrong", sentence, tuple(exposed))
    else:
        yield Finding("keys", "good", "No key was seen in a web page.")


def _following(examined: Examined) -> Iterator[Finding]:
    """Whether somebody follows the segments, if there are any."""
    state = examined.store.jobs.states(examined.clock()).get(FOLLOWING)
    if state is not None and state.failure is not None:
        yield Finding("segments", "wrong", f"Segments could not be followed: {state.failure}")
    elif state is not None and state.holder is not None:
        yield Finding("segments", "good", "A server follows the segments.")
    elif any(examined.store.segments.page(one.id, 1, None)[0] for one in examined.store.sections.all()):
        sentence = "No server follows the segments: members stay as they are until fieldpost serve runs."
        yield Finding("segments", "doubtful", sentence)
    else:
        yield Finding("segments", "good", "There are no segments to be followed.")


def _webhooks(examined: Examined) -> Iterator[Finding]:
    """Whether what webhooks have to tell is told."""
    now, store = examined.clock(), examined.store
    sections = [one.id for one in store.sections.all() if examined.section_id in (None, one.id)]
    hooks = [(section, one) for section in sections for one in store.webhooks.all(section)]
    failing = [
        f"{section}: {one.hook.draft.name} ({one.id}), {one.failures} times since "
        f"{format_timestamp(one.failing_since)}; {one.waiting} messages wait"
        for section, one in hooks
        if one.state == "on" and one.failing_since is not None
    ]
    if failing:
        yield Finding("webhooks", "doubtful", "Receivers of webhooks fail.", tuple(failing))
    elif set(store.queue.ready(now - MINUTE)) & {one.hook.id for _, one in hooks}:
        sentence = "Webhooks have had something to tell for more than a minute: fieldpost serve tells it."
        yield Finding("webhooks", "doubtful", sentence)
    elif hooks:
        yield Finding("webhooks", "good", "What webhooks have to tell is told.")
    else:
        yield Finding("webhooks", "good", "There are no webhooks.")


def _jobs(examined: Examined) -> Iterator[Finding]:
    now = examined.clock()
    known = examined.store.jobs.states(now)
    failed, waiting, lines = [], [], []
    for job in JOBS:
        state = known.get(job.name)
        if state is None:
            waiting.append(f"{job.name}: no server has run yet.")
        elif state.failure is not None and state.failed_at is not None:
            failed.append(f"{job.name}: failed on {format_timestamp(state.failed_at)}. {state.failure}")
        elif state.holder is None and state.due_at < now - LATE:
            waiting.append(
                f"{job.name}: due since {format_timestamp(state.due_at)}, and no server has run it."
            )
        else:
            last = format_timestamp(state.ended_at) if state.ended_at is not None else "never"
            lines.append(f"{job.name}: last run {last}, next {format_timestamp(state.due_at)}.")
    if failed:
        yield Finding("jobs", "wrong", "What runs by the clock has failed.", (*failed, *waiting, *lines))
    elif waiting:
        sentence = "What runs by the clock waits for a server: fieldpost serve"
        yield Finding("jobs", "doubtful", sentence, (*waiting, *lines))
    else:
        yield Finding("jobs", "good", "What runs by the clock runs.", tuple(lines))


def _months(examined: Examined) -> Iterator[Finding]:
    """Whether somebody makes months, where there is enough for them."""
    if examined.store.database.is_sqlite:
        return
    unfinished = examined.store.months.unfinished()
    if unfinished:
        sentence = (
            "Months are being made now, or were when that was killed: within days, as the database's owner,"
            " fieldpost database months, or these parts refuse what comes next month"
        )
        yield Finding("months", "doubtful", sentence, tuple(unfinished))
        return
    found = examined.store.months.grown(TOO_LARGE, TOO_MANY_EVENTS)
    if found:
        sentence = (
            "The last part of a table has grown large: as the database's owner, fieldpost database months"
        )
        grown = [f"{name}: {size / 1e9:.1f} GB" for name, size in found]
        yield Finding("months", "doubtful", sentence, tuple(grown))
    else:
        yield Finding("months", "good", "Months are made where there is enough for them.")


CHECKS: tuple[Callable[[Examined], Iterator[Finding]], ...] = (
    _recounts,
    _jobs,
    _months,
    _following,
    _webhooks,
    _keys,
    stream,
)
"""What is looked at in an open store."""
