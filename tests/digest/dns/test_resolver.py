"""The resolver against a DNS server on loopback that can fail in every way."""

from __future__ import annotations

import socket

import pytest
from zones import served, zones

from digest.dns import Found, Resolver
from digest.errors import UsageError


def test_what_a_server_says_is_read() -> None:
    """Text is put together from its strings, an alias is followed and named, and nothing is told from nobody."""
    with served(zones()) as server:
        resolve = Resolver(server)
        key = resolve("mail._domainkey.harbour.example", "TXT")
        assert key.values[0].startswith("v=DKIM1; k=rsa; p=MII")
        assert len(key.values[0]) > 255
        assert resolve("harbour.example", "MX") == Found(("10 mx.post.example",))
        assert resolve("reef.example", "MX") == Found(("0 .",))
        assert resolve("mx.post.example", "A") == Found(("203.0.113.25",))
        assert resolve("mail.cape.example", "A") == Found(("203.0.113.25",), canonical="mx.post.example")
        assert resolve("harbour.example", "A") == Found()
        assert resolve("nowhere.example", "TXT") == Found(exists=False)
        dangling = resolve("mail._domainkey.lemming.example", "TXT")
        assert dangling == Found(canonical="mail.lemming-example.dkim.post.example")


def test_an_answer_too_long_for_udp_comes_over_tcp() -> None:
    """A key of 4,096 bits does not fit; the whole of it is read all the same."""
    with served(zones(), cut=512) as server:
        (key,) = Resolver(server)("mail._domainkey.vole.example", "TXT").values
    assert len(key) > 700


def test_a_server_that_fails_is_no_proof_of_anything() -> None:
    """SERVFAIL is told as trouble, not as nothing."""
    with served(zones()) as server:
        assert Resolver(server)("_dmarc.lagoon.example", "TXT") == Found(trouble="SERVFAIL")


def test_a_server_that_does_not_answer_ends_in_time() -> None:
    """No answer is trouble too, and is remembered: the same question is not asked again."""
    with served(zones(), deaf=frozenset({"harbour.example"})) as server:
        resolve = Resolver(server, try_seconds=0.05, question_seconds=0.1)
        assert resolve("harbour.example", "TXT").trouble.startswith("no answer within")
        assert resolve("tide.example", "TXT").values
    assert resolve("tide.example", "TXT").values
    assert resolve("harbour.example", "TXT").trouble.startswith("no answer within")


def test_all_questions_together_end_in_time() -> None:
    """When the time for all is over nothing more is asked."""
    with served(zones()) as server:
        resolve = Resolver(server, all_seconds=0)
        assert resolve("harbour.example", "TXT").trouble == "the 0 seconds for all questions are over"


def test_nobody_listens() -> None:
    """A port without a server is trouble, no traceback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert Resolver(f"127.0.0.1:{port}", try_seconds=0.05, question_seconds=0.2)("harbour.example", "TXT").trouble


@pytest.mark.parametrize("name", ["x" * 64 + ".example", "a..example", "harbour.example." * 20])
def test_a_name_that_cannot_be_asked_for(name: str) -> None:
    """A record can lead to any name; one that is none is trouble, no traceback."""
    assert Resolver("127.0.0.1:9")(name, "TXT").trouble.startswith("cannot be asked for")


@pytest.mark.parametrize("given", ["", "ns.example", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:99999", "[::1]:x"])
def test_a_server_that_is_none(given: str) -> None:
    """Said before anything is asked."""
    with pytest.raises(UsageError, match="expected an IP address"):
        Resolver(given)


@pytest.mark.parametrize("given", ["192.0.2.1", "192.0.2.1:5353", "::1", "[::1]:5353"])
def test_a_server_with_or_without_a_port(given: str) -> None:
    """Both families are understood."""
    Resolver(given)
