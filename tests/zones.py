"""The zones of tests/digest/dns/zones.txt, as a table to look into and as a DNS server on loopback."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from functools import cache
from pathlib import Path
from typing import NamedTuple

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zonefile

FOLDER = Path(__file__).parent / "digest" / "dns"
SOUND = {
    "SPF": '@ TXT "v=spf1 ip4:198.51.100.0/24 ~all"',
    "DKIM": 'mail._domainkey TXT "v=DKIM1; k=rsa; p=RSA2048"',
    "DMARC": '_dmarc TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@{domain}"',
    "MX": "@ MX 10 mx.post.example.",
}
"""What is in order, subject by subject."""
SERVFAIL = '"SERVFAIL"'

Rrsets = dict[tuple[dns.name.Name, dns.rdatatype.RdataType], dns.rrset.RRset]


class Case(NamedTuple):
    """One domain of the file."""

    domain: str
    title: str
    options: dict[str, str]
    expected: list[tuple[str, str]]
    """Code and severity of every finding."""


class Zones:
    """Every record of the file, and what a server answers from them."""

    def __init__(self) -> None:
        keys = [line.split() for line in (FOLDER / "keys.txt").read_text().splitlines() if not line.startswith("#")]
        self._keys = {name: '" "'.join(key[at : at + 200] for at in range(0, len(key), 200)) for name, key in keys}
        self.cases: list[Case] = []
        self.rrsets: Rrsets = {}
        for block in (FOLDER / "zones.txt").read_text("utf-8").split("\n=== ")[1:]:
            self._read(block)

    def _read(self, block: str) -> None:
        head, *lines = block.splitlines()
        domain, _, title = head.partition(": ")
        case = Case(domain, title, {"selector": "mail"}, [])
        records = []
        for line in filter(None, lines):
            mark, _, rest = line.partition(" ")
            if mark == "+":
                records += [SOUND[subject].format(domain=domain) for subject in rest.split()]
            elif mark == "?":
                case.options.update((name, value) for name, _, value in (pair.partition("=") for pair in rest.split()))
            elif mark == "!":
                code, severity = rest.split()
                case.expected.append((code, severity))
            elif mark != "#":
                records.append(line)
        self.put(domain, records)
        self.cases.append(case)

    def put(self, domain: str, records: list[str]) -> None:
        """Add the lines of a zone file; what already is at a name and type stays beside them."""
        for record in records:
            for rrset in self._parsed(record, domain):
                known = self.rrsets.get((rrset.name, rrset.rdtype), ())
                self.rrsets[rrset.name, rrset.rdtype] = dns.rrset.from_rdata_list(rrset.name, 60, [*known, *rrset])

    def _parsed(self, record: str, domain: str) -> list[dns.rrset.RRset]:
        owner, _, rest = record.partition(" ")
        for length, key in self._keys.items():
            rest = rest.replace(f"p={length}", f"p={key}")
        origin = dns.name.from_text(domain)
        name = dns.name.from_text(owner, origin)
        return dns.zonefile.read_rrsets(rest.strip(), name=name, origin=origin, relativize=False, ttl=60)

    def replace(self, line: str) -> None:
        """Put one record in place of all records of its kind at its name: of TXT, those that begin alike."""
        (new,) = self._parsed(line, ".")
        name, kind = new.name, new.rdtype
        begins = new[0].to_text().split("=")[0].lower().strip('"')
        old = self.rrsets.pop((name, kind), None)
        kept = [each for each in old or () if kind == dns.rdatatype.TXT and begins not in each.to_text().lower()]
        self.rrsets.pop((name, dns.rdatatype.CNAME), None)
        self.rrsets[name, kind] = dns.rrset.from_rdata_list(name, 60, [*new, *kept])

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        """What an authoritative server says."""
        question = query.question[0]
        answer = dns.message.make_response(query, recursion_available=True)
        name = question.name
        while alias := self.rrsets.get((name, dns.rdatatype.CNAME)):
            answer.answer.append(alias)
            name = alias[0].target
        found = self.rrsets.get((name, question.rdtype))
        if found and found[0].to_text() == SERVFAIL:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif found:
            answer.answer.append(found)
        elif not any(each.is_subdomain(name) for each, _ in self.rrsets):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


@cache
def _file() -> Zones:
    return Zones()


def zones() -> Zones:
    """What stands in the file, to be changed at will."""
    fresh = copy(_file())
    fresh.rrsets = dict(fresh.rrsets)
    return fresh


def cases() -> list[Case]:
    """Every domain of the file."""
    return _file().cases


@contextmanager
def served(zones: Zones, *, cut: int = 1232, deaf: frozenset[str] = frozenset()) -> Iterator[str]:
    """The zones behind a server on loopback, over UDP and TCP; its address.

    `cut`: bytes that fit into UDP, whatever is asked for. `deaf`: names for which no answer comes.
    """
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        udp.bind(tcp.getsockname())

        def reply(wire: bytes, most: int) -> bytes | None:
            query = dns.message.from_wire(wire)
            if query.question[0].name.to_text(omit_final_dot=True).lower() in deaf:
                return None
            answer = zones.answer(query)
            if len(answer.to_wire()) > most:
                answer.answer.clear()
                answer.flags |= dns.flags.TC
            return answer.to_wire()

        def datagrams() -> None:
            while True:
                wire, peer = udp.recvfrom(4096)
                if not wire:
                    return
                if answer := reply(wire, cut):
                    udp.sendto(answer, peer)

        def streams() -> None:
            while True:
                stream, _ = tcp.accept()
                with stream:
                    head = stream.recv(2, socket.MSG_WAITALL)
                    if not head:
                        return
                    (length,) = struct.unpack("!H", head)
                    if answer := reply(stream.recv(length, socket.MSG_WAITALL), 65535):
                        stream.sendall(struct.pack("!H", len(answer)) + answer)

        threads = [threading.Thread(target=each, daemon=True) for each in (datagrams, streams)]
        for thread in threads:
            thread.start()
        host, port = tcp.getsockname()
        try:
            yield f"{host}:{port}"
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bell:
                bell.sendto(b"", (host, port))
            socket.create_connection((host, port)).close()
            for thread in threads:
                thread.join(10)
