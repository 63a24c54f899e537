"""The sandbox speaks SendGrid's format, with personalizations and substitutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from digest.pages.server import Server
from digest.sandbox.mailbox import Mailbox

PATH = "/v3/mail/send"


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers={"Authorization": "Bearer SG.key"}, timeout=60) as client:
        yield client


def sent(**members: Any) -> dict[str, Any]:
    return {
        "personalizations": [{"to": [{"email": "maya@example.net"}]}],
        "from": {"email": "lens@example.com", "name": "The Daily Lens"},
        "subject": "Central banks blink first",
        "content": [{"type": "text/plain", "value": "Hello"}, {"type": "text/html", "value": "<p>Hello</p>"}],
    } | members


def own(**members: Any) -> dict[str, Any]:
    return sent(personalizations=[{"to": [{"email": "maya@example.net"}]} | members])


def test_a_message_is_kept_and_answered_without_a_body(client: httpx.Client, mailbox: Mailbox) -> None:
    """202, the id in a header field; names, header fields and arguments arrive."""
    answer = client.post(
        PATH,
        json=sent(
            personalizations=[
                {
                    "to": [{"email": "maya@example.net", "name": '"Ostrander, Maya"'}],
                    "headers": {"List-Unsubscribe": "<https://digest.example.com/u/1>"},
                    "custom_args": {"delivery": "1-2-f"},
                }
            ],
            reply_to={"email": "desk@example.com"},
            tracking_settings={"click_tracking": {"enable": False, "enable_text": False}},
        ),
    )
    assert (answer.status_code, answer.content) == (202, b"")
    kept = mailbox.message(1)
    assert kept["X-SG-Message-Id"] == answer.headers["x-message-id"]
    assert kept["To"].addresses[0].display_name == "Ostrander, Maya"
    assert (kept["From"], kept["Reply-To"]) == ("The Daily Lens <lens@example.com>", "desk@example.com")
    assert (kept["List-Unsubscribe"], kept["X-Custom-Arg-delivery"]) == ("<https://digest.example.com/u/1>", "1-2-f")


def test_each_personalization_is_a_message(client: httpx.Client, mailbox: Mailbox) -> None:
    """Tags are replaced in subject and content as they are; one id stands for all."""
    readers = [
        {"to": [{"email": f"r{n}@example.net"}], "substitutions": {"-name-": f"Reader <{n}>"}} for n in range(1000)
    ]
    answer = client.post(
        PATH,
        json=sent(personalizations=readers, subject="For -name-", content=[{"type": "text/html", "value": "-name-"}]),
    )
    assert answer.status_code == 202
    assert mailbox.counts() == {f"r{n}@example.net": 1 for n in range(1000)}
    last = mailbox.message(1000)
    assert (last["Subject"], last.get_content().strip()) == ("For Reader <999>", "Reader <999>")


def test_their_sandbox_mode_keeps_nothing(client: httpx.Client, mailbox: Mailbox) -> None:
    """200 in place of 202, and no message."""
    answer = client.post(PATH, json=sent(mail_settings={"sandbox_mode": {"enable": True}}))
    assert (answer.status_code, len(mailbox)) == (200, 0)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (sent(personalizations=[]), "personalizations"),
        (sent(personalizations=[{"to": [{"email": f"r{n}@example.net"}]} for n in range(1001)]), "personalizations"),
        (sent(**{"from": {"email": "lens"}}), "from.email"),
        (sent(reply_to={"email": "desk"}), "reply_to.email"),
        (sent(subject=""), "subject"),
        (sent(content=[]), "content"),
        (sent(content=list(reversed(sent()["content"]))), "content"),
        (sent(content=[{"type": "text/plain", "value": ""}]), "content"),
        (own(to=[]), "personalizations.0.to"),
        (own(to=[{"email": "a@example.net"}, {"email": "b@example.net"}]), "personalizations.0.to"),
        (own(to=[{"email": "nobody"}]), "personalizations.0.to.0.email"),
        (own(headers={"Subject": "x"}), "personalizations.0.headers"),
        (own(headers={"X-Y": "1\r\nBcc: b@example.net"}), "personalizations.0.headers"),
        (own(custom_args={"x": "1" * 10_001}), "personalizations.0.custom_args"),
        (own(substitutions={"x": "1" * 10_001}), "personalizations.0.substitutions"),
    ],
)
def test_a_bad_request_is_refused(client: httpx.Client, mailbox: Mailbox, request_: dict[str, Any], field: str) -> None:
    """400 names the field, and nobody's message is kept."""
    answer = client.post(PATH, json=request_)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert len(mailbox) == 0


def test_a_request_without_its_key_or_its_json(client: httpx.Client, mailbox: Mailbox) -> None:
    """401, 415, 400 and 405 in the vendor's form."""
    assert client.post(PATH, json=sent(), headers={"Authorization": "Bearer"}).status_code == 401
    assert client.post(PATH, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    broken = client.post(PATH, content=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["errors"][0]["field"]) == (400, None)
    assert client.post(PATH, json=sent(cc=[])).status_code == 400
    assert client.get(PATH).json()["errors"][0]["message"] == "expected POST, not GET"
    assert len(mailbox) == 0
