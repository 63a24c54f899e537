"""Leaving: any POST to the link, no other method, durable before it is answered."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import select, text

from digest.pages.server import Server
from digest.storage.engine import Database
from subscribers import suppression
from subscribers.model import SuppressionReason
from subscribers.tables import consents, subscriptions
from subscribers.tokens import UnsubscribeTokens

ONE_CLICK = "List-Unsubscribe=One-Click"
MULTIPART = (
    '--edge\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--edge--\r\n',
    "multipart/form-data; boundary=edge",
)
OLD_KEY = "the old key, which signs no more"
FORM = "application/x-www-form-urlencoded"


def state(database: Database) -> tuple[str, list[tuple[str, str]]]:
    """Maya's subscription, and the consent log's events with their sources."""
    with database.read() as connection:
        now = connection.scalars(select(subscriptions.c.state)).one()
        log = connection.execute(select(consents.c.event, consents.c.source).order_by(consents.c.id)).all()
    return now, [(row.event, row.source) for row in log]


STAYS = ("active", [("subscribed", "import")])
LEFT_BY_ONE_CLICK = ("unsubscribed", [("subscribed", "import"), ("unsubscribed", "one-click")])
LEFT_BY_PAGE = ("unsubscribed", [("subscribed", "import"), ("unsubscribed", "page")])


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        MULTIPART,
        (ONE_CLICK, FORM),
        (ONE_CLICK, FORM + "; charset=UTF-8"),
        (ONE_CLICK, None),
        (ONE_CLICK, "text/plain"),
        ("", None),
        ("", FORM),
        ("", "multipart/form-data"),
        ("--wrong", "multipart/form-data; boundary=edge"),
        ("by=", FORM),
        (json.dumps({"by": "page"}), "application/json"),
        ("\x00\xff%zz&&==", FORM),
        ("by=page", "not/a/type;;;="),
    ],
)
def test_one_click_needs_nothing_but_a_post(
    client: httpx.Client, database: Database, token: str, body: str, content_type: str | None
) -> None:
    """Both encodings of RFC 8058, and any other body, leave at once: 200, no redirect, no cookie, a short answer."""
    headers = {"Content-Type": content_type} if content_type else {}
    answer = client.post(f"/u/{token}", content=body.encode("latin-1"), headers=headers)
    assert (answer.status_code, answer.text) == (200, "Unsubscribed.\n")
    assert "set-cookie" not in answer.headers
    assert state(database) == LEFT_BY_ONE_CLICK


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /u/%b HTTP/1.0\r\n\r\n",
        b"POST /u/%b HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 26\r\n\r\n"
        b"List-Unsubscribe=One-Click",
        b"POST /u/%b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1a\r\nList-Unsubscribe=One-Click\r\n0\r\n\r\n",
        b"POST /u/%b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: https://mail.example\r\n"
        b"Cookie: a=b\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_old_and_odd_clients_leave_too(server: Server, database: Database, token: str, request_bytes: bytes) -> None:
    """HTTP/1.0 without a Host, chunked bodies and foreign origins are served like anybody."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(request_bytes.replace(b"%b", token.encode()))
        answer = b"".join(iter(lambda: wire.recv(65536), b""))
    assert answer.split(b"\r\n", 1)[0].split()[1] == b"200"
    assert state(database) == LEFT_BY_ONE_CLICK


def test_a_post_is_never_redirected(client: httpx.Client, database: Database, token: str) -> None:
    """An address with a slash too many is no address of ours; RFC 8058 3.1 forbids to send the mail program on."""
    answer = client.post(f"/u/{token}/", content=ONE_CLICK)
    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert state(database) == STAYS


def test_a_hundred_clicks_are_one(client: httpx.Client, database: Database, token: str) -> None:
    """Repeating the click is harmless and adds nothing to the consent log."""
    for _ in range(100):
        assert client.post(f"/u/{token}", content=ONE_CLICK).status_code == 200
    assert state(database) == LEFT_BY_ONE_CLICK


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/u/{token}", "/u/{token}?List-Unsubscribe=One-Click", "/u/{token}/return"])
def test_nothing_but_post_changes_anything(
    client: httpx.Client, database: Database, token: str, method: str, path: str
) -> None:
    """Scanners may open the link with any method as often as they like; the reader stays, and is shown no redirect."""
    for _ in range(20):
        answer = client.request(method, path.format(token=token), content=ONE_CLICK)
        assert answer.status_code in {200, 405}
    assert state(database) == STAYS


def test_the_page_asks_and_its_button_leaves(client: httpx.Client, database: Database, token: str) -> None:
    """GET names newsletter and address, escaped and mostly hidden; the button's form is answered with a page."""
    page = client.get(f"/u/{token}")
    assert page.status_code == 200
    assert "Leave The Daily &lt;Lens&gt;?" in page.text
    assert "m•••@example.net" in page.text
    assert "maya" not in page.text.lower()
    done = client.post(f"/u/{token}", data={"by": "page"})
    assert done.status_code == 200
    assert "You have left The Daily &lt;Lens&gt;" in done.text
    assert state(database) == LEFT_BY_PAGE
    assert "You do not get The Daily &lt;Lens&gt;" in client.get(f"/u/{token}").text


def test_a_mistake_is_undone_by_a_button_with_a_line_in_the_log(
    client: httpx.Client, database: Database, token: str
) -> None:
    """Coming back takes a POST of its own and is recorded as the reader's wish."""
    client.post(f"/u/{token}", content=ONE_CLICK)
    answer = client.post(f"/u/{token}/return")
    assert answer.status_code == 200
    assert "Welcome back" in answer.text
    now, log = state(database)
    assert now == "active"
    assert log[-1] == ("subscribed", "page")


def test_a_barred_address_does_not_come_back(client: httpx.Client, database: Database, token: str) -> None:
    """Somebody who complained stays suppressed whatever button is pressed."""
    with database.write() as connection:
        suppression.suppress(
            connection,
            address="maya@example.net",
            reason=SuppressionReason.COMPLAINED,
            at=datetime(2026, 11, 23, tzinfo=UTC),
            detail="test",
        )
    answer = client.post(f"/u/{token}/return")
    assert answer.status_code == 200
    assert "We cannot send you" in answer.text


def test_who_is_not_on_the_roll_gets_the_same_answers(client: httpx.Client, database: Database, token: str) -> None:
    """A reader who is no longer on the roll gets the same answers, and nothing is written."""
    with database.write() as connection:
        connection.execute(subscriptions.delete())
    assert "no longer on our roll" in client.get(f"/u/{token}").text
    assert client.post(f"/u/{token}", content=ONE_CLICK).status_code == 200
    with database.read() as connection:
        assert connection.execute(select(subscriptions)).all() == []


@pytest.mark.parametrize("kind", ["cut", "tampered", "another purpose", "long", "no signature", "not ASCII"])
def test_a_bad_token_is_told_nothing(client: httpx.Client, database: Database, token: str, kind: str) -> None:
    """Every token that is not ours gets the same 404, for GET and POST alike, whatever is wrong with it."""
    bad = {
        "cut": token[:-1],
        "tampered": ("A" if token[0] != "A" else "B") + token[1:],
        "another purpose": token.partition(".")[0] + "." + "A" * 43,
        "long": "A" * 5000,
        "no signature": "a.",
        "not ASCII": "%C3%A9%00%F0%9F%95%8A",
    }[kind]
    reference = client.get("/u/nonsense")
    assert reference.status_code == 404
    for answer in (
        client.get(f"/u/{bad}"),
        client.post(f"/u/{bad}", content=ONE_CLICK),
        client.post(f"/u/{bad}", data={"by": "page"}),
        client.post(f"/u/{bad}/return"),
    ):
        assert (answer.status_code, answer.text) == (404, reference.text)
    assert state(database) == STAYS


def test_a_huge_body_is_refused_before_it_is_read_whole(client: httpx.Client, database: Database, token: str) -> None:
    """A body of a megabyte is 413 and changes nothing."""
    assert client.post(f"/u/{token}", content=b"x" * 1_000_000).status_code == 413
    assert state(database) == STAYS


def test_token_pages_leak_nothing(client: httpx.Client, token: str, caplog: pytest.LogCaptureFixture) -> None:
    """Answers are not stored, indexed or referred from, and no log line holds the token or the address."""
    caplog.set_level(0)
    for answer in (client.get(f"/u/{token}"), client.post(f"/u/{token}"), client.get("/u/x"), client.post("/u/x")):
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not [line for line in ours if token in line or "maya" in line]


def test_without_a_commit_nobody_is_told_that_they_left(client: httpx.Client, database: Database, token: str) -> None:
    """When the consent log cannot be written, the answer is 503 with Retry-After, and the reader has not left."""
    with database.write() as connection:
        connection.execute(text("ALTER TABLE consents RENAME TO away"))
    for answer in (client.post(f"/u/{token}", content=ONE_CLICK), client.post(f"/u/{token}", data={"by": "page"})):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "120"
        assert "consents" not in answer.text
    with database.write() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO consents"))
    assert state(database) == STAYS


def test_a_link_signed_with_a_retired_key_still_works(client: httpx.Client, database: Database) -> None:
    """Readers hold links for years: an old key goes on verifying after a new one signs."""
    old = UnsubscribeTokens([OLD_KEY]).make(1, "daily")
    assert client.post(f"/u/{old}", content=ONE_CLICK).status_code == 200
    assert state(database) == LEFT_BY_ONE_CLICK
