"""Questions to the DNS: the only place that asks, each question and all of them together bounded in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import NamedTuple

import dns.exception
import dns.message
import dns.name
import dns.nameserver
import dns.rcode
import dns.rdata
import dns.resolver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.txtbase import TXTBase

from digest.errors import ConfigError, UsageError

TRY_SECONDS = 2.0
"""For one question to one server; UDP may lose it, so it is asked again."""
QUESTION_SECONDS = 5.0
ALL_SECONDS = 45.0
"""For all questions of one examination. A domain that is in order takes about twenty."""


class Found(NamedTuple):
    """What the DNS has of one type at one name."""

    values: tuple[str, ...] = ()
    """In the order of their text, since servers shuffle them. TXT: the strings of a record put together.

    MX: `10 mail.example.org`. Names without the last dot, in lower case; the root is a dot alone.
    """
    exists: bool = True
    """Whether there is anything at all at the name."""
    trouble: str = ""
    """Why nobody knows: the server failed or did not answer."""
    canonical: str = ""
    """Where aliases (CNAME) led, when the name is one."""


Resolve = Callable[[str, str], Found]
"""A name and a type → what is found; never raises."""


class Resolver:
    """The system's resolver, or one server; each question is asked once and remembered."""

    def __init__(
        self,
        nameserver: str | None = None,
        *,
        try_seconds: float = TRY_SECONDS,
        question_seconds: float = QUESTION_SECONDS,
        all_seconds: float = ALL_SECONDS,
    ) -> None:
        """`nameserver`: an IP address, with a port behind a colon or not (`192.0.2.1`, `192.0.2.1:5353`, `[::1]:53`).

        Raises UsageError for what is none, ConfigError when the system has no resolver.
        """
        try:
            self._resolver = dns.resolver.Resolver(configure=nameserver is None)
        except dns.resolver.NoResolverConfiguration:
            raise ConfigError(
                "this system names no DNS server in /etc/resolv.conf; name one: --nameserver IP"
            ) from None
        if nameserver is not None:
            self._resolver.nameservers = [_server(nameserver)]
        self._resolver.timeout = try_seconds
        self._resolver.lifetime = question_seconds
        self._resolver.use_edns(0, 0, 1232)
        self._all_seconds = all_seconds
        self._ends: float | None = None
        self._known: dict[tuple[str, str], Found] = {}

    def __call__(self, name: str, kind: str) -> Found:
        """What is at the name."""
        if (name, kind) not in self._known:
            self._known[name, kind] = self._ask(name, kind)
        return self._known[name, kind]

    def _ask(self, name: str, kind: str) -> Found:
        now = time.monotonic()
        self._ends = self._ends or now + self._all_seconds
        if now >= self._ends:
            return Found(trouble=f"the {self._all_seconds:.0f} seconds for all questions are over")
        try:
            answer = self._resolver.resolve(
                name,
                kind,
                search=False,
                raise_on_no_answer=False,
                lifetime=min(self._resolver.lifetime, self._ends - now),
            )
        except dns.resolver.NXDOMAIN as error:
            return found_in(name, next(iter(error.kwargs["responses"].values())))
        except dns.exception.Timeout:
            return Found(trouble=f"no answer within {self._resolver.lifetime:.0f} seconds")
        except dns.resolver.NoNameservers as error:
            codes = {dns.rcode.to_text(each[4].rcode()) for each in error.kwargs["errors"] if each[4] is not None}
            return Found(trouble=", ".join(sorted(codes)) or "no server answered")
        except (dns.exception.DNSException, OSError, ValueError) as error:
            return Found(trouble=f"cannot be asked for: {type(error).__name__}")
        return found_in(name, answer.response)


def found_in(name: str, answer: dns.message.QueryMessage) -> Found:
    """What a server's answer says."""
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Found(trouble=dns.rcode.to_text(answer.rcode()))
    chain = answer.resolve_chaining()
    alias = chain.canonical_name != dns.name.from_text(name)
    return Found(
        values=tuple(sorted(map(_text, chain.answer or ()))),
        exists=alias or answer.rcode() == dns.rcode.NOERROR,
        canonical=_name(chain.canonical_name) if alias else "",
    )


def _server(nameserver: str) -> dns.nameserver.Nameserver:
    host, colon, port = nameserver.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        host, port = nameserver, "53"
    try:
        address = ip_address(host.strip("[]"))
        number = int(port)
        if not (port.isascii() and 0 < number < 65536):
            raise ValueError
    except ValueError:
        raise UsageError(
            f"{nameserver!r} is no DNS server; expected an IP address, such as 192.0.2.1 or 192.0.2.1:5353"
        ) from None
    return dns.nameserver.Do53Nameserver(str(address), number)


def _text(record: dns.rdata.Rdata) -> str:
    if isinstance(record, TXTBase):
        return b"".join(record.strings).decode("utf-8", "backslashreplace")
    if isinstance(record, MX):
        return f"{record.preference} {_name(record.exchange)}"
    return record.to_text().rstrip(".").lower()


def _name(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower() if len(name) > 1 else "."
