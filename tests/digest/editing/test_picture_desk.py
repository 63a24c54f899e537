"""Lead images: fetched once, from where they may be, and never in the way of a send."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from installation import CONFIG
from PIL import Image as Pixels
from publisher import Publisher, Reply

from digest.editing.picture_desk import FRESH, LARGEST, LEFT_OUT, PATIENCE, Illustrated, PictureDesk
from digest.model import Article, Image, Severity, Story
from digest.rendering.layout import Layout, Section
from digest.settings import load
from digest.sources.folder import FolderSource
from digest.storage.media import Media
from digest.storage.pictures import Look, Pictures
from digest.storage.schema import ready
from digest.writing import write

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def jpeg(colour: str = "teal", size: tuple[int, int] = (800, 500)) -> bytes:
    out = io.BytesIO()
    Pixels.linear_gradient("L").resize(size).convert("RGB").save(out, "JPEG", comment=colour.encode())
    return out.getvalue()


class Bench:
    """A picture desk over one folder, a publisher on this machine that one source may be at, and a clock."""

    def __init__(self, folder: Path, publisher: Publisher) -> None:
        self.folder, self.publisher, self.time = folder, publisher, NOW
        (folder / "config.toml").write_text(CONFIG.format(url="http://127.0.0.1:9", batch=10))
        (folder / "articles").mkdir()
        self.database = ready(folder / "digest.sqlite3")
        near = {"kind": "feed", "url": f"{publisher.url}/rss", "allow_private": True}
        sources = {"near": near, "other": {"kind": "feed", "url": "https://ledger.example/rss"}}
        settings = self.settings = load(folder / "config.toml", {"signing_keys": ["k" * 40], "source": sources})
        self.media = Media(folder / "media")
        self.desk = PictureDesk(
            settings=settings,
            media=self.media,
            memory=Pictures(self.database),
            clock=lambda: self.time,
            seconds=0.5,
        )

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()

    def look(self, path: str, *, source: str = "near", **about: str) -> Illustrated:
        """What comes of a story whose image is at that path of the publisher, or at that address."""
        url = path if ":" in path else self.publisher.url + path
        return self.illustrate(article(Image(url=url, **about), source))

    def illustrate(self, told: Article, folder: Path | None = None) -> Illustrated:
        return self.desk.illustrate([story_of(told)], [told], places={0}, folder=folder)


def article(image: Image | None, source: str = "near") -> Article:
    return Article(
        text="Salt Works Reopen\n\nThe salt works reopened.", source=source, ref="x", image=image, caption="The pans"
    )


def story_of(told: Article) -> Story:
    return replace(write(told), findings=())


def left_out(found: Illustrated) -> str:
    """Why: the one warning on the story, which has no picture."""
    (story,) = found.stories
    (finding,) = story.findings
    assert (finding.code, finding.severity, dict(found.images)) == (LEFT_OUT, Severity.WARNING, {})
    assert finding.message.endswith(".")
    assert not finding.message.endswith("..")
    return finding.message


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Publisher() as publisher, Bench(tmp_path, publisher) as bench:
        yield bench


def test_a_picture_becomes_ours(bench: Bench) -> None:
    """Its address is ours, its size that of the file, its words the article's; the publisher is asked as a program."""
    bench.publisher.replies["/quay.jpg"] = Reply(jpeg(), kind="image/jpeg")
    found = bench.look("/quay.jpg", alt="Ships at the quay")
    (image,) = found.images.values()
    assert found.stories[0].findings == ()
    name = image.url.removeprefix("https://digest.example.org/media/")
    with Pixels.open(io.BytesIO(bench.media.read(name) or b"")) as pixels:
        assert pixels.size == (image.width, image.height) == (800, 500)
    assert image.alt == "Ships at the quay"
    assert "image/jpeg" in bench.publisher.asked[0][1]["Accept"]
    assert "svg" not in bench.publisher.asked[0][1]["Accept"]


def test_the_caption_says_what_an_image_without_words_shows(bench: Bench) -> None:
    """Never the name of the file; without a caption either, it only decorates."""
    bench.publisher.replies["/IMG_2041.jpg"] = Reply(jpeg())
    (image,) = bench.look("/IMG_2041.jpg").images.values()
    assert image.alt == "The pans"
    silent = replace(article(Image(url=f"{bench.publisher.url}/IMG_2041.jpg")), caption=None)
    (image,) = bench.illustrate(silent).images.values()
    assert image.alt == ""


@pytest.mark.parametrize("words", ["harbour.jpg", "harbour.jpg\u202c", "\u2068IMG_2041\u2069", "\u200c", "…"])
def test_the_name_of_a_file_is_never_said(bench: Bench, words: str) -> None:
    """Neither as the image's words nor as the caption, whatever nobody sees of it: an edition would wait for it."""
    bench.publisher.replies["/quay.jpg"] = Reply(jpeg())
    told = replace(article(Image(url=f"{bench.publisher.url}/quay.jpg", alt=words)), caption=words)
    (image,) = bench.illustrate(told).images.values()
    assert image.alt == ""


def test_it_is_not_asked_for_again_while_it_is_fresh(bench: Bench) -> None:
    """Every save of a template builds the edition again; the publisher is asked once an hour."""
    bench.publisher.replies["/quay.jpg"] = Reply(jpeg())
    first = bench.look("/quay.jpg")
    bench.time += FRESH - timedelta(seconds=1)
    assert bench.look("/quay.jpg") == first
    assert bench.publisher.paths() == ["/quay.jpg"]


@pytest.mark.parametrize(
    "header", [{"ETag": '"v1"'}, {"Last-Modified": "Mon, 23 Nov 2026 06:00:00 GMT", "ETag": '"w"'}]
)
def test_later_its_server_is_asked_whether_it_changed(bench: Bench, header: dict[str, str]) -> None:
    """304 keeps the picture we have; another answer replaces it."""
    bench.publisher.replies["/quay.jpg"] = Reply(jpeg(), headers=header)
    first = bench.look("/quay.jpg")
    bench.time += FRESH
    assert bench.look("/quay.jpg") == first
    assert bench.publisher.asked[1][1]["If-None-Match"] == header["ETag"]

    bench.time += FRESH
    bench.publisher.replies["/quay.jpg"] = Reply(jpeg(size=(900, 600)), headers={"ETag": '"v2"'})
    (image,) = bench.look("/quay.jpg").images.values()
    assert image.width == 900


def test_the_picture_we_have_stands_in_while_its_server_is_down(bench: Bench) -> None:
    """An edition built again loses nothing, and the server is left alone for a while."""
    bench.publisher.replies["/quay.jpg"] = Reply(jpeg())
    first = bench.look("/quay.jpg")
    bench.time += FRESH
    bench.publisher.replies["/quay.jpg"] = Reply(status=503)
    assert bench.look("/quay.jpg") == first
    bench.time += PATIENCE - timedelta(seconds=1)
    assert bench.look("/quay.jpg") == first
    assert len(bench.publisher.asked) == 2


def test_a_folder_that_cannot_be_written_leaves_the_picture_out(bench: Bench) -> None:
    """A full or closed disk costs the picture, not the edition."""
    bench.publisher.replies["/quay.jpg"] = Reply(jpeg())
    bench.media.folder.write_text("a file where the folder should be")
    assert "a picture cannot be kept" in left_out(bench.look("/quay.jpg"))
    bench.media.folder.unlink()
    assert len(bench.look("/quay.jpg").images) == 1


def test_a_file_that_was_lost_is_fetched_again(bench: Bench) -> None:
    """What is remembered counts only as long as the file is there."""
    bench.publisher.replies["/quay.jpg"] = Reply(jpeg(), headers={"ETag": '"v1"'})
    bench.look("/quay.jpg")
    for path in bench.media.folder.iterdir():
        path.unlink()
    (image,) = bench.look("/quay.jpg").images.values()
    assert bench.media.has(image.url.rpartition("/")[2])


def endless(handler: BaseHTTPRequestHandler) -> None:
    """A reply without an end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n")
    try:
        for _ in range(2 * LARGEST // 65_536):
            handler.wfile.write(b"\xff" * 65_536)
    except OSError:
        return


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (lambda publisher: publisher.trickle, "took too long"),
        (lambda publisher: endless, "too large"),
        (lambda publisher: Reply(status=404), "is gone"),
        (lambda publisher: Reply(status=500), "answered 500"),
        (lambda publisher: Reply(b"<h1>Log in</h1>", kind="image/jpeg"), "no picture in JPEG"),
        (lambda publisher: Reply(b"<svg xmlns='http://www.w3.org/2000/svg'/>", kind="image/svg+xml"), "no picture"),
        (lambda publisher: Reply(jpeg()[:900]), "broken"),
        (lambda publisher: Reply(jpeg(size=(40, 40))), "40 × 40 pixels"),
        (lambda publisher: Reply(b"\0" * 40_000_000, packed=True), "too large"),
        (lambda publisher: Reply(status=302, headers={"Location": "http://127.0.0.1:9/a.jpg"}), "not an address of"),
        (
            lambda publisher: Reply(status=302, headers={"Location": "http://169.254.169.254/a.jpg"}),
            "not an address of",
        ),
        (lambda publisher: Reply(status=302, headers={"Location": "file:///etc/passwd"}), "https://"),
    ],
    ids=[
        "slow",
        "endless",
        "gone",
        "failed",
        "html",
        "svg",
        "half",
        "icon",
        "packed-bomb",
        "near-port",
        "metadata",
        "file",
    ],
)
def test_what_cannot_be_had_is_a_warning(
    bench: Bench, reply: Callable[[Publisher], Reply | Callable[[BaseHTTPRequestHandler], None]], reason: str
) -> None:
    """The story stays, the finding says why, and the server is not asked again at once."""
    bench.publisher.replies["/quay.jpg"] = reply(bench.publisher)
    assert reason in left_out(bench.look("/quay.jpg"))
    assert reason in left_out(bench.look("/quay.jpg"))
    assert bench.publisher.paths() == ["/quay.jpg"]
    assert not list(bench.media.folder.glob("*"))

    bench.publisher.replies["/quay.jpg"] = Reply(jpeg())
    bench.time += PATIENCE
    assert len(bench.look("/quay.jpg").images) == 1


@pytest.mark.parametrize("source", ["other", "desk"])
def test_only_a_source_that_may_be_near_has_pictures_from_there(bench: Bench, source: str) -> None:
    """A stranger's article cannot make this machine fetch from its own network, nor see what another source may."""
    bench.publisher.replies["/quay.jpg"] = Reply(jpeg())
    assert "not an address of the public internet" in left_out(bench.look("/quay.jpg", source=source))
    assert bench.publisher.asked == []
    assert len(bench.look("/quay.jpg").images) == 1
    assert "not an address of the public internet" in left_out(bench.look("/quay.jpg", source=source))


def test_a_story_without_an_image_stays_as_it_is(bench: Bench) -> None:
    """No picture, no finding."""
    told = article(None)
    assert bench.illustrate(told) == Illustrated(stories=(story_of(told),), images={})


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("salt.md", "---\nimage: pictures/quay one.jpg\nimage_alt: Ships\n---\n# Salt\n\nThe salt works reopened."),
        ("salt.txt", "---\nheadline: Salt\nimage: pictures/quay one.jpg\nimage_alt: Ships\n---\nThe works reopened."),
        (
            "salt.html",
            "<title>Salt</title><article><h1>Salt</h1><figure><img src='pictures/quay%20one.jpg' alt=Ships></figure>"
            f"<p>{'The salt works of Maravik reopened on Monday. ' * 6}</p></article>",
        ),
    ],
)
def test_a_picture_beside_its_article(bench: Bench, file: str, text: str) -> None:
    """A path in front matter or in a saved page starts at the article; a new file of that name is seen."""
    folder = bench.folder / "articles"
    (folder / "pictures").mkdir()
    (folder / "pictures" / "quay one.jpg").write_bytes(jpeg())
    (folder / file).write_text(text)
    (told,) = FolderSource("desk", folder).fetch().articles
    (image,) = bench.illustrate(told).images.values()
    assert (image.width, image.alt) == (800, "Ships")

    (folder / "pictures" / "quay one.jpg").write_bytes(jpeg(size=(900, 600)))
    (image,) = bench.illustrate(told).images.values()
    assert image.width == 900
    (on_command_line,) = FolderSource("command line", folder).fetch().articles
    assert len(bench.illustrate(on_command_line, folder).images) == 1


@pytest.mark.parametrize("path", ["../secret.jpg", "link.jpg", "pictures/../../secret.jpg"])
def test_no_path_leads_out_of_the_folder(bench: Bench, path: str) -> None:
    """Neither dots nor a link: what lies elsewhere on this machine is never mailed."""
    folder = bench.folder / "articles"
    (bench.folder / "secret.jpg").write_bytes(jpeg())
    (folder / "pictures").mkdir()
    (folder / "link.jpg").symlink_to(bench.folder / "secret.jpg")
    (folder / "salt.md").write_text(f"---\nimage: {path}\n---\n# Salt\n\nThe salt works reopened.")
    (told,) = FolderSource("desk", folder).fetch().articles
    assert "leads out of the folder" in left_out(bench.illustrate(told))


def test_a_file_that_cannot_be_read_is_a_warning(bench: Bench) -> None:
    """Missing, a folder, a pipe: the story goes out without it."""
    folder = bench.folder / "articles"
    os.mkfifo(folder / "pipe.jpg")
    (folder / "folder.jpg").mkdir()
    for name in ("missing.jpg", "pipe.jpg", "folder.jpg"):
        (folder / "salt.md").write_text(f"---\nimage: {name}\n---\n# Salt\n\nThe salt works reopened.")
        (told,) = FolderSource("desk", folder).fetch().articles
        assert "there is no file" in left_out(bench.illustrate(told))


@pytest.mark.parametrize("source", ["near", "other", "push", ""])
def test_no_article_from_elsewhere_has_a_file(bench: Bench, source: str) -> None:
    """Only an article of a folder may name one, whatever a feed says."""
    path = bench.folder / "articles" / "quay.jpg"
    path.write_bytes(jpeg())
    told = article(Image(url=path.as_uri()), source)
    assert "only an article in a folder" in left_out(bench.illustrate(told))


def test_what_was_refused_is_asked_for_whole(bench: Bench) -> None:
    """Its server would say that nothing changed; but what could not be decoded once may be later."""
    bench.publisher.replies["/quay.jpg"] = Reply(jpeg()[:900], headers={"ETag": '"v1"'})
    assert "broken" in left_out(bench.look("/quay.jpg"))
    bench.time += PATIENCE
    bench.publisher.replies["/quay.jpg"] = Reply(jpeg(), headers={"ETag": '"v1"'})
    assert len(bench.look("/quay.jpg").images) == 1


def test_only_stories_that_show_a_picture_have_one_fetched(bench: Bench) -> None:
    """Where the layout shows no image, no server is asked."""
    bench.publisher.replies["/quay.jpg"] = Reply(jpeg())
    told = article(Image(url=f"{bench.publisher.url}/quay.jpg"))
    assert bench.desk.illustrate([story_of(told)], [told], places=(), folder=None).images == {}
    assert bench.publisher.asked == []

    sections = (Section("lead", 1, image=True), Section("stories", 2), Section("more", None, image=True))
    assert Layout(sections).illustrated(6) == {0, 3, 4, 5}
    assert Layout(sections).illustrated(1) == {0}


def test_a_story_that_may_move_up_has_its_picture_fetched() -> None:
    """A reader of other topics sees a later story in the place of an earlier one; only the lead leads for everybody."""
    sections = (Section("lead", 1), Section("stories", 2, image=True), Section("more", None))
    assert Layout(sections).illustrated(6) == {1, 2, 3, 4, 5}


def test_a_logo_on_the_web_is_ours_while_its_server_is_down(bench: Bench) -> None:
    """Left out with a warning while there is none, then served as it was got; later, what we have stands in."""
    address = "https://127.0.0.1:9/logo.png"
    newsletter = bench.settings.newsletter["morning"]
    branded = newsletter.model_copy(update={"brand": newsletter.brand.model_copy(update={"logo": address})})
    found, (finding,) = bench.desk.brand(branded)
    assert found.logo is None
    assert finding.code == "logo-left-out"
    assert "127.0.0.1" in finding.message
    content = jpeg(size=(400, 100))
    name = bench.media.keep(content, "jpg")
    got = Look(name=name, width=400, height=100, asked_at=NOW)
    Pictures(bench.database).keep(f"{address} as it is", got)
    for minutes in (0, 90):
        bench.time = NOW + timedelta(minutes=minutes)
        found, findings = bench.desk.brand(branded)
        assert found.logo is not None
        assert (found.logo.url, found.logo.height) == (f"https://digest.example.org/media/{name}", 60)
        assert findings == ()
    assert bench.media.read(name) == content
