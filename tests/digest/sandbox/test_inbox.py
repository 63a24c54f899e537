"""The inbox shows what was sent, and nothing in a message can do anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from digest.sandbox.mailbox import Mailbox
from digest.storage.media import Media

Posted = Callable[..., dict[str, Any]]
HOSTILE = '"><script>alert(1)</script>'


def test_the_list_is_newest_first_with_filters_and_pages(api: httpx.Client, posted: Posted) -> None:
    """Fifty on a page; filters keep their words in the links between pages."""
    batch = [posted(To=f"r{n}@example.net", Subject=f"Edition {n}") for n in range(1, 61)]
    assert api.post("/email/batch", json=batch).status_code == 200
    first = api.get("/").text
    assert first.index("Edition 60") < first.index("Edition 59")
    assert "1–50 of 60 messages" in first
    assert "/?to=&amp;subject=&amp;start=50" in first
    assert "51–60 of 60 messages" in api.get("/?start=50").text
    found = api.get("/", params={"to": "R5", "subject": "edition"}).text
    assert "1–11 of 11 messages" in found
    assert 'value="R5"' in found
    assert "No message matches" in api.get("/?to=nobody").text
    assert api.get("/?start=-1&to=%00").status_code == 200


def test_each_part_of_a_message_is_a_link(api: httpx.Client, mailbox: Mailbox, posted: Posted) -> None:
    """HTML, text, headers and source are addresses of their own, and so is the file."""
    headers = [{"Name": "List-Unsubscribe", "Value": "<https://digest.example.com/u/abc>"}]
    api.post("/email", json=posted(HtmlBody="<p>Grüße</p>", TextBody="Plain & simple", Headers=headers))
    html = api.get("/messages/1").text
    assert '<iframe src="/messages/1/body?scheme=auto" width="100%"' in html
    assert 'width="375"' in api.get("/messages/1?width=375").text
    assert "Plain &amp; simple" in api.get("/messages/1?view=text").text
    assert "&lt;https://digest.example.com/u/abc&gt;" in api.get("/messages/1?view=headers").text
    assert "Content-Transfer-Encoding: 8bit\r\n\r\n&lt;p&gt;Grüße&lt;/p&gt;" in api.get("/messages/1?view=source").text
    assert "<p>Grüße</p>" in api.get("/messages/1/body").text
    file = api.get("/messages/1.eml")
    assert file.content == mailbox.raw(1)
    assert file.headers["content-type"] == "message/rfc822"
    assert file.headers["content-disposition"] == 'attachment; filename="00000001.eml"'


def test_a_missing_part_is_said_to_be_missing(api: httpx.Client, posted: Posted) -> None:
    """A message without HTML, or without text, says so."""
    api.post("/email", json=posted(HtmlBody=""))
    api.post("/email", json=posted(TextBody=""))
    assert "has no HTML part" in api.get("/messages/1").text
    assert api.get("/messages/1/body").text == ""
    assert "has no plain-text part" in api.get("/messages/2?view=text").text


def test_hostile_text_is_escaped_everywhere(api: httpx.Client, posted: Posted) -> None:
    """Subject, names, headers, text and filters never become markup of the page."""
    header = [{"Name": "X-Note", "Value": HOSTILE}]
    api.post(
        "/email",
        json=posted(
            Subject=HOSTILE, From=f"{HOSTILE.replace('<', '').replace('>', '')} <lens@example.com>", Headers=header
        )
        | {"TextBody": HOSTILE},
    )
    for path in ("/", f"/?to={HOSTILE}", "/messages/1", "/messages/1?view=text", "/messages/1?view=headers"):
        assert "<script>alert" not in api.get(path).text
    assert "<script>alert" not in api.get("/messages/1?view=source").text


def test_a_message_is_shown_in_a_box_without_powers(api: httpx.Client, posted: Posted) -> None:
    """The frame and its answer both forbid scripts, forms and our origin; only images may be fetched."""
    api.post("/email", json=posted(HtmlBody="<html><head></head><script>alert(1)</script>"))
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in api.get("/messages/1").text
    body = api.get("/messages/1/body")
    policy = body.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "img-src http: https: data:" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert '<head><base target="_blank">' in body.text


def test_deleting_takes_a_post_of_our_own_form(api: httpx.Client, mailbox: Mailbox, posted: Posted) -> None:
    """GET does not delete, a form of another site does not delete, ours does."""
    api.post("/email", json=posted())
    assert api.get("/clear").status_code == 405
    assert api.post("/clear", headers={"Origin": "https://evil.example"}).status_code == 403
    assert len(mailbox) == 1
    assert api.post("/clear").headers["location"] == "/"
    assert len(mailbox) == 0


@pytest.mark.parametrize("path", ["/messages/9", "/messages/9/body", "/messages/9.eml", "/messages/x", "/nope"])
def test_what_is_not_there_is_a_page(api: httpx.Client, path: str) -> None:
    """An unknown message or address is 404 with a readable page; under /email it is JSON."""
    answer = api.get(path)
    assert answer.status_code == 404
    assert "Nothing here" in answer.text
    assert api.get("/email/nope").json()["ErrorCode"] == 0


def test_new_mail_is_told_to_open_pages(api: httpx.Client, posted: Posted) -> None:
    """A page made before a message arrived hears of it, also when it listens only afterwards."""
    address = api.get("/").text.partition('data-live="')[2].partition('"')[0]
    api.post("/email", json=posted())
    with api.stream("GET", address) as events:
        lines = events.iter_lines()
        assert next(lines) == "retry: 2000"
        assert next(line for line in lines if line.startswith("data:")) == "data: 1"
    assert 'data-live="/events?since=1"' in api.get("/").text


def test_the_sandbox_answers_to_this_machine_only(api: httpx.Client, mailbox: Mailbox, posted: Posted) -> None:
    """A Host that is not loopback is refused, for pages and API alike; /healthz names the sandbox."""
    evil = {"Host": "evil.example"}
    assert api.get("/", headers=evil).status_code == 403
    assert api.post("/email", json=posted(), headers=evil).status_code == 403
    assert len(mailbox) == 0
    assert api.get("/healthz").json() == {"service": "quicktakes-sandbox"}


def test_pictures_of_an_installation_that_nobody_can_reach_yet_are_shown(
    api: httpx.Client, media: Media, posted: Posted
) -> None:
    """The frame has them from here; the source shows the address as it was sent."""
    name = media.keep(b"pixels", "png")
    api.post("/email", json=posted(HtmlBody=f'<img src="https://digest.example.org/media/{name}" alt="">'))
    assert f'<img src="/media/{name}" alt="">' in api.get("/messages/1/body").text
    assert f"https://digest.example.org/media/{name}" in api.get("/messages/1?view=source").text
    assert api.get(f"/media/{name}").content == b"pixels"
