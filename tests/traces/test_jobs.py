"""Spans of jobs, good and bad ones; and what the SDK is not told of an error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from collector.jobs.job import Job, Run
from collector.jobs.runner import Runner
from collector.jobs.schedule import Every
from collector.traces import starting
from tests.cast import Shop
from tests.servers.otlp import Receiver, receiving


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Of the spans of this process, which are there when it has ended."""
    with receiving() as started:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", started.endpoint)
        yield started


def run(shop: Shop, work: object) -> None:
    job = Job("tidy", "Tidies.", Every(60), work)  # type: ignore[arg-type]
    runner = Runner(shop.store, shop.clock.now, "here", (job,))
    runner.turn()
    shop.clock.forward(61)
    runner.turn()


def test_a_job_is_a_span(shop: Shop, receiver: Receiver) -> None:
    with starting.kept({"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint}, "1.0"):
        run(shop, lambda ran: {"freed": 1})
    [span] = receiver.spans
    assert (span.name, span.parent, span.is_error) == ("job tidy", "", False)
    assert span.facts == {"fieldpost.job": "tidy"}
    assert span.service["service.version"] == "1.0"


def test_of_a_job_that_fails_only_the_kind_of_its_error_is_told(shop: Shop, receiver: Receiver) -> None:
    def fail(ran: Run) -> None:
        raise ValueError("alice@example.com is no number")

    with starting.kept({"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint}, "1.0"):
        run(shop, fail)
    [span] = receiver.spans
    assert (span.is_error, span.facts["error.type"]) == (True, "ValueError")
    assert not any(b"alice" in body for body in receiver.bodies)
