"""Addresses that are public and addresses that are not, in every notation."""

from __future__ import annotations

import socket

import pytest

from digest.errors import SourceError
from digest.hosts import guarded, is_near, is_public, resolve

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "198.17.255.255",
    "198.20.0.1",
    "223.255.255.255",
    "2001:200::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    """Neighbours of the closed ranges are open, also where IPv6 carries them."""
    assert is_public(address)
    assert not is_near(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "100.64.0.1", "::1", "fd00::1"])
def test_near_addresses(address: str) -> None:
    """This machine and private networks are near, and not public."""
    assert is_near(address)
    assert not is_public(address)


@pytest.mark.parametrize("address", ["169.254.169.254", "168.63.129.16", "fe80::1", "224.0.0.1", "::", "x"])
def test_neither(address: str) -> None:
    """Metadata, link-local and multicast addresses are not even near."""
    assert not is_near(address)
    assert not is_public(address)


def test_every_address_of_a_name_is_checked() -> None:
    """One private address among public ones refuses the whole name, wherever it stands."""
    for place in range(3):
        answer = ["1.1.1.1", "8.8.8.8"]
        answer.insert(place, "10.0.0.5")
        with pytest.raises(SourceError, match=r"news\.example is 10\.0\.0\.5, which is not an address of the public"):
            guarded(lambda host, port, answer=answer: answer)("news.example", 443)  # type: ignore[misc]
    assert guarded(lambda host, port: ["1.1.1.1"])("news.example", 443) == ["1.1.1.1"]


def test_only_the_named_host_and_port_may_be_near() -> None:
    """The operator's own private host is let through; its other ports, and metadata behind its name, are not."""
    check = guarded(lambda host, port: ["10.0.0.5"], near=("intranet", 80))
    assert check("Intranet", 80) == ["10.0.0.5"]
    for host, port in [("intranet", 81), ("other", 80)]:
        with pytest.raises(SourceError, match="allow_private = true"):
            check(host, port)
    with pytest.raises(SourceError):
        guarded(lambda host, port: ["169.254.169.254"], near=("intranet", 80))("intranet", 80)


def test_unknown_names() -> None:
    """A name without an address, and one that cannot be one, are told as such."""

    def nobody(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such host")

    with pytest.raises(SourceError, match=r"there is no host nowhere\.example; check the address"):
        guarded(nobody)("nowhere.example", 80)
    with pytest.raises(SourceError, match="there is no host"):
        guarded()("a" * 70 + ".example", 80)


def test_the_system_answers() -> None:
    """The system's resolver gives each address once."""
    assert resolve("127.0.0.1", 80) == ["127.0.0.1"]
