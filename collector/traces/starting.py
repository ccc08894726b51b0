"""Whether traces are kept, told from OpenTelemetry's own variables, and their beginning and end in a process.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from collector.traces import spans

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"
LIBRARIES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
END_SECONDS = 2.0
"""So long a process that stops goes on sending what is left."""


class BadTracing(Exception):
    """Traces are asked for that cannot be kept. The text says why, a line for each problem."""


def are_wanted(environ: Mapping[str, str]) -> bool:
    """Whether the environment says where spans are to go, and does not say that there are to be none."""
    is_off = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    no_exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip() == "none"
    return not is_off and not no_exporter and any(environ.get(name) for name in ENDPOINTS)


def require(environ: Mapping[str, str]) -> None:
    """That the traces that are wanted, if any are, can be kept. Raises `BadTracing`."""
    if not are_wanted(environ):
        return
    problems = [
        f"{name}={environ[name]!r} cannot be used: it starts with http:// or https://."
        for name in ENDPOINTS
        if environ.get(name) and not environ[name].startswith(("http://", "https://"))
    ]
    protocol = next((name for name in PROTOCOLS if environ.get(name)), None)
    if protocol and environ[protocol] != PROTOCOL:
        problems.append(
            f"{protocol}={environ[protocol]!r} cannot be used: spans are sent as {PROTOCOL}, "
            "which most receivers take at port 4318."
        )
    exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip()
    if exporter not in ("", "otlp"):
        problems.append(f"OTEL_TRACES_EXPORTER={exporter!r} cannot be used: it is otlp or none.")
    if not all(map(_is_there, LIBRARIES)):
        problems.append(f"Traces ({_asked_by(environ)}) need OpenTelemetry: pip install 'fieldpost[traces]'")
    if problems:
        raise BadTracing("\n".join(problems))


def start(environ: Mapping[str, str], version: str) -> None:
    """Keeps traces in this process from now on, if they are wanted. Raises `BadTracing`."""
    require(environ)
    if are_wanted(environ):
        from collector.traces.sdk import Sdk

        spans.use(Sdk(version))


def end() -> None:
    """Sends what is left, as far as that goes at once; there are no traces any more."""
    maker = spans.in_use()
    spans.use(None)
    if maker is not None:
        maker.end(END_SECONDS)


@contextmanager
def kept(environ: Mapping[str, str], version: str) -> Iterator[None]:
    """The same for a block."""
    start(environ, version)
    try:
        yield
    finally:
        end()


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _asked_by(environ: Mapping[str, str]) -> str:
    return next(name for name in ENDPOINTS if environ.get(name))
