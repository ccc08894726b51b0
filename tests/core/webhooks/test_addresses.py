"""Where a webhook may lead: what an address is, and which machines are public, as data."""

from __future__ import annotations

import pytest

from collector.core.problems import Fault
from collector.core.webhooks.addresses import (
    Target,
    machine_of,
    may_be_reached,
    networks_in,
    read_address,
)

PUBLIC = ("93.184.215.14", "1.1.1.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e")
NOT_PUBLIC = (
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "100.127.255.254", "192.0.0.8", "192.0.2.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("192.88.99.1", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe"),
    *("fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
    *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1"),
    *("2001::1", "2001:0:7f00:1::", "100::1", "3fff::1", "5f00::1"),
)

GOOD = {
    "https://hooks.example/in?a=1": Target("https", "hooks.example", 443, "/in?a=1"),
    "HTTP://Hooks.Example": Target("http", "hooks.example", 80, "/"),
    "https://hooks.example:8443?x": Target("https", "hooks.example", 8443, "/?x"),
    "https://[2606:2800:21f::1]:444/": Target("https", "2606:2800:21f::1", 444, "/"),
    "http://10.0.0.1/": Target("http", "10.0.0.1", 80, "/"),
}
BAD = (
    *("", "hooks.example", "ftp://hooks.example/", "javascript:alert(1)", "file:///etc/passwd"),
    *("//hooks.example/", "https://", "https:///in", "https://:443/", "https://?x"),
    *("https://me:secret@hooks.example/", "https://hooks.example@127.0.0.1/", "https://@hooks.example/"),
    *("https://hooks.example/#there", "https://hooks.example:0/", "https://hooks.example:65536/"),
    *("https://hooks.example:x/", "https://hooks.example/a b", "https://hooks.example/\r\nX: y"),
    *("https://hooks.example\\@127.0.0.1/", "https://[::1/", "https://[hooks]/", "https://[1.2.3.4.5]/"),
    *("https://hööks.example/", "https://hooks.example/" + "a" * 2_048, "https://hooks.example/\x00"),
)


@pytest.mark.parametrize("text", PUBLIC)
def test_public_machines_may_be_reached(text: str) -> None:
    machine = machine_of(text)
    assert machine is not None
    assert may_be_reached(machine, ())


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_no_other_machine_may_be_reached(text: str) -> None:
    machine = machine_of(text)
    assert machine is not None
    assert not may_be_reached(machine, ())


@pytest.mark.parametrize("text", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "::1"])
def test_the_operator_may_allow_networks(text: str) -> None:
    machine = machine_of(text)
    assert machine is not None
    assert may_be_reached(machine, networks_in("10.0.0.0/8, ::1/128"))
    assert not may_be_reached(machine, networks_in("192.168.0.0/16"))


@pytest.mark.parametrize("text", GOOD)
def test_an_address_is_taken_apart(text: str) -> None:
    assert read_address(text) == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_address_of_a_receiver_is_refused_in_a_sentence(text: str) -> None:
    fault = read_address(text)
    assert isinstance(fault, Fault), fault
    assert (fault.code, fault.pointer) == ("address-invalid", "/url")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("https://hooks.example/", "hooks.example"),
        ("https://hooks.example:80/", "hooks.example:80"),
        ("http://[::1]/", "[::1]"),
        ("http://[::1]:8080/", "[::1]:8080"),
    ],
)
def test_the_header_host_names_the_port_where_it_is_not_the_usual_one(text: str, place: str) -> None:
    target = read_address(text)
    assert isinstance(target, Target)
    assert target.place == place
