"""From the numbers to the text that Prometheus reads, with its own library."""

from __future__ import annotations

import math
import os
import platform
import resource
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import accumulate
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from collector import __version__
from collector.intake.stream.lag import Lag
from collector.metrics.cells import PROCESS, Told
from collector.metrics.table import COUNTED, PLACES, Metric
from collector.store.vitals import Vitals

SECOND = 1_000_000
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


def exposed(seen: Vitals | None, stream: Sequence[Lag | None], accept: str) -> tuple[bytes, str]:
    """Everything there is to tell, and its content type; `seen` None: the database does not answer.

    `stream` has one, or none where there is no stream.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Everything(seen, stream, PROCESS.all()))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Everything(Collector):
    def __init__(self, seen: Vitals | None, stream: Sequence[Lag | None], told: Sequence[Told]) -> None:
        self._seen = seen
        self._stream = stream
        self._told = told

    def collect(self) -> Iterator[Family]:
        yield _family("fieldpost_build_info", BUILD, ("version", "python"), [(_build(), 1)])
        for metric in COUNTED:
            yield _of_processes(metric, self._told)
        yield from _of_machine([one for one in self._told if one.pid is not None])
        yield _family(
            "fieldpost_database_up", "Whether the database answers.", (), [((), self._seen is not None)]
        )
        if self._seen is not None:
            yield from _of_store(self._seen)
        yield from of_stream(self._stream)


BUILD = "Which Fieldpost this is."


def _build() -> tuple[str, ...]:
    return (__version__, platform.python_version())


def _of_processes(metric: Metric, told: Sequence[Told]) -> Family:
    if metric.kind == "gauge":
        names = (*metric.labels, "process")
        rows = [
            ((*values, one.name), one.values[place])
            for one in told
            if one.pid is not None
            for values, place in PLACES[metric.name].items()
            if not math.isnan(one.values[place])
        ]
        return _family(metric.name, metric.meaning, names, rows)
    if metric.kind == "histogram":
        return _histogram(metric, told)
    family = CounterMetricFamily(metric.name, metric.meaning, labels=tuple(metric.labels))
    for values, place in PLACES[metric.name].items():
        count = sum(one.values[place] for one in told)
        if count or not metric.is_sparse:
            family.add_metric(values, count)
    return family


def _histogram(metric: Metric, told: Sequence[Told]) -> Family:
    family = HistogramMetricFamily(metric.name, metric.meaning, labels=tuple(metric.labels))
    bounds = [*map(str, metric.bounds), "+Inf"]
    for values, place in PLACES[metric.name].items():
        *counts, total = [sum(one.values[place + offset] for one in told) for offset in range(metric.width)]
        family.add_metric(values, list(zip(bounds, accumulate(counts), strict=True)), total)
    return family


def _family(
    name: str, meaning: str, labels: Sequence[str], rows: Sequence[tuple[Sequence[str], float]]
) -> Family:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for values, number in rows:
        family.add_metric(values, float(number))
    return family


def _of_machine(told: Sequence[Told]) -> Iterator[Family]:
    """What the system knows of each process."""
    names = ("process",)
    rows = [((one.name,), _usage(one.pid)) for one in told if one.pid is not None]
    living = [(name, usage) for name, usage in rows if usage is not None]
    memory = [(name, usage.memory) for name, usage in living]
    yield _family("fieldpost_process_resident_memory_bytes", "Memory that a process has.", names, memory)
    files = [(name, usage.files) for name, usage in living]
    yield _family("fieldpost_process_open_fds", "Files and connections that are open.", names, files)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    limits = [(name, most) for name, _ in living]
    yield _family("fieldpost_process_max_fds", "How many of them may be.", names, limits)
    threads = [(name, usage.threads) for name, usage in living]
    yield _family("fieldpost_process_threads", "Threads of a process.", names, threads)
    busy = CounterMetricFamily(
        "fieldpost_process_cpu_seconds", "Processor time that a process took.", labels=names
    )
    for name, usage in living:
        busy.add_metric(name, usage.seconds)
    yield busy


class _Usage:
    """What /proc says of a process (proc(5))."""

    def __init__(self, pid: int) -> None:
        folder = Path("/proc") / str(pid)
        after_name = (folder / "stat").read_text().rpartition(")")[2].split()
        self.seconds = (int(after_name[11]) + int(after_name[12])) / _TICKS
        self.threads = int(after_name[17])
        self.memory = int(after_name[21]) * _PAGE
        self.files = len(os.listdir(folder / "fd"))


def _usage(pid: int | None) -> _Usage | None:
    with suppress(OSError):  # it has ended meanwhile, or the system has no /proc
        return _Usage(pid or os.getpid())
    return None


def _of_store(seen: Vitals) -> Iterator[Family]:
    yield _family("fieldpost_database_size_bytes", "What the database takes.", (), [((), seen.size)])
    if seen.free is not None and seen.total is not None:
        yield _family("fieldpost_disk_free_bytes", "Room on SQLite's disk.", (), [((), seen.free)])
        yield _family("fieldpost_disk_size_bytes", "The size of SQLite's disk.", (), [((), seen.total)])
    states = [((state,), number) for state, number in seen.webhooks.items()]
    yield _family("fieldpost_webhooks", "Webhooks, by their state.", ("state",), states)
    yield _family(
        "fieldpost_webhooks_failing", "Webhooks that failed the last time.", (), [((), seen.failing)]
    )
    yield _family(
        "fieldpost_webhook_waiting_messages", "Messages that wait to be told.", (), [((), seen.messages)]
    )
    oldest = (seen.oldest_message_at or 0) / SECOND
    yield _family(
        "fieldpost_webhook_oldest_message_timestamp_seconds",
        "When the oldest of them was recorded; 0: none waits.",
        (),
        [((), oldest)],
    )
    yield _family(
        "fieldpost_segment_waiting_notes",
        "Changes that the follower of segments has not looked at yet.",
        (),
        [((), seen.notes)],
    )
    yield from _of_jobs(seen)


def _of_jobs(seen: Vitals) -> Iterator[Family]:
    names = ("name",)
    ended = [((one.name,), (one.ended_at or 0) / SECOND) for one in seen.jobs.values()]
    yield _family(
        "fieldpost_job_last_success_timestamp_seconds", "When a job went well last; 0: never.", names, ended
    )
    due = [((one.name,), one.due_at / SECOND) for one in seen.jobs.values()]
    yield _family("fieldpost_job_due_timestamp_seconds", "When a job is to run next.", names, due)
    failed = [((one.name,), one.failed_at is not None) for one in seen.jobs.values()]
    yield _family("fieldpost_job_failed", "Whether the last run of a job failed.", names, failed)
    recount = seen.jobs.get("recount")
    found = recount.report.get("recounts", ()) if recount is not None and recount.report else ()
    differences = sum(len(one["differences"]) for one in found)
    yield _family(
        "fieldpost_recount_differences",
        "What the last recount found that should not be.",
        (),
        [((), differences)],
    )


def of_stream(stream: Sequence[Lag | None]) -> Iterator[Family]:
    """A stream that is away is told of as that, and as nothing else; without one there are no samples."""
    known = [lag for lag in stream if lag is not None]
    up = [((), lag is not None) for lag in stream]
    yield _family("fieldpost_stream_up", "Whether the stream answers; nothing where there is none.", (), up)
    rows = (
        (
            "waiting_messages",
            "Messages that wait in the stream to be stored.",
            [lag.waiting for lag in known],
        ),
        ("unacked_messages", "Those of them that workers have.", [lag.unacked for lag in known]),
        ("aside_messages", "Messages that were set aside.", [lag.aside for lag in known]),
        ("size_bytes", "What waits in the stream takes.", [lag.size for lag in known]),
        (
            "oldest_message_timestamp_seconds",
            "When the oldest message that waits in the stream came; 0: none waits.",
            [(lag.oldest_at or 0) / SECOND for lag in known],
        ),
    )
    for name, meaning, numbers in rows:
        yield _family(f"fieldpost_stream_{name}", meaning, (), [((), number) for number in numbers])
