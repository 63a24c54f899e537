"""The guarded fetcher over real sockets: what it refuses, and what it bounds."""

from __future__ import annotations

import gzip
import ipaddress
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from publisher import Publisher, Reply

from digest.errors import SourceError
from digest.fetching import LARGEST, Fetcher

ANY = "*/*"


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as opened:
        yield opened


def v4_forms(address: str) -> list[str]:
    """The notations in which programs have taken an IPv4 address."""
    number = int(ipaddress.IPv4Address(address))
    a, b, c, d = number.to_bytes(4, "big")
    return [
        address,
        address + ".",
        str(number),
        hex(number),
        f"0{number:o}",
        f"0x{a:02x}.0x{b:02x}.0x{c:02x}.0x{d:02x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"000{a:o}.{b}.{c}.{d}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"0x{a:x}.{b}.0{number & 0xFFFF:o}",
        f"[::ffff:{address}]",
        f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]",
        f"[0:0:0:0:0:ffff:{address}]",
        f"[::{address}]",
        f"[64:ff9b::{address}]",
        f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::1]",
        f"[2001:0:{number >> 16:x}:{number & 0xFFFF:x}::]",
    ]


PRIVATE = [
    form
    for address in (
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0",  # noqa: S104 - not bound, but refused
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
    )
    for form in v4_forms(address)
] + [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.1",
    "0",
    "0x7f.1",
    "017700000001",
    "127.255.255.254",
    "１２７.０.０.１",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "192.0.2.7",
    "198.51.100.7",
    "203.0.113.7",
    "168.63.129.16",
    "192.88.99.1",
    "240.0.0.1",
    "[::]",
    "[::1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "[ff02::1]",
    "[fec0::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[2001:2::1]",
    "[2001:10::1]",
    "[100::1]",
    "[64:ff9b:1::7f00:1]",
    "[5f00::1]",
]


def test_there_are_two_hundred_forms() -> None:
    """The list below has as many different forms as the rule asks for."""
    assert len(set(PRIVATE)) >= 200


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_in_any_notation(host: str, publisher: Publisher) -> None:
    """None is connected to: what leads to this machine would reach the publisher, and it hears nothing."""
    with Fetcher() as fetcher, pytest.raises(SourceError) as refused:
        fetcher.get(f"http://{host}:{publisher.port}/", accept=ANY)
    assert "took too long" not in str(refused.value)
    assert publisher.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "localhost", "[::ffff:127.0.0.1]"])
def test_the_forms_above_would_reach_this_machine(host: str, publisher: Publisher) -> None:
    """The same forms are connected to once the operator allows them, so the refusals above prove something."""
    publisher.replies["/"] = Reply(b"here")
    url = f"http://{host}:{publisher.port}/"
    with Fetcher(near=url) as fetcher:
        assert fetcher.get(url, accept=ANY).body == b"here"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("file:///etc/passwd", "expected an address that begins with https://"),
        ("gopher://127.0.0.1/", "expected an address that begins with https://"),
        ("ftp://news.example/", "expected an address that begins with https://"),
        ("//news.example/", "expected an address that begins with https://"),
        ("news", "expected an address that begins with https://"),
        ("", "expected an address that begins with https://"),
        ("http://", "expected an address that begins with https://"),
        ("http://user:secret@news.example/", "holds a user name or password"),
        ("http://news.example@127.0.0.1/", "holds a user name or password"),
        ("http://news.example:99999/", "is not an address"),
        ("http://[::1", "is not an address"),
        ("http://a\nb/", "is not an address"),
    ],
)
def test_what_is_no_address(url: str, expected: str) -> None:
    """Other schemes, user names and broken addresses are refused without a look-up, and a password is not repeated."""

    def ask(host: str, port: int) -> list[str]:
        raise AssertionError("nothing is to be looked up")

    with Fetcher(ask=ask) as fetcher, pytest.raises(SourceError, match=expected) as refused:
        fetcher.get(url, accept=ANY)
    assert "secret" not in str(refused.value)


def test_a_name_that_leads_here(publisher: Publisher) -> None:
    """A public name with a private address is refused before anything is sent."""
    with (
        Fetcher(ask=lambda host, port: ["127.0.0.1"]) as fetcher,
        pytest.raises(SourceError, match=r"news\.example is 127\.0\.0\.1"),
    ):
        fetcher.get(f"http://news.example:{publisher.port}/", accept=ANY)
    assert publisher.asked == []


def test_a_name_that_changes_its_answer(publisher: Publisher) -> None:
    """The checked address is the one connected to, and the next connection has its answer checked again."""
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    publisher.replies["/"] = Reply(b"here", headers={"Connection": "close"})
    url = f"http://news.example:{publisher.port}/"
    with Fetcher(near=url, ask=lambda host, port: answers.pop(0)) as fetcher:
        assert fetcher.get(url, accept=ANY).body == b"here"
        assert len(answers) == 1, "one look-up for one connection"
        with pytest.raises(SourceError, match=r"news\.example is 169\.254\.169\.254"):
            fetcher.get(url, accept=ANY)
    assert [headers["Host"] for _, headers in publisher.asked] == [f"news.example:{publisher.port}"]


def test_a_redirect_to_a_private_address(publisher: Publisher) -> None:
    """Each redirect is checked anew: another port of this machine, metadata and a name for either are refused."""
    with Publisher() as other:
        for number, target in enumerate(
            [
                f"{other.url}/secret",
                f"http://localhost:{other.port}/secret",
                "http://169.254.169.254/latest/meta-data/",
                f"http://2130706433:{other.port}/",
                f"//[::ffff:127.0.0.1]:{other.port}/",
            ]
        ):
            publisher.replies[f"/{number}"] = Reply(status=302, headers={"Location": target})
            with (
                Fetcher(near=publisher.url) as fetcher,
                pytest.raises(SourceError, match="not an address of the public"),
            ):
                fetcher.get(f"{publisher.url}/{number}", accept=ANY)
        assert other.asked == []


def test_redirects(publisher: Publisher) -> None:
    """Up to five are followed, relative ones too; the sixth, other schemes and user names are not."""
    for number in range(6):
        publisher.replies[f"/{number}"] = Reply(status=301, headers={"Location": str(number + 1)})
    publisher.replies["/6"] = Reply(b"end")
    publisher.replies["/file"] = Reply(status=302, headers={"Location": "file:///etc/passwd"})
    publisher.replies["/user"] = Reply(status=302, headers={"Location": f"http://u:p@127.0.0.1:{publisher.port}/6"})
    publisher.replies["/lost"] = Reply(b"no place", status=302)
    with Fetcher(near=publisher.url) as fetcher:
        found = fetcher.get(f"{publisher.url}/1#part", accept=ANY)
        assert (found.body, found.url) == (b"end", f"{publisher.url}/6")
        with pytest.raises(SourceError, match="redirects more than 5 times"):
            fetcher.get(f"{publisher.url}/0", accept=ANY)
        with pytest.raises(SourceError, match="begins with https"):
            fetcher.get(f"{publisher.url}/file", accept=ANY)
        with pytest.raises(SourceError, match="user name"):
            fetcher.get(f"{publisher.url}/user", accept=ANY)
        with pytest.raises(SourceError, match="answered 302"):
            fetcher.get(f"{publisher.url}/lost", accept=ANY)


def test_sizes(publisher: Publisher) -> None:
    """As many bytes as allowed pass, sent or unpacked; one more does not, and a bomb is stopped at the limit."""
    publisher.replies["/most"] = Reply(b"x" * LARGEST, packed=True)
    publisher.replies["/plain"] = Reply(b"x" * (LARGEST + 1))
    publisher.replies["/packed"] = Reply(b"x" * (LARGEST + 1), packed=True)
    publisher.replies["/bomb"] = Reply(b"\0" * 500_000_000, packed=True)
    with Fetcher(near=publisher.url) as fetcher:
        assert len(fetcher.get(f"{publisher.url}/most", accept=ANY).body) == LARGEST
        for path in ("/plain", "/packed", "/bomb"):
            with pytest.raises(SourceError, match="has more than 5,000,000 bytes"):
                fetcher.get(publisher.url + path, accept=ANY)


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"Content-Encoding": "br"}, b"x", "packed as 'br'"),
        ({"Content-Encoding": "gzip, gzip"}, b"x", "packed as 'gzip, gzip'"),
        ({"Content-Encoding": "gzip"}, b"not gzip", "not the gzip that it says it is"),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"x" * 999, mtime=0)[:-4], "not one whole gzip"),
        (
            {"Content-Encoding": "gzip"},
            gzip.compress(b"x", mtime=0) + gzip.compress(b"y", mtime=0),
            "not one whole gzip",
        ),
    ],
)
def test_packing(publisher: Publisher, headers: dict[str, str], body: bytes, expected: str) -> None:
    """What cannot be unpacked whole is refused, not read as far as it goes."""
    publisher.replies["/"] = Reply(body, headers=headers)
    with Fetcher(near=publisher.url) as fetcher, pytest.raises(SourceError, match=expected):
        fetcher.get(publisher.url, accept=ANY)


def test_slow_answers(publisher: Publisher) -> None:
    """A page that trickles is cut off; redirects share the time of one address, and addresses that of the fetcher."""
    publisher.replies["/slow"] = publisher.trickle
    publisher.replies["/to"] = Reply(status=302, headers={"Location": "/slow"})
    publisher.replies["/quick"] = Reply(b"x")
    for path in ("/slow", "/to"):
        with Fetcher(near=publisher.url, seconds=0.3) as fetcher, pytest.raises(SourceError, match="took too long"):
            fetcher.get(publisher.url + path, accept=ANY)
    with Fetcher(near=publisher.url, all_seconds=0.3) as fetcher:
        assert fetcher.get(f"{publisher.url}/quick", accept=ANY).body == b"x"
        with pytest.raises(SourceError, match="took too long"):
            fetcher.get(f"{publisher.url}/slow", accept=ANY)
        with pytest.raises(SourceError, match="took too long"):
            fetcher.get(f"{publisher.url}/quick", accept=ANY)


def test_what_is_asked_and_answered(publisher: Publisher) -> None:
    """The request names us, asks for gzip only, sends the conditions and no cookie that was set before."""
    publisher.replies["/"] = Reply(
        b"\xa3",
        kind="Text/HTML; charset=ISO-8859-1",
        headers={"ETag": '"a"', "Last-Modified": "L", "Set-Cookie": "a=b"},
    )
    with Fetcher(near=publisher.url) as fetcher:
        first = fetcher.get(publisher.url, accept="text/html")
        again = fetcher.get(publisher.url, accept="text/html", etag='"a"', last_modified="L")
    assert (first.status, first.media_type, first.charset, first.body) == (200, "text/html", "iso-8859-1", b"\xa3")
    assert (first.etag, first.last_modified) == ('"a"', "L")
    assert (again.status, again.body) == (304, b"")
    headers = publisher.asked[1][1]
    assert headers["User-Agent"].startswith("quicktakes/")
    assert headers["Accept-Encoding"] == "gzip"
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"a"', "L")
    assert "Cookie" not in headers


@pytest.mark.parametrize("tag", ['"caf\xe9"', "a\tb", "x" * 5_000])
def test_tags_that_cannot_be_sent_back(publisher: Publisher, tag: str) -> None:
    """An ETag that would spoil the next request is not remembered."""
    publisher.replies["/"] = Reply(b"words", headers={"ETag": tag})
    with Fetcher(near=publisher.url) as fetcher:
        assert fetcher.get(publisher.url, accept=ANY).etag is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [(404, "is gone"), (410, "is gone"), (403, "refuses to be read"), (304, "answered 304"), (503, "tried again")],
)
def test_statuses(publisher: Publisher, status: int, expected: str) -> None:
    """An answer that brings nothing says why; 304 is one to whoever did not ask for it."""
    publisher.replies["/"] = Reply(b"words", status=status)
    with Fetcher(near=publisher.url) as fetcher, pytest.raises(SourceError, match=expected):
        fetcher.get(publisher.url, accept=ANY)


def test_a_server_that_is_not_there_or_speaks_nonsense(publisher: Publisher) -> None:
    """A closed port and an answer that is no HTTP are told with the address."""

    def nonsense(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"220 mail.example ESMTP\r\n")

    publisher.replies["/"] = nonsense
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/"
    for url in (closed, publisher.url):
        with Fetcher(near=url) as fetcher, pytest.raises(SourceError, match=r"127\.0\.0\.1.* cannot be fetched"):
            fetcher.get(url, accept=ANY)


def test_a_status_is_that_of_the_last_address(publisher: Publisher) -> None:
    """Whatever it is, after its redirects, without waiting for a body that never ends; a private host stays refused."""
    publisher.replies["/moved"] = Reply(status=302, headers={"Location": "/wall"})
    publisher.replies["/wall"] = Reply(status=403)
    publisher.replies["/endless"] = publisher.trickle
    with Fetcher(near=publisher.url) as fetcher:
        paths = ("/moved", "/nowhere", "/endless")
        assert [fetcher.status(publisher.url + path) for path in paths] == [403, 404, 200]
    with Fetcher() as fetcher, pytest.raises(SourceError, match="public"):
        fetcher.status(f"{publisher.url}/wall")
