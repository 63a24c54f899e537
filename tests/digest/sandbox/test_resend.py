"""The sandbox speaks Resend's format, with its idempotency keys and its two ways to judge a batch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from digest.pages.server import Server
from digest.sandbox.app import sandbox_app
from digest.sandbox.mailbox import Mailbox
from digest.storage.media import Media

PERMISSIVE = {"x-batch-validation": "permissive"}


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self, now: Any) -> None:
        self.now = now

    def __call__(self) -> Any:
        return self.now


@pytest.fixture
def watch(mailbox: Mailbox) -> Watch:
    return Watch(mailbox._clock())


@pytest.fixture
def client(mailbox: Mailbox, media: Media, watch: Watch) -> Iterator[httpx.Client]:
    with (
        Server(sandbox_app(mailbox, media=media, clock=watch)) as server,
        httpx.Client(base_url=server.url, headers={"Authorization": "Bearer re_key"}, timeout=60) as client,
    ):
        yield client


def email(**members: Any) -> dict[str, Any]:
    return {
        "from": "The Daily Lens <lens@example.com>",
        "to": ["maya@example.net"],
        "subject": "Central banks blink first",
        "html": "<p>Hello</p>",
        "text": "Hello",
    } | members


def test_a_message_is_kept_and_answered_with_its_id(client: httpx.Client, mailbox: Mailbox) -> None:
    """Name, reply address, header fields and tags arrive; a Message-ID is replaced, as there."""
    answer = client.post(
        "/emails",
        json=email(
            to="Maya Ö <maya@example.net>",
            reply_to=["desk@example.com"],
            headers={"List-Unsubscribe": "<https://digest.example.com/u/1>", "Message-ID": "<mine@example.com>"},
            tags=[{"name": "delivery", "value": "1-2-f"}],
        ),
    )
    assert answer.status_code == 200
    assert answer.json().keys() == {"id"}
    kept = mailbox.message(1)
    assert kept.defects == []
    assert (kept["To"], kept["Reply-To"]) == ("Maya Ö <maya@example.net>", "desk@example.com")
    assert (kept["List-Unsubscribe"], kept["X-Tag-delivery"]) == ("<https://digest.example.com/u/1>", "1-2-f")
    assert kept["X-Resend-Email-Id"] == answer.json()["id"]
    assert kept["Message-ID"] == f"<{answer.json()['id']}@sandbox.invalid>"


def test_a_permissive_batch_names_what_is_wrong_by_its_place(client: httpx.Client, mailbox: Mailbox) -> None:
    """Good ones have ids in their order, and bad ones their index and words."""
    batch = [email(to=["a@example.net"]), email(to=["nobody"]), email(to=["b@example.net"]), {"text": 1}]
    answer = client.post("/emails/batch", json=batch, headers=PERMISSIVE)
    assert answer.status_code == 200
    assert len(answer.json()["data"]) == 2
    assert [error["index"] for error in answer.json()["errors"]] == [1, 3]
    assert "`to`" in answer.json()["errors"][0]["message"]
    assert mailbox.counts() == {"a@example.net": 1, "b@example.net": 1}


def test_a_strict_batch_is_refused_for_one(client: httpx.Client, mailbox: Mailbox) -> None:
    """422 with the vendor's name, and nobody's message is kept."""
    answer = client.post("/emails/batch", json=[email(), email(to=["nobody"])])
    assert (answer.status_code, answer.json()["name"]) == (422, "validation_error")
    assert len(mailbox) == 0


def test_a_key_that_comes_again_is_answered_again(client: httpx.Client, mailbox: Mailbox, watch: Watch) -> None:
    """The same request has the same answer and is kept once; another under the key is 409; after a day it is new."""
    headers = {"Idempotency-Key": "edition-1-batch-1", **PERMISSIVE}
    first = client.post("/emails/batch", json=[email()], headers=headers)
    again = client.post("/emails/batch", json=[email()], headers=headers)
    assert again.json() == first.json()
    assert len(mailbox) == 1
    other = client.post("/emails/batch", json=[email(subject="Another")], headers=headers)
    assert (other.status_code, other.json()["name"]) == (409, "invalid_idempotent_request")
    watch.now += timedelta(hours=25)
    assert client.post("/emails/batch", json=[email()], headers=headers).json() != first.json()
    assert len(mailbox) == 2


def test_a_refused_request_does_not_use_its_key_up(client: httpx.Client, mailbox: Mailbox) -> None:
    """What was refused may be corrected and sent under the same key."""
    headers = {"Idempotency-Key": "k"}
    assert client.post("/emails", json=email(to=[]), headers=headers).status_code == 422
    assert client.post("/emails", json=email(), headers=headers).status_code == 200
    assert len(mailbox) == 1


@pytest.mark.parametrize(
    ("members", "name", "word"),
    [
        ({"from": ""}, "missing_required_field", "`from`"),
        ({"to": []}, "missing_required_field", "`to`"),
        ({"subject": ""}, "missing_required_field", "`subject`"),
        ({"html": "", "text": ""}, "missing_required_field", "`html`"),
        ({"to": ["a@example.net", "b@example.net"]}, "validation_error", "`to`"),
        ({"from": '"Lens, The" <lens@example.com>'}, "validation_error", "`from`"),
        ({"from": "=?utf-8?q?L?= <lens@example.com>"}, "validation_error", "`from`"),
        ({"reply_to": "nobody"}, "validation_error", "`reply_to`"),
        ({"tags": [{"name": "delivery", "value": "a@b"}]}, "validation_error", "Tags"),
        ({"headers": {"To": "b@example.net"}}, "validation_error", "`To`"),
        ({"headers": {"X-Y": "1\r\nBcc: b@example.net"}}, "validation_error", "X-Y"),
        ({"subject": "a\nb"}, "validation_error", "Subject"),
        ({"attachments": []}, "validation_error", "attachments"),
    ],
)
def test_a_bad_message_is_refused(
    client: httpx.Client, mailbox: Mailbox, members: dict[str, Any], name: str, word: str
) -> None:
    """422 with the vendor's name of the error and the field, and nothing is kept."""
    answer = client.post("/emails", json=email(**members))
    assert answer.status_code == 422
    assert answer.json()["statusCode"] == 422
    assert answer.json()["name"] == name
    assert word in answer.json()["message"]
    assert len(mailbox) == 0


@pytest.mark.parametrize(
    ("change", "body", "status", "name"),
    [
        ({"Authorization": ""}, [email()], 401, "missing_api_key"),
        ({"Content-Type": "text/plain"}, [email()], 422, "validation_error"),
        ({"Idempotency-Key": "k" * 257}, [email()], 400, "invalid_idempotency_key"),
        ({}, [email()] * 101, 422, "validation_error"),
        ({}, [], 422, "validation_error"),
        ({}, {}, 422, "validation_error"),
    ],
)
def test_a_bad_request_is_refused(
    client: httpx.Client, mailbox: Mailbox, change: dict[str, str], body: Any, status: int, name: str
) -> None:
    """The vendor's status and name for the request as a whole."""
    answer = client.post("/emails/batch", json=body, headers=change)
    assert (answer.status_code, answer.json()["name"]) == (status, name)
    assert len(mailbox) == 0


def test_what_cannot_be_kept_is_an_error_of_the_server(client: httpx.Client, mailbox: Mailbox) -> None:
    """500 in the vendor's form, under a key that may be used again."""
    client.post("/emails", json=email())
    (mailbox.folder / "00000002.draft").mkdir()
    answer = client.post("/emails", json=email(), headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["name"]) == (500, "application_error")
    (mailbox.folder / "00000002.draft").rmdir()
    assert client.post("/emails", json=email(), headers={"Idempotency-Key": "k"}).status_code == 200


def test_another_method_or_path_is_answered_in_json(client: httpx.Client) -> None:
    """Never a page, so that no adapter reads one."""
    assert client.get("/emails/batch").json()["name"] == "method_not_allowed"
    assert client.get("/emails/nothing").json()["name"] == "not_found"
