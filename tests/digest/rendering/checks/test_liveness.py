"""Stories' addresses, asked over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from publisher import Publisher, Reply

from digest.fetching import Fetcher
from digest.model import Severity
from digest.rendering.checks.liveness import MOST, check_liveness


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as opened:
        opened.replies["/story"] = Reply(b"a story")
        opened.replies["/moved"] = Reply(status=301, headers={"Location": "/story"})
        opened.replies["/lost"] = Reply(status=302, headers={"Location": "/nowhere"})
        opened.replies["/gone"] = Reply(status=410)
        opened.replies["/wall"] = Reply(status=403)
        yield opened


def test_what_is_gone_is_told_apart_from_what_refuses_programs(publisher: Publisher) -> None:
    """404 and 410, also after a redirect, are dead; 403 is only recorded; what answers is no finding."""
    paths = ("/story", "/moved", "/lost", "/gone", "/wall")
    found = check_liveness([publisher.url + path for path in paths], lambda: Fetcher(near=publisher.url))
    assert [(each.code, each.severity, each.places[0].excerpt.removeprefix(publisher.url)) for each in found] == [
        ("link-dead", Severity.WARNING, "/lost"),
        ("link-dead", Severity.WARNING, "/gone"),
        ("link-unchecked", Severity.INFO, "/wall"),
    ]


def test_an_address_is_asked_once_and_not_all_of_a_flood(publisher: Publisher) -> None:
    """Repeated addresses cost one request, and no edition more than the bound."""
    urls = [f"{publisher.url}/{number}" for number in range(MOST + 20)]
    check_liveness([url for url in urls for _ in range(2)], lambda: Fetcher(near=publisher.url))
    assert sorted(publisher.paths()) == sorted(f"/{number}" for number in range(MOST))


def test_several_are_asked_at_once(publisher: Publisher) -> None:
    """Two addresses that each answer only when the other has been asked both answer."""
    asked: set[str] = set()

    def together(handler: BaseHTTPRequestHandler) -> None:
        asked.add(handler.path)
        while len(asked) < 2 and not publisher.stopping.wait(0.01):
            pass
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    publisher.replies.update({"/one": together, "/two": together})
    assert check_liveness([f"{publisher.url}/one", f"{publisher.url}/two"], lambda: Fetcher(near=publisher.url)) == ()


def test_a_slow_or_endless_answer_ends(publisher: Publisher) -> None:
    """The body is not waited for: an answer that trickles for ever is alive as soon as it has begun."""
    publisher.replies["/endless"] = publisher.trickle
    assert check_liveness([f"{publisher.url}/endless"], lambda: Fetcher(near=publisher.url)) == ()


def test_private_hosts_are_not_reached(publisher: Publisher) -> None:
    """A story that points into this network is dead for readers, and nothing is asked there."""
    (found,) = check_liveness([f"{publisher.url}/story"])
    assert found.code == "link-dead"
    assert publisher.paths() == []
