"""Which hosts of the network a stranger's link may lead to: those that everybody can reach, and no other.

The ranges are those of IANA's registries of special-purpose addresses
(https://www.iana.org/assignments/iana-ipv4-special-registry and …-ipv6-special-registry), with the
multicast and reserved blocks, and the one public address at which a cloud keeps its metadata.
They stand here because what `ipaddress` calls global differs between releases of Python.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from digest.errors import SourceError

Resolve = Callable[[str, int], Sequence[str]]
"""Every address of a host, for a connection to that port. Raises OSError when there is none."""

_CLOSED_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # Azure's platform, on every virtual machine
            "169.254.0.0/16",  # link-local, and the metadata of most clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
_OPEN_6 = IPv6Network("2000::/3")
"""The only block from which public addresses are given out; loopback, ULA, link-local and multicast lie outside."""
_CLOSED_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which holds an IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
"""How hosts without IPv4 reach an IPv4 address, which stands in the last 32 bits (RFC 6052)."""
_NEAR = tuple(
    map(
        IPv4Network,
        ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    )
)
_NEAR_6 = tuple(map(IPv6Network, ("::1/128", "fc00::/7")))


def is_public(address: str) -> bool:
    """Whether an IP address is one that everybody can reach; one that cannot be read is not."""
    found = _parsed(address)
    if isinstance(found, IPv4Address):
        return not any(found in network for network in _CLOSED_4)
    return found is not None and found in _OPEN_6 and not any(found in network for network in _CLOSED_6)


def is_near(address: str) -> bool:
    """Whether it is this machine or a private network, where an operator may have a source of their own.

    Link-local, metadata and multicast addresses are never near.
    """
    found = _parsed(address)
    if isinstance(found, IPv4Address):
        return any(found in network for network in _NEAR)
    return found is not None and any(found in network for network in _NEAR_6)


def resolve(host: str, port: int) -> list[str]:
    """The system's answer, every address once, in its order. Raises OSError when there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def guarded(ask: Resolve = resolve, *, near: tuple[str, int] | None = None) -> Resolve:
    """`ask`, but SourceError for a host with even one address that is not public.

    What comes back is what has to be connected to: a name that is asked again may answer
    otherwise. `near` is the host and port, in lower case, that may be on this machine or network.
    """

    def checked(host: str, port: int) -> Sequence[str]:
        try:
            addresses = ask(host, port)
        except (OSError, UnicodeError):
            raise SourceError(f"there is no host {host}; check the address") from None
        own = (host.lower(), port) == near
        for address in addresses:
            if not (is_public(address) or (own and is_near(address))):
                raise SourceError(
                    f"{host} is {address}, which is not an address of the public internet; only the address "
                    "in config.toml itself may be a private one, with allow_private = true"
                )
        return addresses

    return checked


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The address; of one that only carries an IPv4 address, that one."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return found.ipv4_mapped
        if IPv6Address(int(found)) in _NAT64:
            return IPv4Address(int(found) & 0xFFFFFFFF)
    return found
