"""Whoever runs the server: told by the token of the settings, or by asking from this very machine."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from collector.core.problems import Problem
from collector.settings import Settings

FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_VIA")
"""What a proxy adds: then whoever asks is behind it, and not here."""

CLOSED = "Set FIELDPOST_METRICS_TOKEN, and send it: Authorization: Bearer <token>."


def require_operator(settings: Settings, environ: Mapping[str, Any]) -> None:
    """Raises `Problem`: `key-missing`, `key-invalid`.

    Without a token, this machine alone may ask, and only as long as nothing says that there is a proxy on it:
    through one, everybody would seem to be here.
    """
    header: str = environ.get("HTTP_AUTHORIZATION", "")
    if settings.metrics_token:
        if not header:
            raise Problem("key-missing", "Send the token: Authorization: Bearer <FIELDPOST_METRICS_TOKEN>.")
        wanted = f"Bearer {settings.metrics_token}".encode()
        if not hmac.compare_digest(header.encode("utf-8", "replace"), wanted):
            raise Problem("key-invalid", "This is not the token of FIELDPOST_METRICS_TOKEN.")
    elif settings.public_url or settings.trusted_proxies or not _is_here(environ):
        raise Problem("key-missing", CLOSED)


def _is_here(environ: Mapping[str, Any]) -> bool:
    try:
        address = ip_address(environ.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback and not any(name in environ for name in FORWARDED)
