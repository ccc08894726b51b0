"""Every setting, once: its name, its default, what it means. They come from the environment or a file."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collector.core.webhooks.addresses import networks_in

PREFIX = "FIELDPOST_"


class BadSettings(Exception):
    """Settings that cannot be used. The text lists every problem, a line each."""


def _positive(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError("it cannot be negative")
    return number


def _bytes(text: str) -> int:
    number = _positive(text)
    if number < 1024:
        raise ValueError("it is at least 1024")
    return number


def _database(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError("it starts with sqlite:/// or postgresql://")
    return text


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"it is {', '.join(words[:-1])} or {words[-1]}")
        return text

    return read


def _stream(text: str) -> str:
    places = text.split(",")
    if text and not all(re.fullmatch(r"(nats|tls)://[^\s/,]+/?", place) for place in places):
        raise ValueError("it is nats://host:port or tls://host:port; of a cluster several, with commas")
    return text


def _monitors(text: str) -> str:
    if text and not all(place.strip().startswith(("http://", "https://")) for place in text.split(",")):
        raise ValueError("it starts with http:// or https://; several with commas")
    return text


def _public_url(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError("it starts with http:// or https://")
    return text.rstrip("/")


_TAKEN = ("/api", "/sections", "/v1", "/oauth", "/audience")
"""What addresses of other things begin with."""


def _path(text: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9_-]{1,64}){1,4}", text) or text.startswith(_TAKEN):
        raise ValueError("it is a path of our own such as /assets or /shop/data, without a slash at its end")
    return text


def _token(text: str) -> str:
    if text and not re.fullmatch(r"[!-~]{16,256}", text):
        raise ValueError("it has 16 to 256 letters, digits and signs, and no blanks")
    return text


def _networks(text: str) -> str:
    try:
        networks_in(text)
    except ValueError as error:
        raise ValueError(f"it lists networks such as 10.0.0.0/8 with commas between them: {error}") from error
    return text


def _setting(default: Any, meaning: str, read: Callable[[str], Any] = str, *, is_secret: bool = False) -> Any:
    told = {"meaning": meaning, "read": read, "is_secret": is_secret}
    return field(default=default, repr=not is_secret, metadata=told)


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may change. Every field is `FIELDPOST_<NAME>` in the environment."""

    database: str = _setting(
        "sqlite:///fieldpost.db", "Where everything is kept: sqlite:///file or postgresql://….", _database
    )
    migrate: str = _setting(
        "auto",
        "Whether a start brings an older database up to date (auto), or `fieldpost migrate` alone (refuse).",
        _one_of("auto", "refuse"),
    )
    stream: str = _setting(
        "",
        "The NATS servers of a stream that events go through: nats://host:4222,…; empty: there is none.",
        _stream,
    )
    stream_monitor: str = _setting(
        "",
        "Where fieldpost doctor asks if those servers write at once: http://host:8222,…; empty: nowhere.",
        _monitors,
    )
    edit_hold: int = _setting(
        3600, "For how many seconds after an edit a definition cannot be edited again.", _positive
    )
    public_url: str = _setting(
        "",
        "The address at which pages and people reach this server; empty: the one that they used.",
        _public_url,
    )
    script_path: str = _setting(
        "/s", "Where pages load snippets from, beside /s; for lists that block known names.", _path
    )
    beacon_path: str = _setting("/b", "Where pages send events, beside /b; another than script_path.", _path)
    trusted_proxies: int = _setting(
        0, "How many proxies in front may be believed about addresses and protocols.", _positive
    )
    drain: int = _setting(
        2,
        "For how many seconds after SIGTERM it goes on serving while /ready says no.",
        _positive,
    )
    rejections_kept: int = _setting(
        10_000, "How many refused payloads of each definition are kept, the newest ones.", _positive
    )
    unnamed_days: int = _setting(
        90, "For how many days refused payloads that name no definition are kept; 0: for any time.", _positive
    )
    rate_limit: int = _setting(
        0,
        "How many requests a minute a key may make that has no limit of its own; 0: any number.",
        _positive,
    )
    webhook_networks: str = _setting(
        "",
        "Networks that webhooks may reach though they are not public: 10.0.0.0/8, ::1/128; empty: none.",
        _networks,
    )
    log_format: str = _setting(
        "auto",
        "How the log is written: text, json, or auto: text at a terminal, else a JSON object a line.",
        _one_of("auto", "text", "json"),
    )
    log_level: str = _setting(
        "info",
        "From where on something is worth a line of the log: debug, info, warning or error.",
        _one_of("debug", "info", "warning", "error"),
    )
    access_log: str = _setting(
        "off",
        "Whether every request is a line of the log: its method, door, status and time; on or off.",
        _one_of("on", "off"),
    )
    metrics_token: str = _setting(
        "",
        "What reads /metrics, as Authorization: Bearer …; empty: only this machine may, and no proxy.",
        _token,
        is_secret=True,
    )
    max_body: int = _setting(1_048_576, "The largest body of a request, in bytes, after unpacking.", _bytes)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Raises `BadSettings` with all the problems together.

        `FIELDPOST_SETTINGS` names a file of `NAME=value` lines; the environment wins over it.
        """
        problems: list[str] = []
        given = {**_from_file(environ.get(PREFIX + "SETTINGS"), problems), **_of_ours(environ)}
        known = {PREFIX + one.name.upper(): one for one in dataclasses.fields(cls)}
        values: dict[str, Any] = {}
        for name, text in sorted(given.items()):
            if name not in known:
                problems.append(f"{name} is no setting; the settings are {', '.join(sorted(known))}.")
                continue
            try:
                values[known[name].name] = known[name].metadata["read"](text)
            except ValueError as error:
                told = name if known[name].metadata["is_secret"] else f"{name}={text!r}"
                problems.append(f"{told} cannot be used: {error}.")
        if problems:
            raise BadSettings("\n".join(problems))
        return cls(**values)


def _of_ours(environ: Mapping[str, str]) -> dict[str, str]:
    special = {PREFIX + "SETTINGS", PREFIX + "CHROMIUM"}
    return {name: text for name, text in environ.items() if name.startswith(PREFIX) and name not in special}


def _from_file(path: str | None, problems: list[str]) -> dict[str, str]:
    if path is None:
        return {}
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{PREFIX}SETTINGS={path!r} cannot be read: {error}.")
        return {}
    pairs = [line.partition("=") for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return {name.strip(): value.strip() for name, _, value in pairs}
