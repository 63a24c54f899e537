"""The sandbox speaks Postmark's wire format and judges strictly."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from email import policy
from email.parser import BytesParser
from typing import Any

import httpx
import pytest

from digest.pages.server import Server
from digest.sandbox.mailbox import Mailbox

Posted = Callable[..., dict[str, Any]]
SUBMITTED_AT = "2026-11-23T07:30:00+00:00"


def test_a_message_is_answered_as_postmark_answers_and_kept(
    api: httpx.Client, mailbox: Mailbox, posted: Posted
) -> None:
    """200 with the five members of the vendor's answer, and a real multipart message in the mailbox."""
    answer = api.post(
        "/email",
        json=posted(
            ReplyTo="Desk <desk@example.com>",
            Subject="Zürich: “we wait” 🕊",
            HtmlBody="<p>“Grüße”</p>\n" + "x" * 2000,
            TextBody="“Grüße”\r\n.\r\nFrom here =20\n",
            Headers=[
                {"Name": "List-Id", "Value": "The Daily Lens <daily.example.com>"},
                {"Name": "List-Unsubscribe", "Value": "<https://digest.example.com/u/" + "t" * 300 + ">"},
            ],
            Metadata={"delivery": "e1-s7"},
            Tag="daily",
            TrackOpens=False,
            TrackLinks="None",
        ),
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    body = answer.json()
    assert {name: body[name] for name in body if name != "MessageID"} == {
        "To": "maya@example.net",
        "SubmittedAt": SUBMITTED_AT,
        "ErrorCode": 0,
        "Message": "OK",
    }
    raw = mailbox.raw(1)
    assert all(len(line) <= 998 and not line.endswith(b"\r") for line in raw.split(b"\r\n"))
    assert raw.partition(b"\r\n\r\n")[0].isascii()
    kept = mailbox.message(1)
    assert kept.defects == []
    assert kept["From"] == "The Daily Lens <lens@example.com>"
    assert kept["Reply-To"] == "Desk <desk@example.com>"
    assert kept["Subject"] == "Zürich: “we wait” 🕊"
    assert kept["List-Unsubscribe"] == "<https://digest.example.com/u/" + "t" * 300 + ">"
    assert kept["X-PM-Metadata-delivery"] == "e1-s7"
    assert kept["X-PM-Message-Id"] == body["MessageID"]
    assert kept["Date"].datetime.isoformat() == SUBMITTED_AT
    bodies = [part.get_content().replace("\r\n", "\n") for part in kept.iter_parts()]
    assert bodies == ["“Grüße”\n.\nFrom here =20\n", "<p>“Grüße”</p>\n" + "x" * 2000]


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({}, None),
        ({"Message-ID": "<mine@example.com>"}, None),
        ({"Message-ID": "<mine@example.com>", "X-PM-KeepID": "true"}, "<mine@example.com>"),
    ],
)
def test_a_message_id_is_replaced_unless_told_to_keep_it(
    api: httpx.Client, mailbox: Mailbox, posted: Posted, headers: dict[str, str], kept: str | None
) -> None:
    """As at Postmark, only X-PM-KeepID saves a Message-ID of our own; the instruction itself is not passed on."""
    answer = api.post("/email", json=posted(Headers=[{"Name": name, "Value": headers[name]} for name in headers]))
    message = mailbox.message(1)
    assert message.get_all("Message-ID") == [kept or f"<{answer.json()['MessageID']}@sandbox.invalid>"]
    assert message["X-PM-KeepID"] is None


def test_a_batch_is_answered_in_order_one_by_one(api: httpx.Client, mailbox: Mailbox, posted: Posted) -> None:
    """Good and bad messages of a batch each have their own result, in the order of the request, under one 200."""
    answer = api.post(
        "/email/batch",
        json=[
            posted(To="a@example.net"),
            posted(To="not an address"),
            posted(To="reject+full@example.net"),
            posted(To="Gone <Gone@example.net>"),
            posted(To="b@example.net"),
        ],
    )
    assert answer.status_code == 200
    results = answer.json()
    assert [result["ErrorCode"] for result in results] == [0, 300, 406, 406, 0]
    assert [result.get("To") for result in results] == ["a@example.net", None, None, None, "b@example.net"]
    assert "Found inactive addresses: reject+full@example.net." in results[2]["Message"]
    assert results[0]["MessageID"] != results[4]["MessageID"]
    assert mailbox.counts() == {"a@example.net": 1, "b@example.net": 1}


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"From": ""}, "From"),
        ({"From": "lens"}, "From"),
        ({"To": ""}, "To"),
        ({"To": "a@example.net, b@example.net"}, "To"),
        ({"To": "a@example.net\r\nBcc: b@example.net"}, "To"),
        ({"To": "@example.net"}, "To"),
        ({"To": "a b@example.net"}, "To"),
        ({"To": "a@example"}, "To"),
        ({"ReplyTo": "nobody"}, "ReplyTo"),
        ({"HtmlBody": "", "TextBody": ""}, "TextBody or HtmlBody"),
        ({"Subject": "a\nb"}, "Subject"),
        ({"Subject": "a\u2028b"}, "Subject"),
        ({"Subject": "x" * 2001}, "Subject"),
        ({"Headers": [{"Name": "To", "Value": "b@example.net"}]}, "Header 'To'"),
        ({"Headers": [{"Name": "Content-Type", "Value": "text/html"}]}, "Header 'Content-Type'"),
        ({"Headers": [{"Name": "X Y", "Value": "1"}]}, "Header 'X Y'"),
        ({"Headers": [{"Name": "X-Y", "Value": "1\r\nBcc: b@example.net"}]}, "X-Y"),
        ({"Headers": [{"Name": "X-Y", "Value": "1" * 994}]}, "longer than a line"),
        ({"Metadata": {"x" * 21: "1"}}, "Metadata"),
        ({"Metadata": {"x": "1" * 81}}, "Metadata"),
        ({"Metadata": {"x": "1\n2"}}, "X-PM-Metadata-x"),
        ({"Metadata": {str(n): "1" for n in range(11)}}, "at most 10"),
    ],
)
def test_a_bad_message_is_refused_with_its_reason(
    api: httpx.Client, mailbox: Mailbox, posted: Posted, members: dict[str, Any], word: str
) -> None:
    """422 and ErrorCode 300 name what is wrong, and nothing is kept."""
    answer = api.post("/email", json=posted(**members))
    assert answer.status_code == 422
    assert answer.json()["ErrorCode"] == 300
    assert word in answer.json()["Message"]
    assert len(mailbox) == 0


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/email", b"", 402),
        ("/email", b"{", 402),
        ("/email", b'{"To": "\xff"}', 402),
        ("/email", b'{"To": "\\ud800"}', 402),
        ("/email", b"[]", 403),
        ("/email", b'{"To": 1}', 403),
        ("/email", b'{"HTMLBody": "x"}', 403),
        ("/email", b'{"Headers": [{"name": "X", "value": "y"}]}', 403),
        ("/email", b'{"TrackLinks": "Some"}', 403),
        ("/email/batch", b"{}", 403),
        ("/email/batch", b'[{"Cc": "a@example.net"}]', 403),
        ("/email/batch", b"[" * 100_000, 403),
        ("/email/batch", json.dumps([{}] * 501).encode(), 410),
    ],
)
def test_what_is_not_the_vendors_json_is_refused_whole(
    api: httpx.Client, mailbox: Mailbox, path: str, body: bytes, code: int
) -> None:
    """Broken JSON, unknown members, wrong types and too many messages are 422 with the vendor's ErrorCode."""
    answer = api.post(path, content=body)
    assert (answer.status_code, answer.json()["ErrorCode"]) == (422, code)
    assert len(mailbox) == 0


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"X-Postmark-Server-Token": ""}, 401, 10),
        ({"Accept": "*/*"}, 422, 409),
        ({"Content-Type": "text/plain"}, 422, 409),
    ],
)
def test_a_request_without_its_headers_is_refused(
    api: httpx.Client, mailbox: Mailbox, posted: Posted, change: dict[str, str], status: int, code: int
) -> None:
    """No token is 401 with ErrorCode 10; other types than JSON are ErrorCode 409."""
    answer = api.post("/email", content=json.dumps(posted()), headers=change)
    assert (answer.status_code, answer.json()["ErrorCode"]) == (status, code)
    assert len(mailbox) == 0


def test_too_large_a_request_is_refused(api: httpx.Client, mailbox: Mailbox, posted: Posted) -> None:
    """More than 10 MB in one message is 413, and nothing is kept."""
    answer = api.post("/email", json=posted(HtmlBody="x" * 10_000_000))
    assert answer.status_code == 413
    assert "10,000,000" in answer.json()["Message"]
    assert len(mailbox) == 0


@pytest.mark.parametrize("path", ["/email", "/email/batch"])
def test_other_methods_are_answered_in_json(api: httpx.Client, path: str) -> None:
    """A GET of the API is 405 in JSON, never a page."""
    answer = api.get(path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json()["ErrorCode"] == 0


def test_a_full_disk_is_an_error_of_the_server(api: httpx.Client, mailbox: Mailbox, posted: Posted) -> None:
    """What cannot be stored is 500 in JSON, so that no sender takes it for accepted."""
    api.post("/email", json=posted())
    (mailbox.folder / "00000002.draft").mkdir()
    answer = api.post("/email/batch", json=[posted()])
    assert answer.status_code == 500
    assert "cannot write" in answer.json()["Message"]
    assert len(mailbox) == 1


def test_a_request_that_ends_early_is_not_kept(server: Server, mailbox: Mailbox, posted: Posted) -> None:
    """A connection that dies in the middle of the body leaves nothing behind."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(
            b"POST /email HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Postmark-Server-Token: t\r\nAccept: application/json\r\n"
            b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n" + json.dumps(posted()).encode()
        )
        wire.shutdown(socket.SHUT_WR)
        wire.recv(1000)
    assert len(mailbox) == 0


def test_a_batch_of_500_arrives_whole(api: httpx.Client, mailbox: Mailbox, posted: Posted) -> None:
    """The largest batch is kept in full: one message for each recipient, readable by a mail parser."""
    batch = [posted(To=f"r{n}@example.net", HtmlBody="<p>“x”</p>" * 500) for n in range(500)]
    results = api.post("/email/batch", json=batch).json()
    assert {result["ErrorCode"] for result in results} == {0}
    assert mailbox.counts() == {f"r{n}@example.net": 1 for n in range(500)}
    last = BytesParser(policy=policy.default).parsebytes(mailbox.raw(500))
    assert last["To"] == "r499@example.net"
