"""Whatever text is posted, the mail holds exactly the header fields that were meant, or is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import httpx
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from digest.sandbox.mailbox import Mailbox
from digest.sandbox.postmark import Posted, PostedHeader

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
ID = UUID(int=7)

words = st.text(st.characters(categories=["L", "N", "Zs", "So"]), max_size=60)
texts = words | st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
lines = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200).map(
    lambda t: " ".join(t.split())
)
FIELDS = [
    "Received", "From", "To", "Subject", "X-PM-Message-Stream", "X-Note",
    "Date", "Message-ID", "X-PM-Message-Id", "MIME-Version", "Content-Type",
]  # fmt: skip


def written(posted: Posted) -> bytes:
    return posted.mail().written(ID, NOW, trace={"X-PM-Message-Id": str(ID)})


@given(subject=texts, name=texts, note=texts, body=texts)
@example(subject="a\r\nBcc: b@example.net", name="", note="", body="")
@example(subject="=?utf-8?q?x?=", name='"', note="\\", body="\r\n.\r\nFrom \x00")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_adds_a_header_field(subject: str, name: str, note: str, body: str) -> None:
    """Hostile subjects, names, headers and bodies are refused or stay in their place; the file reads back."""
    posted = Posted(
        sender=f"{name} <lens@example.com>",
        to="maya@example.net",
        subject=subject,
        headers=[PostedHeader("X-Note", note)],
        html_body="<p>" + body,
    )
    if posted.fault(frozenset()) is not None:
        return
    with TemporaryDirectory() as folder, Mailbox(Path(folder), clock=lambda: NOW) as mailbox:
        mailbox.receive([written(posted)])
        kept = mailbox.message(1)
        assert [field for field in kept.keys() if field != "Content-Transfer-Encoding"] == FIELDS  # noqa: SIM118
        assert kept["To"] == "maya@example.net"
        assert mailbox.entry(1).recipient == "maya@example.net"
        sent = ("<p>" + body).replace("\r\n", "\n").replace("\r", "\n")
        assert kept.get_content().replace("\r\n", "\n") == sent
        assert all(len(line) <= 998 for line in mailbox.raw(1).split(b"\r\n"))


@given(subject=lines)
@settings(max_examples=200, deadline=None)
def test_plain_lines_arrive_as_they_were_written(subject: str) -> None:
    """Subjects of one line in any script come back as the same characters."""
    posted = Posted(sender="lens@example.com", to="maya@example.net", subject=subject, text_body="x")
    if "=?" in subject or posted.fault(frozenset()) is not None:
        return
    assert BytesParser(policy=policy.default).parsebytes(written(posted))["Subject"] == subject


@given(note=texts)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_kept_message_can_be_looked_at(api: httpx.Client, note: str) -> None:
    """What the API took, the inbox shows, in every view."""
    message = {"From": "lens@example.com", "To": "maya@example.net", "Subject": note, "TextBody": note or "x"}
    answer = api.post("/email", json=message | {"Headers": [{"Name": "X-Note", "Value": note}]})
    if answer.status_code == 422:
        assert answer.json()["ErrorCode"] == 300
        return
    assert answer.status_code == 200
    number = api.get("/").text.partition('href="/messages/')[2].partition('"')[0]
    for view in ("html", "text", "headers", "source"):
        assert api.get(f"/messages/{number}?view={view}").status_code == 200
