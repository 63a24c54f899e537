"""The preview shows a draft every way, follows saves, and explains what is broken."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from digest.errors import NotFound, RenderError
from digest.model import Finding, Place, Severity
from digest.pages.pages import Pages
from digest.pages.server import Server
from digest.resources import shipped
from digest.storage.media import Media
from digest.web.preview import PreviewEdition, Remark, preview_app

HTML = (
    "<!DOCTYPE html><html><head><title>x</title><style>p{color:#111}"
    "@media (prefers-color-scheme:dark){p{color:#eee}}</style></head><body><p>Inlined</p></body></html>"
)


class Folder:
    """Drafts made from a file: its text is the subject, and `!` in it breaks the template."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.built = 0

    def newsletters(self) -> Mapping[str, str]:
        return {"daily": "The Daily <Lens>", "weekly": "The Week"}

    def build(self, newsletter: str) -> PreviewEdition:
        if newsletter not in self.newsletters():
            raise NotFound(f"there is no newsletter {newsletter!r}; expected daily or weekly")
        subject = self.file.read_text("utf-8")
        if "!" in subject:
            raise RenderError("templates/digest/body.html, line 7: unexpected '}'")
        self.built += 1
        return PreviewEdition(
            subject=subject,
            preheader="Three rate cuts <in> one morning",
            html=HTML,
            text="PLAIN <TEXT>",
            source_html="<p class=before>",
            headers=(("List-Id", "<daily.example.com>"),),
            remarks=(
                Remark(
                    "Central banks blink",
                    Finding(
                        code="no-speaker",
                        severity=Severity.ERROR,
                        message="Nobody says this.",
                        advice="Name them.",
                        places=(Place("digest/body.html:12", None, "<td class=x>"),),
                    ),
                ),
            ),
            warnings=("One story was left out.",),
        )


@pytest.fixture
def drafts(tmp_path: Path) -> Folder:
    """A file that says `Blink`."""
    file = tmp_path / "articles" / "one.txt"
    file.parent.mkdir()
    file.write_text("Blink", "utf-8")
    return Folder(file)


@pytest.fixture
def media(tmp_path: Path) -> Media:
    """The pictures of this installation."""
    return Media(tmp_path / "media")


@pytest.fixture
def client(drafts: Folder, media: Media) -> Iterator[httpx.Client]:
    """The preview on loopback; `missing` is a folder that nobody has made yet."""
    watch = [drafts.file.parent, drafts.file.parent / "missing"]
    with (
        Server(preview_app(drafts, watch, Pages(shipped("templates/pages")), media)) as server,
        httpx.Client(base_url=server.url, timeout=20) as opened,
    ):
        yield opened


def test_the_index_lists_newsletters(client: httpx.Client) -> None:
    """Every newsletter is a link with its title, escaped."""
    page = client.get("/").text
    assert '<a class="subject" href="/daily">The Daily &lt;Lens&gt;</a>' in page
    assert 'href="/weekly"' in page


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        ("html", 'src="/daily/frame?scheme=light" width="375"'),
        ("text", "PLAIN &lt;TEXT&gt;"),
        ("source", "&lt;p class=before&gt;"),
        ("inlined", "&lt;p&gt;Inlined&lt;/p&gt;"),
        ("headers", "&lt;daily.example.com&gt;"),
        ("findings", "Nobody says this."),
        ("findings", "digest/body.html:12"),
        ("findings", "&lt;td class=x&gt;"),
        ("nonsense", 'src="/daily/frame?scheme=light" width="680"'),
    ],
)
def test_each_view_shows_its_part(client: httpx.Client, view: str, shown: str) -> None:
    """Every tab is a link with a query parameter and shows its part, escaped; findings are counted on the tab."""
    page = client.get("/daily", params={"view": view})
    assert page.status_code == 200
    assert shown in page.text
    assert "Findings (1)" in page.text
    assert "One story was left out." in page.text
    assert "Three rate cuts &lt;in&gt; one morning" in page.text


def test_frames_show_the_draft_of_their_page(client: httpx.Client, drafts: Folder) -> None:
    """Frames are the message alone, scheme decided, in a box without scripts; they do not build it again."""
    assert client.get("/daily/frame").status_code == 404
    client.get("/daily?scheme=both")
    light, dark = client.get("/daily/frame?scheme=light"), client.get("/daily/frame?scheme=dark")
    assert drafts.built == 1
    assert "prefers-color-scheme" not in light.text + dark.text
    assert light.text != dark.text
    for frame in (light, dark):
        assert "sandbox allow-popups" in frame.headers["content-security-policy"]
        assert "allow-scripts" not in frame.headers["content-security-policy"]


def test_a_broken_template_is_explained(client: httpx.Client, drafts: Folder) -> None:
    """An error of rendering is a page with file and line, and the next save mends it."""
    drafts.file.write_text("Blink!", "utf-8")
    page = client.get("/daily")
    assert page.status_code == 422
    assert "templates/digest/body.html, line 7: unexpected &#39;}&#39;" in page.text
    assert "Traceback" not in page.text
    drafts.file.write_text("Blink", "utf-8")
    assert client.get("/daily").status_code == 200


def test_an_unknown_newsletter_names_those_that_exist(client: httpx.Client) -> None:
    """404 says which newsletters there are."""
    page = client.get("/monthly")
    assert page.status_code == 404
    assert "expected daily or weekly" in page.text


def test_saves_are_told_after_a_file_name_that_is_not_utf_8(client: httpx.Client, drafts: Folder) -> None:
    """Such a name ends the watch of the library, not ours: it counts as a save, and so does the next one."""
    for name in (b"caf\xe9.txt", b"next.txt"):
        address = client.get("/daily").text.partition('data-live="')[2].partition('"')[0]
        (drafts.file.parent / os.fsdecode(name)).write_text("x")
        with client.stream("GET", address) as events:
            assert any(line.startswith("data: ") for line in events.iter_lines())


def test_a_save_is_told_to_open_pages(client: httpx.Client, drafts: Folder) -> None:
    """A page made before a save hears of it, also when it listens only afterwards, though a folder is missing."""
    address = client.get("/daily").text.partition('data-live="')[2].partition('"')[0]
    drafts.file.write_text("Blink twice", "utf-8")
    with client.stream("GET", address) as events:
        lines = events.iter_lines()
        assert next(lines) == "retry: 2000"
        assert any(line.startswith("data: ") for line in lines)
    assert address not in client.get("/daily").text


def test_the_preview_answers_to_this_machine_only(client: httpx.Client) -> None:
    """A Host that is not loopback, as after DNS rebinding, is refused; /healthz names the preview."""
    assert client.get("/daily", headers={"Host": "evil.example"}).status_code == 403
    assert client.get("/healthz", headers={"Host": "localhost:1"}).json() == {"service": "quicktakes-preview"}


def test_pictures_are_shown_before_anybody_can_reach_the_site(tmp_path: Path, media: Media) -> None:
    """The frame has them from here, and their route is no newsletter's."""
    name = media.keep(b"pixels", "png")
    drafts = Pictured(tmp_path / "one.txt", f'<img src="https://digest.example.org/media/{name}" alt="">')
    app = preview_app(drafts, [], Pages(shipped("templates/pages")), media)
    with Server(app) as server, httpx.Client(base_url=server.url) as client:
        client.get("/daily")
        assert client.get("/daily/frame").text == f'<img src="/media/{name}" alt="">'
        assert client.get(f"/media/{name}").content == b"pixels"
        assert client.get("/media/frame").status_code == 404


class Pictured(Folder):
    """A draft with that HTML."""

    def __init__(self, file: Path, html: str) -> None:
        super().__init__(file)
        file.write_text("Blink", "utf-8")
        self.html = html

    def build(self, newsletter: str) -> PreviewEdition:
        return replace(super().build(newsletter), html=self.html)
