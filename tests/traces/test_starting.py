"""Whether traces are kept, as OpenTelemetry's variables say, and what is said where they cannot be."""

from __future__ import annotations

import subprocess
import sys

import pytest

from collector.traces import spans, starting
from tests.servers.fieldpost import COMMAND, REPOSITORY, environment

THERE = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "shop", "OTEL_TRACES_SAMPLER": "always_on"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        (THERE, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:4318/v1/traces"}, True),
        ({**THERE, "OTEL_SDK_DISABLED": "True"}, False),
        ({**THERE, "OTEL_SDK_DISABLED": "false"}, True),
        ({**THERE, "OTEL_TRACES_EXPORTER": "none"}, False),
        ({**THERE, "OTEL_TRACES_EXPORTER": "otlp"}, True),
    ],
)
def test_traces_are_kept_where_there_is_somewhere_to_send_them(environ: dict[str, str], wanted: bool) -> None:
    assert starting.are_wanted(environ) == wanted


def test_what_cannot_be_used_is_told_all_together() -> None:
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_TRACES_EXPORTER": "zipkin",
    }
    with pytest.raises(starting.BadTracing) as raised:
        starting.require(environ)
    endpoint, protocol, exporter = str(raised.value).splitlines()
    assert endpoint.startswith("OTEL_EXPORTER_OTLP_ENDPOINT='localhost:4318' cannot be used")
    assert protocol.startswith("OTEL_EXPORTER_OTLP_PROTOCOL='grpc' cannot be used: spans are sent as http")
    assert exporter == "OTEL_TRACES_EXPORTER='zipkin' cannot be used: it is otlp or none."


def test_what_is_wanted_and_not_installed_is_told_at_the_start() -> None:
    without = "import sys; sys.modules['opentelemetry'] = None; " + COMMAND[-1]
    environ = {**environment(database="sqlite:///:memory:"), **THERE}
    ended = subprocess.run(
        [sys.executable, "-c", without, "serve"], env=environ, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "Error: Traces cannot be kept:",
        "  Traces (OTEL_EXPORTER_OTLP_ENDPOINT) need OpenTelemetry: pip install 'fieldpost[traces]'",
    ]


def test_where_no_traces_are_wanted_nothing_of_them_is_loaded() -> None:
    program = (
        f"import os, sys; sys.path.insert(0, {str(REPOSITORY)!r});"
        "import collector.cli.serve, collector.cli.worker, collector.intake.stream.working;"
        "from collector.traces import spans, starting; starting.start(os.environ, '1');"
        "assert not spans.are_kept() and spans.begun('judge') is spans.NOTHING;"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    environ = environment(database="sqlite:///:memory:")
    said = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True)
    assert (said.stdout.strip(), said.stderr) == ("[]", "")


def test_a_span_that_is_nothing_takes_everything() -> None:
    with spans.begun("judge", facts={"fieldpost.events": 1}) as span:
        span.note({"fieldpost.events": 2})
        span.fail("ValueError")
        span.rename("other")
        assert spans.current() is None
        assert span.traceparent == ""
    assert spans.remote("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01") is None
