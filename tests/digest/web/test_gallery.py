"""Pictures on the public site: kept for ever by browsers, shown on any site, and nothing else in the folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from digest.pages.pages import Pages
from digest.pages.pictures import shown_from_here
from digest.pages.server import Server
from digest.resources import shipped
from digest.storage.media import Media
from digest.web.app import public_app
from digest.web.gallery import Gallery, Sharing, with_sharing
from digest.web.readers import Readers


@pytest.fixture
def media(tmp_path: Path) -> Media:
    return Media(tmp_path / "media")


@pytest.fixture
def site(readers: Readers, media: Media) -> Iterator[httpx.Client]:
    """The public pages; edition `first` has a card."""
    cards = {"first": b"\x89PNG card"}
    app = public_app(
        pages=Pages(shipped("templates/pages")),
        roll=readers,
        edition_html=lambda _: None,
        gallery=Gallery(media, cards.get),
    )
    with Server(app) as server, httpx.Client(base_url=server.url) as client:
        yield client


@pytest.mark.parametrize(("suffix", "kind"), [("jpg", "image/jpeg"), ("png", "image/png")])
def test_a_picture_may_be_kept_for_ever(site: httpx.Client, media: Media, suffix: str, kind: str) -> None:
    """Its type, no guessing, a year without asking, and any page may show it; HEAD says the same."""
    name = media.keep(b"pixels", suffix)  # type: ignore[arg-type]
    answer = site.get(f"/media/{name}")
    assert (answer.status_code, answer.content) == (200, b"pixels")
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "set-cookie" not in answer.headers
    head = site.head(f"/media/{name}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == "6"
    assert head.headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize("asked", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_who_has_it_is_told_so(site: httpx.Client, media: Media, asked: str) -> None:
    """304 without a body; another tag brings the picture."""
    path = f"/media/{media.keep(b'pixels', 'png')}"
    tag = site.get(path).headers["etag"]
    answer = site.get(path, headers={"If-None-Match": asked.format(tag=tag)})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert site.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media/" + "0" * 64 + ".jpg",
        "/media/../digest.sqlite3",
        "/media/..%2f..%2fdigest.sqlite3",
        "/media/%2e%2e/digest.sqlite3",
        "/media/" + "0" * 64 + ".jpg%00",
        "/media/.draft",
        "/editions/none/card.png",
    ],
)
def test_nothing_else_is_there(site: httpx.Client, media: Media, path: str) -> None:
    """Whatever a name tries, it is a page that does not exist."""
    media.keep(b"pixels", "jpg")
    (media.folder.parent / "digest.sqlite3").touch()
    raw = httpx.URL(str(site.base_url)).copy_with(raw_path=path.encode())
    assert site.get(raw).status_code == 404


def test_the_card_of_an_edition(site: httpx.Client) -> None:
    """A PNG at the edition's own address, which may change only until it is approved."""
    answer = site.get("/editions/first/card.png")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"\x89PNG card", "image/png")
    assert "immutable" not in answer.headers["cache-control"]
    asked = {"If-None-Match": answer.headers["etag"]}
    assert site.get("/editions/first/card.png", headers=asked).status_code == 304


def test_a_page_says_what_a_shared_link_shows() -> None:
    """Metas in the head alone, escaped; the body is as it was sent."""
    html = "<!DOCTYPE html><html><head><title>T</title></head><body><p></head> in text</p></body></html>"
    sharing = Sharing(
        title='Ferries "wait" & <b>',
        description="",
        site="The Tide",
        url="https://digest.example.org/editions/x",
        card="https://digest.example.org/editions/x/card.png",
    )
    page = with_sharing(html, sharing)
    head, _, body = page.partition("</head>")
    assert '<meta property="og:title" content="Ferries &quot;wait&quot; &amp; &lt;b&gt;">' in head
    assert '<meta property="og:image" content="https://digest.example.org/editions/x/card.png">' in head
    assert '<meta name="twitter:card" content="summary_large_image">' in head
    assert "og:description" not in head
    assert body == "<body><p></head> in text</p></body></html>"
    assert with_sharing("<p>no head", sharing) == "<p>no head"


def test_an_email_shows_the_pictures_that_are_here(media: Media) -> None:
    """At whatever host it says they are; what is not here, or not ours, stays as it is."""
    name, missing = media.keep(b"pixels", "jpg"), "0" * 64 + ".png"
    html = (
        f'<img src="https://digest.example.org/sub/media/{name}"><img src="http://127.0.0.1:1/media/{missing}">'
        f'<img src="https://else.example/{name}"><td background="https://a.example/media/{name}">'
    )
    assert shown_from_here(html, media) == (
        f'<img src="/media/{name}"><img src="http://127.0.0.1:1/media/{missing}">'
        f'<img src="https://else.example/{name}"><td background="/media/{name}">'
    )
