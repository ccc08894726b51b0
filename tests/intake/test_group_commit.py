"""Many requests at once share a transaction, and each hears of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from collector.core.events import Decision, Filtered, Outcome, Rejection, Write
from collector.core.problems import Problem
from collector.intake.commit import CROWD, GroupCommit
from collector.intake.tickets import Soon
from collector.store.commit import Commit, Unstorable
from tests.cast import NOON


class Ledgerless(Commit):
    """A commit whose transactions can be held up, made to fail, and counted."""

    def __init__(self) -> None:
        self.groups: list[list[Decision]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()
        self.poison: set[int] = set()
        self.failure: Exception | None = None

    def write(self, decisions: Sequence[Decision], now: int) -> list[Outcome]:
        self.begun.set()
        self.gate.wait(10)
        if self.failure is not None:
            raise self.failure
        if any(
            decision.received_at in self.poison for decision in decisions if isinstance(decision, Filtered)
        ):
            raise Unstorable("poison")
        self.groups.append(list(decisions))
        return [_outcome(decision) for decision in decisions]


def _outcome(decision: Decision) -> Outcome:
    if isinstance(decision, Rejection):
        return Outcome("rejected", None, decision.faults)
    assert not isinstance(decision, Write)
    return Outcome("filtered", code=str(decision.received_at))


def payload(number: int) -> Filtered:
    return Filtered("shop", 1, "beacon", number, "bot")


def submit_at_once(group: GroupCommit, commit: Ledgerless, numbers: range) -> dict[int, object]:
    """Submits one payload per thread, all while a first transaction is held up."""
    answers: dict[int, object] = {}

    def submit(number: int) -> None:
        try:
            answers[number] = [outcome.code for outcome in group.submit([payload(number)])]
        except Exception as error:
            answers[number] = error

    commit.gate.clear()
    threads = [threading.Thread(target=submit, args=(number,)) for number in numbers]
    threads[0].start()
    assert commit.begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    while group.waiting < len(numbers) - 1:
        threading.Event().wait(0.001)
    commit.gate.set()
    for thread in threads:
        thread.join(10)
    return answers


def test_those_who_wait_share_the_next_transaction_and_each_hears_its_own_verdict() -> None:
    commit = Ledgerless()
    group = GroupCommit(commit, lambda: NOON)
    answers = submit_at_once(group, commit, range(1, 33))
    assert answers == {number: [str(number)] for number in range(1, 33)}
    assert [len(one) for one in commit.groups] == [1, 31]


def test_a_group_is_bounded() -> None:
    commit = Ledgerless()
    group = GroupCommit(commit, lambda: NOON)
    done = threading.Thread(target=group.submit, args=([payload(n) for n in range(2_000)],))
    done.start()
    done.join(10)
    assert [len(one) for one in commit.groups] == [2_000]


def test_when_the_database_is_away_everybody_who_waited_is_told() -> None:
    commit = Ledgerless()
    commit.failure = Problem("storage-unavailable", "away", retry_after=1)
    group = GroupCommit(commit, lambda: NOON)
    answers = submit_at_once(group, commit, range(1, 9))
    assert {type(answer) for answer in answers.values()} == {Problem}
    commit.failure = None
    assert len(group.submit([payload(9)])) == 1


def test_one_row_that_cannot_be_stored_is_refused_alone() -> None:
    commit = Ledgerless()
    commit.poison = {137}
    group = GroupCommit(commit, lambda: NOON)
    outcomes = group.submit([payload(number) for number in range(500)])
    refused = [number for number, outcome in enumerate(outcomes) if outcome.verdict == "rejected"]
    assert refused == [137]
    assert outcomes[137].faults[0].code == "row-refused"


def test_too_many_who_wait_are_sent_away_at_once() -> None:
    commit = Ledgerless()
    group = GroupCommit(commit, lambda: NOON, waiting=4)
    answers = submit_at_once(group, commit, range(1, 6))
    assert len(answers) == 5
    commit.gate.clear()
    commit.begun.clear()
    held = [threading.Thread(target=group.submit, args=([payload(n)],)) for n in range(5)]
    held[0].start()
    assert commit.begun.wait(10)
    for thread in held[1:]:
        thread.start()
    while group.waiting < 4:
        threading.Event().wait(0.001)
    with pytest.raises(Problem) as refusal:
        group.submit([payload(9)])
    assert (refusal.value.status, refusal.value.retry_after) == (503, 2)
    commit.gate.set()
    for thread in held:
        thread.join(10)


def test_while_the_database_hangs_those_who_wait_for_a_turn_are_sent_away_in_time() -> None:
    commit = Ledgerless()
    group = GroupCommit(commit, lambda: NOON, patience=0.2)
    commit.gate.clear()
    leader = threading.Thread(target=group.submit, args=([payload(1)],))
    leader.start()
    assert commit.begun.wait(10)
    with pytest.raises(Problem) as refusal:
        group.submit([payload(2)])
    assert (refusal.value.code, refusal.value.retry_after) == ("storage-unavailable", 2)
    assert group.waiting == 0
    commit.gate.set()
    leader.join(10)
    assert [len(one) for one in commit.groups] == [1]
    assert len(group.submit([payload(3)])) == 1


def test_whoever_is_in_a_transaction_waits_for_its_end_however_long_it_takes() -> None:
    commit = Ledgerless()
    group = GroupCommit(commit, lambda: NOON, patience=0.2)
    answers = submit_at_once(group, commit, range(1, 3))
    assert answers == {1: ["1"], 2: ["2"]}
    commit.begun.clear()
    commit.gate.clear()
    told: list[Outcome] = []
    slow = threading.Thread(target=lambda: told.extend(group.submit([payload(4)])))
    slow.start()
    assert commit.begun.wait(10)
    slow.join(0.5)
    assert slow.is_alive()
    commit.gate.set()
    slow.join(10)
    assert len(told) == 1


class Told:
    """Hears of what was handed in without waiting."""

    def __init__(self) -> None:
        self.groups: list[list[object]] = []
        self.results: dict[object, object] = {}
        self.done = threading.Semaphore(0)

    def __call__(self, group: Sequence[Soon]) -> None:
        self.groups.append([one.owner for one in group])
        for one in group:
            try:
                self.results[one.owner] = [outcome.code for outcome in one.result()]
            except Problem as problem:
                self.results[one.owner] = problem
            self.done.release()

    def wait_for(self, count: int) -> None:
        for _ in range(count):
            assert self.done.acquire(timeout=10)


def test_who_hands_in_without_waiting_is_told_of_a_whole_group_at_once() -> None:
    commit, told = Ledgerless(), Told()
    group = GroupCommit(commit, lambda: NOON)
    commit.gate.clear()
    group.submit_soon([payload(0)], 0, told)
    assert commit.begun.wait(10)
    for number in range(1, 9):
        group.submit_soon([payload(number)], number, told)
    commit.gate.set()
    told.wait_for(9)
    assert told.groups == [[0], [1, 2, 3, 4, 5, 6, 7, 8]]
    assert told.results == {number: [str(number)] for number in range(9)}


@pytest.mark.parametrize(("crowd", "expected"), [(CROWD, [0, 1, 2, 3, 4]), (CROWD - 1, [0, 1, 2])])
def test_before_a_crowd_a_leader_waits_for_those_who_are_about_to_come(
    monkeypatch: pytest.MonkeyPatch, crowd: int, expected: list[int]
) -> None:
    commit, told = Ledgerless(), Told()
    group = GroupCommit(commit, lambda: NOON, pause=0.25)
    paused: list[float] = []

    def meanwhile(seconds: float) -> None:
        paused.append(seconds)
        group.submit_soon([payload(crowd)], crowd, told)

    commit.gate.clear()
    group.submit_soon([payload(9)], 9, told)
    assert commit.begun.wait(10)
    for number in range(crowd):
        group.submit_soon([payload(number)], number, told)
    monkeypatch.setattr("collector.intake.commit.time.sleep", meanwhile)
    commit.gate.set()
    told.wait_for(1 + len(expected))
    assert told.groups == [[9], expected]
    assert paused == ([0.25] if crowd == CROWD else [])


def test_threads_that_wait_and_who_does_not_share_transactions() -> None:
    commit, told = Ledgerless(), Told()
    group = GroupCommit(commit, lambda: NOON)
    commit.gate.clear()
    answers: list[str] = []
    first = threading.Thread(target=lambda: answers.append(group.submit([payload(0)])[0].code))
    first.start()
    assert commit.begun.wait(10)
    group.submit_soon([payload(1)], 1, told)
    second = threading.Thread(target=lambda: answers.append(group.submit([payload(2)])[0].code))
    second.start()
    while group.waiting < 2:
        threading.Event().wait(0.001)
    commit.gate.set()
    first.join(10)
    second.join(10)
    told.wait_for(1)
    assert (sorted(answers), told.results) == (["0", "2"], {1: ["1"]})
    assert [len(one) for one in commit.groups] == [1, 2]


@pytest.mark.parametrize("is_standing_by", [True, False])
def test_where_a_thread_stands_by_it_leads_for_everybody(is_standing_by: bool) -> None:
    commit = Ledgerless()
    group = GroupCommit(commit, lambda: NOON)
    if is_standing_by:
        group.stand_by()
        group.stand_by()
    leaders: set[str] = set()
    write = commit.write

    def noted(decisions: Sequence[Decision], now: int) -> list[Outcome]:
        leaders.add(threading.current_thread().name)
        return write(decisions, now)

    commit.write = noted  # type: ignore[method-assign]
    answers = submit_at_once(group, commit, range(1, 20))
    assert all(answers[number] == [str(number)] for number in range(1, 20))
    assert (leaders == {"commit"}) is is_standing_by
    assert ("commit" in leaders) is is_standing_by


def test_who_leads_when_a_thread_begins_to_stand_by_hands_the_lead_over_to_it() -> None:
    commit = Ledgerless()
    group = GroupCommit(commit, lambda: NOON)
    commit.gate.clear()
    answers: dict[int, str] = {}

    def submit(number: int) -> None:
        answers[number] = group.submit([payload(number)])[0].code

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(3)]
    threads[0].start()
    assert commit.begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    while group.waiting < 2:
        threading.Event().wait(0.001)
    group.stand_by()
    commit.gate.set()
    for thread in threads:
        thread.join(10)
    assert answers == {0: "0", 1: "1", 2: "2"}
    assert [len(one) for one in commit.groups] == [1, 2]


def test_where_the_thread_that_stands_by_breaks_off_another_one_stands_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commit, told = Ledgerless(), Told()
    group = GroupCommit(commit, lambda: NOON)
    broken = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: broken.set())

    def deaf(_: Sequence[Soon]) -> None:
        raise RuntimeError("the loop is closed")

    group.submit_soon([payload(0)], 0, deaf)
    assert broken.wait(10)
    group.submit_soon([payload(1)], 1, told)
    assert [outcome.code for outcome in group.submit([payload(2)])] == ["2"]
    told.wait_for(1)
    assert told.results == {1: ["1"]}


def test_who_was_handed_in_and_waits_too_long_is_sent_away_and_the_next_are_written() -> None:
    commit, told = Ledgerless(), Told()
    group = GroupCommit(commit, lambda: NOON, patience=0.0)
    commit.gate.clear()
    group.submit_soon([payload(0)], 0, told)
    assert commit.begun.wait(10)
    group.submit_soon([payload(1)], 1, told)
    group.dismiss()
    told.wait_for(1)
    assert isinstance(told.results[1], Problem)
    commit.gate.set()
    told.wait_for(1)
    group.submit_soon([payload(2)], 2, told)
    told.wait_for(1)
    assert (told.results[0], told.results[2]) == (["0"], ["2"])
    assert [len(one) for one in commit.groups] == [1, 1]
