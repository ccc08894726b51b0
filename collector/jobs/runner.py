"""Runs what is due, one job after the other, in a thread of its own beside the server."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from collector.core.problems import Problem
from collector.jobs.job import Job, Run
from collector.jobs.schedule import SECOND
from collector.jobs.timetable import JOBS
from collector.metrics import counting
from collector.store.opening import Store
from collector.traces import spans

LOOK_SECONDS = 20
HELD = 60 * SECOND
"""A holder that says nothing for so long has been killed."""

SAYING_SECONDS = 20
AGAIN = 600 * SECOND
"""When a job that failed is tried again, at the latest."""

STOP_SECONDS = 10

log = logging.getLogger(__name__)


class Runner:
    """The jobs of one server. `clock` gives microseconds; `holder` is a name that no other server has."""

    def __init__(
        self, store: Store, clock: Callable[[], int], holder: str, jobs: Sequence[Job] = JOBS
    ) -> None:
        self._store = store
        self._clock = clock
        self._holder = holder
        self._jobs = jobs
        self._stopping = threading.Event()

    def turn(self) -> None:
        """Runs every job that is due and that nobody else is at. Raises `Problem("storage-unavailable")`.

        A job that fails is logged, kept with its reason, and tried again within ten minutes; the others run.
        """
        known = self._store.jobs.states(self._clock())
        for job in self._jobs:
            if self._stopping.is_set():
                return
            if job.name not in known:
                self._store.jobs.plan(job.name, job.schedule.after(self._clock()))
            elif known[job.name].due_at <= self._clock():
                self._run(job)

    def go_on(self) -> None:
        """Takes a turn now and then until `stop` is called."""
        while not self._stopping.is_set():
            try:
                self.turn()
            except Problem as problem:
                log.warning("The jobs wait for the database: %s", problem.detail)
            self._stopping.wait(LOOK_SECONDS)

    def stop(self) -> None:
        """No further job begins; one that is running is told."""
        self._stopping.set()

    def _run(self, job: Job) -> None:
        now, jobs = self._clock(), self._store.jobs
        if not jobs.claim(job.name, self._holder, now, now + HELD):
            return
        with self._saying_so(job), spans.begun(f"job {job.name}", facts={"fieldpost.job": job.name}) as span:
            try:
                report = job.work(Run(self._store, now, lambda: not self._stopping.is_set()))
            except Exception as error:
                log.exception("The job %s failed", job.name)
                span.fail(type(error).__name__)
                counting.ran(job.name, "failed")
                again = min(job.schedule.after(self._clock()), self._clock() + AGAIN)
                jobs.fail(job.name, self._holder, self._clock(), again, f"{type(error).__name__}: {error}")
                return
        counting.ran(job.name, "finished")
        jobs.finish(job.name, self._holder, self._clock(), job.schedule.after(self._clock()), report)

    @contextmanager
    def _saying_so(self, job: Job) -> Iterator[None]:
        """Keeps the job held, however long it takes."""
        done = threading.Event()

        def say() -> None:
            while not done.wait(SAYING_SECONDS):
                try:
                    self._store.jobs.renew(job.name, self._holder, self._clock() + HELD)
                except Problem as problem:
                    log.warning("The job %s could not say that it goes on: %s", job.name, problem.detail)

        thread = threading.Thread(target=say, name=f"{job.name} goes on", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


@contextmanager
def running(store: Store, clock: Callable[[], int], holder: str) -> Iterator[None]:
    """Runs the jobs for as long as the block lasts.

    A job that is in the middle of something at the end gets some seconds; then its transaction is undone with
    the process, and it is run again later.
    """
    runner = Runner(store, clock, holder)
    thread = threading.Thread(target=runner.go_on, name="jobs", daemon=True)
    thread.start()
    try:
        yield
    finally:
        runner.stop()
        thread.join(STOP_SECONDS)
