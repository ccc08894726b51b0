"""Whoever serves many writes by itself where it is alone, and hands in otherwise."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from collector.core.events import Decision, Filtered, Outcome
from collector.core.problems import Problem
from collector.intake import commit as groups
from collector.intake.commit import GroupCommit
from collector.store.commit import Unstorable
from collector.store.patience import WouldWait
from tests.cast import NOON


class Writer:
    """A destination that notes who wrote what; `error` is raised by whoever writes at once."""

    def __init__(self) -> None:
        self.written: list[tuple[str, int]] = []
        self.error: BaseException | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()

    def write(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        self.begun.set()
        assert self.gate.wait(10)
        return self._note("in turn", decisions)

    def write_now(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        if self.error is not None:
            raise self.error
        return self._note("now", decisions)

    def write_whole(self, decisions: Sequence[Decision], instead: object, now: int) -> list[Outcome]:
        return self.write(decisions, now)

    def rehearse(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        raise NotImplementedError

    def _note(self, how: str, decisions: Sequence[Decision]) -> list[Outcome]:
        self.written.append((how, len(decisions)))
        return [Outcome("filtered") for _ in decisions]


PAYLOAD = Filtered("shop", 1, "beacon", NOON, "bot")


@pytest.fixture
def writer() -> Writer:
    return Writer()


@pytest.fixture
def group(writer: Writer) -> GroupCommit:
    """One that has written a first group, quickly."""
    group = GroupCommit(writer, lambda: NOON, write_now=writer.write_now)
    group.submit([PAYLOAD])
    writer.written.clear()
    return group


def test_alone_it_is_written_there_and_then(group: GroupCommit, writer: Writer) -> None:
    ticket = group.submit_now([PAYLOAD, PAYLOAD])
    assert ticket is not None
    assert [outcome.verdict for outcome in ticket.result()] == ["filtered", "filtered"]
    assert writer.written == [("now", 2)]


def test_before_anything_is_known_of_the_disk_it_is_handed_in(writer: Writer) -> None:
    group = GroupCommit(writer, lambda: NOON, write_now=writer.write_now)
    assert group.submit_now([PAYLOAD]) is None
    assert writer.written == []


def test_while_somebody_else_writes_it_is_handed_in(group: GroupCommit, writer: Writer) -> None:
    writer.gate.clear()
    writer.begun.clear()
    other = threading.Thread(target=group.submit, args=([PAYLOAD],))
    other.start()
    assert writer.begun.wait(10)
    assert group.submit_now([PAYLOAD]) is None
    writer.gate.set()
    other.join(10)
    assert group.submit_now([PAYLOAD]) is not None


def test_after_a_slow_group_it_is_handed_in_until_one_was_quick(
    group: GroupCommit, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "LONG_SECONDS", 0.0)
    assert group.submit_now([PAYLOAD]) is None
    monkeypatch.undo()
    group.submit([PAYLOAD])
    assert group.submit_now([PAYLOAD]) is not None
    assert writer.written == [("in turn", 1), ("now", 1)]


@pytest.mark.parametrize("error", [WouldWait(), Unstorable("poison")])
def test_what_would_wait_and_what_cannot_be_stored_is_handed_in(
    group: GroupCommit, writer: Writer, error: BaseException
) -> None:
    writer.error = error
    assert group.submit_now([PAYLOAD]) is None
    assert len(group.submit([PAYLOAD])) == 1
    assert writer.written == [("in turn", 1)]


def test_a_database_that_is_away_is_told(group: GroupCommit, writer: Writer) -> None:
    writer.error = Problem("storage-unavailable", "It is full.", retry_after=2)
    ticket = group.submit_now([PAYLOAD])
    assert ticket is not None
    with pytest.raises(Problem):
        ticket.result()
    assert len(group.submit([PAYLOAD])) == 1


def test_who_came_meanwhile_has_the_next_turn(group: GroupCommit, writer: Writer) -> None:
    others: list[threading.Thread] = []
    write_now = writer.write_now

    def write_while_one_comes(decisions: Sequence[Decision], now: int) -> list[Outcome]:
        others.append(threading.Thread(target=group.submit, args=([PAYLOAD],)))
        others[0].start()
        while not group.waiting:
            threading.Event().wait(0.001)
        return write_now(decisions, now)

    group._write_now = write_while_one_comes
    assert group.submit_now([PAYLOAD]) is not None
    others[0].join(10)
    assert writer.written == [("now", 1), ("in turn", 1)]


def test_now_and_then_a_thread_writes_which_copies_the_log_too(group: GroupCommit, writer: Writer) -> None:
    for _ in range(groups.IN_A_ROW):
        assert group.submit_now([PAYLOAD]) is not None
    assert group.submit_now([PAYLOAD]) is None


def test_how_long_the_log_took_is_not_how_long_the_next_group_takes(
    group: GroupCommit, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "IN_A_ROW", 1)
    assert group.submit_now([PAYLOAD]) is not None
    assert group.submit_now([PAYLOAD]) is None
    took = iter([0.0, 1.0])
    monkeypatch.setattr(groups, "time", SimpleNamespace(perf_counter=lambda: next(took)))
    group.submit([PAYLOAD])
    monkeypatch.undo()
    assert group.submit_now([PAYLOAD]) is not None


def test_what_is_for_a_stream_is_always_handed_in(writer: Writer) -> None:
    group = GroupCommit(writer, lambda: NOON)
    group.submit([PAYLOAD])
    assert group.submit_now([PAYLOAD]) is None
