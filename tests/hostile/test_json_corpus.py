"""Every line of the JSON corpus, on both roads of the data judge."""

from __future__ import annotations

import time
from functools import cache

import pytest

from collector.core.data import DataJudge, Judged
from collector.core.definitions import Content, ExtraFields
from collector.hostile.json_corpus import CORPUS, FIELDS, Case


@cache
def judge_for(extra_fields: ExtraFields) -> DataJudge:
    return DataJudge(Content(FIELDS, extra_fields))


@pytest.mark.parametrize("road", ["judge", "judge_by_reference"])
@pytest.mark.parametrize("case", CORPUS, ids=lambda case: f"{case.extra_fields}-{case.name}")
def test_the_corpus_gets_what_it_was_promised(case: Case, road: str) -> None:
    result = getattr(judge_for(case.extra_fields), road)(case.raw)

    if isinstance(result, Judged):
        assert case.faults == ()
        assert case.text in (None, result.text)
    else:
        assert tuple((fault.code, fault.pointer) for fault in result) == case.faults
        assert all(len(fault.as_json()["pointer"].encode()) < 500 for fault in result)


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: f"{case.extra_fields}-{case.name}")
def test_nothing_in_the_corpus_takes_long(case: Case) -> None:
    judge = judge_for(case.extra_fields)
    started = time.process_time()
    judge.judge(case.raw)
    assert time.process_time() - started < 0.5


def test_the_corpus_has_every_name_once() -> None:
    names = [(case.extra_fields, case.name) for case in CORPUS]
    assert len(set(names)) == len(names)
