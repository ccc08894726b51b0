"""Spans for OpenTelemetry, where an operator wants them: what took how long, and what belongs together.

Without that, `opentelemetry` is not even imported. Nothing in a span speaks of a person: no address, query,
body, header or identifier is ever handed in here.
"""
