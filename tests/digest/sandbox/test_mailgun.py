"""The sandbox speaks Mailgun's format, with recipient variables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from digest.pages.server import Server
from digest.sandbox.mailbox import Mailbox

PATH = "/v3/mg.example.com/messages"


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, auth=("api", "key"), timeout=60) as client:
        yield client


def form(**members: Any) -> dict[str, tuple[None, str]]:
    """Fields of a multipart form, as the vendor documents them."""
    fields = {
        "from": "The Daily Lens <lens@example.com>",
        "to": "maya@example.net",
        "subject": "Central banks blink first",
        "text": "Hello",
        "html": "<p>Hello</p>",
    } | members
    return {name: (None, value) for name, value in fields.items() if value is not None}


def test_a_message_is_kept_and_answered_with_its_id(client: httpx.Client, mailbox: Mailbox) -> None:
    """Header fields, the reply address and variables arrive; the id is the Message-ID in its domain."""
    answer = client.post(
        PATH,
        files=form(
            to="Maya Ö <maya@example.net>",
            html="<p>“Grüße” 100%</p>" + "x" * 1_200_000,
            **{
                "h:Reply-To": "desk@example.com",
                "h:X-Note": "%recipient.x%",
                "v:delivery": "1-2-f",
                "o:tracking": "no",
            },
        ),
    )
    assert answer.status_code == 200
    assert answer.json()["message"] == "Queued. Thank you."
    kept = mailbox.message(1)
    assert kept["Message-ID"] == answer.json()["id"]
    assert answer.json()["id"].endswith("@mg.example.com>")
    assert (kept["To"], kept["Reply-To"]) == ("Maya Ö <maya@example.net>", "desk@example.com")
    assert (kept["X-Note"], kept["X-Mailgun-Variable-delivery"]) == ("%recipient.x%", "1-2-f")
    html = kept.get_body(("html",))
    assert html is not None
    assert html.get_content().startswith("<p>“Grüße” 100%</p>xxx")


def test_each_reader_has_a_message_of_their_own(client: httpx.Client, mailbox: Mailbox) -> None:
    """Variables are put in as they are, in subject, bodies and header fields; one id stands for all."""
    variables = {f"r{n}@example.net": {"name": f"Reader {n}", "id": n} for n in range(1000)}
    data = {name: value for name, (_, value) in form(to=None).items()}
    data |= {
        "subject": "For %recipient.name%",
        "text": "%recipient.id%, %recipient%, %recipient.nothing%",
        "v:delivery": "%recipient.id%",
        "recipient-variables": json.dumps(variables),
    }
    answer = client.post(PATH, data=data | {"to": list(variables)})
    assert answer.status_code == 200
    assert mailbox.counts() == dict.fromkeys(variables, 1)
    last = mailbox.message(1000)
    assert (last["Subject"], last["X-Mailgun-Variable-delivery"]) == ("For Reader 999", "999")
    text = last.get_body(("plain",))
    assert text is not None
    assert text.get_content().strip() == "999, r999@example.net, %recipient.nothing%"
    assert last["Message-ID"] == answer.json()["id"] == mailbox.message(1)["Message-ID"]


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"from": None}, "from parameter is missing"),
        ({"to": None}, "to parameter is missing"),
        ({"text": None, "html": None}, "Need at least one of"),
        ({"from": "lens"}, "from parameter is not a valid address"),
        ({"to": "nobody"}, "'to' parameter is not a valid address"),
        ({"to": "a@example.net, b@example.net"}, "'to' parameter is not a valid address"),
        ({"cc": "b@example.net"}, "'cc' is no parameter"),
        ({"h:To": "b@example.net"}, "'h:To' is not a header"),
        ({"h:X-Y": "1\r\nBcc: b@example.net"}, "X-Y"),
        ({"h:X-Y": "1" * 16_001}, "16,000 bytes"),
        ({"recipient-variables": "{"}, "not valid JSON"),
        ({"subject": "a\nb"}, "Subject"),
    ],
)
def test_a_bad_message_is_refused(client: httpx.Client, mailbox: Mailbox, members: dict[str, Any], word: str) -> None:
    """400 in the vendor's words, and nothing is kept."""
    answer = client.post(PATH, files=form(**members))
    assert answer.status_code == 400
    assert word in answer.json()["message"]
    assert len(mailbox) == 0


@pytest.mark.parametrize(
    ("readers", "variables", "word"),
    [
        (["a@example.net", "b@example.net"], {}, "all would see each other"),
        (["a@example.net", "b@example.net"], {"a@example.net": {}}, "all would see each other"),
        ([f"r{n}@example.net" for n in range(1001)], {f"r{n}@example.net": {} for n in range(1001)}, "limit of 1000"),
        (["a@example.net", "nobody"], {"a@example.net": {}}, "not a valid address"),
    ],
)
def test_readers_who_do_not_go_together(
    client: httpx.Client, mailbox: Mailbox, readers: list[str], variables: dict[str, Any], word: str
) -> None:
    """Too many, one that is none, or some who would see the others: nobody is written to."""
    data = {"from": "lens@example.com", "text": "x", "recipient-variables": json.dumps(variables), "to": readers}
    answer = client.post(PATH, data=data)
    assert (answer.status_code, len(mailbox)) == (400, 0)
    assert word in answer.json()["message"]


def test_a_request_without_its_key_or_its_form(client: httpx.Client, mailbox: Mailbox) -> None:
    """401 in plain text, as there; a file, a broken form and another method in the vendor's form."""
    anonymous = client.post(PATH, files=form(), auth=("user", "key"))
    assert (anonymous.status_code, anonymous.text) == (401, "Forbidden")
    attached = client.post(PATH, files=form() | {"attachment": ("a.txt", b"x")})  # type: ignore[dict-item]
    assert (attached.status_code, "attachments" in attached.json()["message"]) == (400, True)
    broken = client.post(PATH, content=b"--x", headers={"Content-Type": "multipart/form-data; boundary=y"})
    assert broken.status_code == 400
    assert client.get(PATH).json()["message"] == "expected POST, not GET"
    assert client.post("/v3/mg.example.com/nothing").json()["message"]
    assert len(mailbox) == 0
