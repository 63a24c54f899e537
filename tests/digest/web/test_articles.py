"""Articles pushed over real HTTP: who may, what is taken, and how often a push may be repeated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from office import NOW
from publisher import PARAGRAPHS

from digest.model import Image
from digest.pages.pages import Pages
from digest.pages.server import Server
from digest.resources import shipped
from digest.storage.engine import Database
from digest.storage.sources import Sources
from digest.web.app import public_app
from digest.web.articles import LARGEST, Pushing
from digest.web.readers import Readers

TOKEN = "a-token-for-the-newsroom-0123456789"
OTHER = "a-token-for-the-archive--0123456789"
ARTICLE = {"text": "Salt works reopen\n\n" + "\n\n".join(PARAGRAPHS), "publisher": "The Harbour Ledger"}


@pytest.fixture
def sources(database: Database) -> Sources:
    return Sources(database)


@pytest.fixture
def client(readers: Readers, sources: Sources) -> Iterator[httpx.Client]:
    """Shows the newsroom's token."""
    pushing = Pushing(sources, tokens={"newsroom": TOKEN, "archive": OTHER}, clock=lambda: NOW)
    app = public_app(
        pages=Pages(shipped("templates/pages")), roll=readers, edition_html=lambda _: None, pushing=pushing
    )
    with (
        Server(app) as server,
        httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {TOKEN}"}) as opened,
    ):
        yield opened


def push(client: httpx.Client, article: Any = None, **headers: str) -> httpx.Response:
    return client.post("/api/articles", json=ARTICLE if article is None else article, headers=headers)


def pushed(sources: Sources, source: str = "newsroom") -> list[str]:
    return [article.headline or article.text.partition("\n")[0] for article in sources.state(source).articles]


def test_a_push(client: httpx.Client, sources: Sources) -> None:
    """It is kept before it is answered, with all that was said about it, and the answer names it."""
    fields = {
        "headline": "Salt works  reopen",
        "dek": "After nine years",
        "byline": "Ida Marr",
        "published_at": "2026-11-23T06:30:00+01:00",
        "url": "https://ledger.example/salt",
        "topic": "Town",
        "image": "https://ledger.example/salt.jpg",
        "image_alt": "The  pans",
        "language": "en_GB",
    }
    answer = push(client, ARTICLE | fields)
    (article,) = sources.state("newsroom").articles
    assert answer.status_code == 201
    assert answer.json() == {"article": article.digest, "source": "newsroom"}
    assert answer.headers["cache-control"] == "no-store"
    assert article.text.startswith("Salt works reopen\n\nAfter nine years\n\nThe council")
    assert (article.byline, article.url, article.topic) == ("Ida Marr", "https://ledger.example/salt", "Town")
    assert article.image == Image(url="https://ledger.example/salt.jpg", alt="The pans")
    assert (article.published_at, article.language) == (NOW - timedelta(hours=1, minutes=30), "en-GB")


@pytest.mark.parametrize("field", ["text", "markdown", "html", "page"])
def test_every_form(client: httpx.Client, sources: Sources, field: str) -> None:
    """Text, Markdown, a piece of HTML and a whole page give the same article."""
    html = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    forms = {
        "text": {"text": "\r\n\r\n".join(PARAGRAPHS)},
        "markdown": {"markdown": "\n\n".join(PARAGRAPHS)},
        "html": {"html": html},
        "page": {"html": f"<!DOCTYPE html><html><head><title>Old title</title></head><body>{html}</body></html>"},
    }
    assert push(client, forms[field] | {"headline": "Salt"}).status_code == 201
    assert sources.state("newsroom").articles[0].text == "\n\n".join(["Salt", *PARAGRAPHS])


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN]
)
def test_strangers(client: httpx.Client, sources: Sources, authorization: str) -> None:
    """Without a whole token nothing is read and nothing is kept."""
    answer = push(client, b"not even looked at".decode(), Authorization=authorization)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert pushed(sources) == []


def test_the_token_names_the_source(client: httpx.Client, sources: Sources) -> None:
    """Each source has what came under its own token; the same key means nothing to another one."""
    assert push(client, ARTICLE, **{"Idempotency-Key": "1"}).status_code == 201
    headers = {"Idempotency-Key": "1", "Authorization": f"bearer {OTHER}"}
    assert push(client, ARTICLE | {"headline": "Wall"}, **headers).json()["source"] == "archive"
    assert (pushed(sources), pushed(sources, "archive")) == (["Salt works reopen"], ["Wall"])


def test_repeating_a_push(client: httpx.Client, sources: Sources) -> None:
    """The same key and article have the same answer, in the header or the body and in any order of fields."""
    first = push(client, ARTICLE, **{"Idempotency-Key": "salt-1"})
    backwards = dict(reversed(ARTICLE.items()))
    for again in (
        push(client, ARTICLE, **{"Idempotency-Key": "salt-1"}),
        push(client, backwards | {"key": "salt-1"}),
        push(client, backwards | {"key": "salt-1"}, **{"Idempotency-Key": "salt-1"}),
    ):
        assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert pushed(sources) == ["Salt works reopen"]


def test_a_key_of_another_article(client: httpx.Client, sources: Sources) -> None:
    """It is refused, and neither article is lost or changed."""
    push(client, ARTICLE, **{"Idempotency-Key": "salt-1"})
    answer = push(client, ARTICLE | {"topic": "Sea"}, **{"Idempotency-Key": "salt-1"})
    assert answer.status_code == 409
    assert "send this one under a new key" in answer.json()["error"]
    assert sources.state("newsroom").articles[0].topic is None


def test_the_same_article_twice_is_one(client: httpx.Client, sources: Sources) -> None:
    """Under another key or none, it is known by its text: 200, the same name, one article."""
    first = push(client, ARTICLE, **{"Idempotency-Key": "salt-1"})
    for again in (push(client), push(client), push(client, ARTICLE | {"key": "salt-2"})):
        assert (again.status_code, again.json()) == (200, first.json())
    assert len(sources.state("newsroom").articles) == 1


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        ({"text": None}, "text", "exactly one of text, markdown and html"),
        ({"html": "<p>x</p>"}, "html", "exactly one of text, markdown and html"),
        ({"text": "  "}, "text", "the article as plain text"),
        ({"text": "…"}, "text", "there is no text in it"),
        ({"text": "a\x00b"}, "text", "NUL"),
        ({"text": 5}, "text", "the article as plain text"),
        ({"title": "x"}, "title", "unknown field; expected one of"),
        ({"headline": "x" * 1001}, "headline", "one line of text"),
        ({"byline": "a\x07"}, "byline", "one line of text"),
        ({"published_at": "2026-11-23T07:00"}, "published_at", "a time with its zone"),
        ({"published_at": "yesterday"}, "published_at", "a time with its zone"),
        ({"url": "javascript:alert(1)"}, "url", "an address that begins with https://"),
        ({"image": "/salt.jpg"}, "image", "an address that begins with https://"),
        ({"image_alt": "The pans"}, "image", "expected the address of the image"),
        ({"image_alt": 5}, "image_alt", "one line of text"),
        ({"language": "English, of course"}, "language", "a language tag"),
        ({"key": ""}, "key", "printable ASCII"),
        ({"key": "x" * 201}, "key", "printable ASCII"),
        ({"key": "other"}, "key", "the same key as in the Idempotency-Key header"),
    ],
)
def test_wrong_fields(
    client: httpx.Client, sources: Sources, change: dict[str, Any], field: str, expected: str
) -> None:
    """Each is named with what was expected, and nothing is kept."""
    answer = push(client, ARTICLE | change, **{"Idempotency-Key": "salt-1"})
    assert answer.status_code == 422
    assert expected in answer.json()["fields"][field]
    assert pushed(sources) == []


def test_several_wrong_fields_at_once(client: httpx.Client) -> None:
    """A sender learns of all of them in one answer."""
    answer = push(client, {"html": "<p>x</p>", "text": "x", "url": "x", "language": "?", "author": "x"})
    assert set(answer.json()["fields"]) == {"html", "url", "language", "author"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"text": "\\ud800"}'])
def test_bodies_that_are_no_article(client: httpx.Client, body: bytes) -> None:
    """Whatever is sent, the answer is JSON that says what was expected."""
    answer = client.post("/api/articles", content=body)
    assert answer.status_code == 422
    assert answer.json()["fields"]


def test_a_body_that_is_too_large(client: httpx.Client) -> None:
    """It is refused as soon as it is."""
    answer = client.post("/api/articles", content=b"x" * (LARGEST + 1))
    assert (answer.status_code, answer.json()) == (413, {"error": "expected at most 2,000,000 bytes"})


@pytest.mark.slow
def test_a_body_that_takes_too_long(client: httpx.Client, sources: Sources) -> None:
    """Markdown whose reading would take minutes is refused after seconds, and nothing is kept."""
    client.timeout = httpx.Timeout(60)
    answer = push(client, {"headline": "Salt", "markdown": "![" * 300_000})
    assert answer.status_code == 422
    assert "takes more than 5 seconds" in answer.json()["fields"]["markdown"]
    assert pushed(sources) == []


def test_a_database_that_does_not_answer(client: httpx.Client, database: Database) -> None:
    """The sender is told to send the same again."""
    with database.write() as connection:
        connection.exec_driver_sql("DROP TABLE pushed_articles")
    answer = push(client)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


def test_without_push_sources(readers: Readers) -> None:
    """There is no such address."""
    app = public_app(pages=Pages(shipped("templates/pages")), roll=readers, edition_html=lambda _: None)
    with Server(app) as server:
        assert httpx.post(f"{server.url}/api/articles", json=ARTICLE).status_code == 404
