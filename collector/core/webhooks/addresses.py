"""The address of a webhook, taken apart; and which machines it may lead to."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from collector.core.problems import Fault

LONGEST = 2_048

Machine = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_ADDRESS = re.compile(r"(https?)://([^/?#]*)(/[^?#]*)?(\?[^#]*)?(#.*)?", re.IGNORECASE)
_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_.])?"
_PLACE = re.compile(rf"(\[[0-9A-Fa-f:.]+\]|{_NAME})(?::([0-9]{{1,5}}))?")
_PORTS = {"http": 80, "https": 443}

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_REFUSED = (
    ipaddress.IPv6Network("::/96"),  # "IPv4-compatible", out of use since RFC 4291
    ipaddress.IPv6Network("64:ff9b:1::/48"),  # NAT64 of a network of one's own, RFC 8215
    ipaddress.IPv6Network("fec0::/10"),  # "site-local", out of use since RFC 3879
    ipaddress.IPv6Network("2001::/23"),  # Teredo, which leads to an IPv4 address inside, and others
    ipaddress.IPv6Network("3fff::/20"),  # documentation, RFC 9637
    ipaddress.IPv6Network("5f00::/16"),  # segments of routes, RFC 9602
    ipaddress.IPv4Network("192.0.0.0/24"),  # of protocols; older Pythons hold most of it to be global
    ipaddress.IPv4Network("192.88.99.0/24"),  # relays of 6to4, RFC 7526
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `host` is without the brackets of IPv6, `path` is with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def place(self) -> str:
        """For the header Host (RFC 9110 §7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def read_address(text: str) -> Target | Fault:
    """The target of an address, or why it is none; the fault is at `/url`."""
    if len(text) > LONGEST:
        return _wrong(f"An address has at most {LONGEST} characters.")
    if not text.isascii() or not text.isprintable() or " " in text:
        return _wrong("An address is written in ASCII without blanks; other letters as xn--… and %….")
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return _wrong("An address starts with https:// or http://.")
    scheme, place, path, query, fragment = found.groups()
    if "@" in place:
        return _wrong("An address has no user and no password in it: the signature says who sends.")
    if fragment is not None:
        return _wrong("An address ends before its #: nothing after it would be sent.")
    host = _PLACE.fullmatch(place)
    if host is None or int(host[2] or 1) not in range(1, 65_536):
        return _wrong("This names no host, or no port.")
    scheme = scheme.lower()
    name = host[1].strip("[]").lower()
    if host[1].startswith("[") and (":" not in name or machine_of(name) is None):
        return _wrong("This names no host, or no port.")
    return Target(scheme, name, int(host[2] or _PORTS[scheme]), (path or "/") + (query or ""))


def networks_in(text: str) -> tuple[Network, ...]:
    """The networks of a list with commas. Raises `ValueError` for anything else."""
    return tuple(ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip())


def machine_of(text: str) -> Machine | None:
    """The machine that a number names; None for anything else."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def may_be_reached(machine: Machine, allowed: Sequence[Network]) -> bool:
    """Whether a webhook may lead there: to public machines, and to networks that the operator allows.

    An IPv6 address that carries one of IPv4 is as good as the one inside: that is where it leads.
    """
    meant = machine
    if isinstance(machine, ipaddress.IPv6Address):
        meant = _inside(machine) or machine
    return _is_public(meant) or any(meant in network for network in allowed)


def _inside(machine: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if machine.ipv4_mapped is not None:
        return machine.ipv4_mapped
    if machine in _NAT64:
        return ipaddress.IPv4Address(int(machine) & 0xFFFFFFFF)
    return machine.sixtofour


def _is_public(machine: Machine) -> bool:
    return (
        machine.is_global
        and not (machine.is_multicast or machine.is_reserved or machine.is_link_local)
        and not any(machine in network for network in _REFUSED)
    )


def _wrong(sentence: str) -> Fault:
    return Fault("address-invalid", "/url", sentence)
