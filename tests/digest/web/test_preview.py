"""The preview shows a message every way, follows saves, sends it once, and explains what is broken."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from digest.errors import NotFound, ProviderError, RenderError
from digest.model import Finding, Place, Severity
from digest.pages.pages import Pages
from digest.pages.server import Server
from digest.resources import shipped
from digest.storage.media import Media
from digest.web.messages import Listed, PreviewMessage, Remark, Sent, What, Wish
from digest.web.preview import preview_app

HTML = (
    "<!DOCTYPE html><html><head><title>x</title><style>p{color:#111}"
    "@media (prefers-color-scheme:dark){p{color:#eee}}</style></head>\n<body><p>Inlined</p></body></html>"
)
DAILY = "/newsletters/daily"


class Folder:
    """Messages made from a file: its text is the subject, and `!` in it breaks the template."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.html = HTML
        self.made: list[tuple[What, Wish]] = []
        self.sent: list[tuple[What, Wish, str]] = []

    def listing(self) -> Sequence[Listed]:
        return [
            Listed(What("newsletters", "daily"), "The Daily <Lens>"),
            Listed(What("editions", "7"), "7: Blink", "2026-11-23, draft"),
            Listed(What("templates", "digest"), "digest"),
        ]

    def make(self, what: What, wish: Wish) -> PreviewMessage:
        if (what.kind, what.name) not in [(each.what.kind, each.what.name) for each in self.listing()]:
            raise NotFound(f"there is no {what.name!r}; expected daily")
        subject = self.file.read_text("utf-8")
        if "!" in subject:
            raise RenderError("templates/digest/body.html, line 7: unexpected '}'")
        self.made.append((what, wish))
        place = Place("HTML line 2", None, "<p>")
        error = Finding(
            code="no-speaker",
            severity=Severity.ERROR,
            message="Nobody says this.",
            advice="Name them.",
            places=(place,),
        )
        return PreviewMessage(
            title="The Daily <Lens>",
            subject=subject,
            preheader="Three rate cuts <in> one morning",
            html=self.html,
            text="PLAIN <TEXT>",
            source_html="" if what.kind == "editions" else "<p class=before>",
            raw=b"Subject: Blink\r\n\r\nRAW <BODY>\r\n",
            headers=(("List-Id", "<daily.example.com>"),),
            remarks=(Remark("Central banks blink", error),),
            warnings=("One story was left out.",),
            heaviest=95_000,
            language=wish.language or "en",
            languages=("en", "de"),
            samples=("sample", "sample-rtl") if what.kind == "templates" else (),
            sample=wish.sample,
            reader=wish.reader or "a sample reader",
            account="sandbox",
        )

    def send(self, what: What, wish: Wish, address: str) -> Sent:
        if "down" in address:
            raise ProviderError("provider.sandbox: no answer; is it running?")
        self.sent.append((what, wish, address))
        return Sent(True, f"{address}: accepted <by> provider.sandbox", "http://127.0.0.1:8025")

    def watched(self) -> Sequence[Path]:
        return [self.file.parent, self.file.parent / "missing"]


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
    """The preview on loopback."""
    with (
        Server(preview_app(drafts, Pages(shipped("templates/pages")), media)) as server,
        httpx.Client(base_url=server.url, timeout=20) as opened,
    ):
        yield opened


def test_the_index_lists_everything(client: httpx.Client) -> None:
    """Every newsletter, kept edition and template is a link with its title, escaped."""
    page = client.get("/").text
    assert '<a class="subject" href="/newsletters/daily">The Daily &lt;Lens&gt;</a>' in page
    assert 'href="/editions/7"' in page
    assert 'href="/templates/digest"' in page


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        ("message", 'src="/newsletters/daily/frame" width="600"'),
        ("text", '<li id="L1">PLAIN &lt;TEXT&gt;</li>'),
        ("source", "&lt;p class=before&gt;"),
        ("inlined", '<li id="L2">&lt;body&gt;&lt;p&gt;Inlined&lt;/p&gt;'),
        ("raw", "RAW &lt;BODY&gt;"),
        ("raw", "<dd>&lt;daily.example.com&gt;</dd>"),
        ("nonsense", 'src="/newsletters/daily/frame" width="600"'),
    ],
)
def test_each_view_shows_its_part_and_what_is_beside_it(client: httpx.Client, view: str, shown: str) -> None:
    """Every view is a link with a query parameter; sizes, findings and warnings stand beside each of them."""
    page = client.get(DAILY, params={"view": view})
    assert page.status_code == 200
    assert shown in page.text
    assert "Findings (1)" in page.text
    assert "One story was left out." in page.text
    assert "Three rate cuts &lt;in&gt; one morning" in page.text
    assert f'value="{len(HTML.encode())}">{len(HTML.encode())} bytes of 90000</meter>' in page.text


def test_a_finding_leads_to_its_line(client: httpx.Client) -> None:
    """The link of its place opens the view that has it, at that line."""
    page = client.get(DAILY, params={"width": "375"}).text
    link = re.search(r'href="([^"]*)#L2">HTML line 2</a>', page)
    assert link is not None
    assert '<li id="L2">&lt;body&gt;' in client.get(link[1].replace("&amp;", "&")).text


def test_choices_are_kept_from_page_to_page(client: httpx.Client, drafts: Folder) -> None:
    """The form leads to an address with what it asked for, and links on that page keep it."""
    asked = {
        "what": "templates/digest",
        "sample": "sample-rtl",
        "language": "de",
        "reader": "a@example.org",
        "width": "9999",
    }
    answer = client.get("/open", params=asked)
    assert answer.status_code == 303
    page = client.get(answer.headers["location"])
    assert drafts.made[-1] == (What("templates", "digest"), Wish("de", "a@example.org", "sample-rtl"))
    assert 'width="700"' in page.text
    dark = re.search(r'href="([^"]*)">Dark</a>', page.text)
    assert dark is not None
    assert {"sample=sample-rtl", "language=de", "width=700", "scheme=dark"} <= set(re.split("[?&]|amp;", dark[1]))


def test_a_view_that_was_not_kept_is_not_offered(client: httpx.Client) -> None:
    """An edition is kept as it is sent, so it has no HTML before inlining."""
    assert ">Source</a>" in client.get(DAILY).text
    assert ">Source</a>" not in client.get("/editions/7").text


def test_frames_show_the_message_of_their_page(client: httpx.Client, drafts: Folder) -> None:
    """Frames are the message alone, scheme decided, in a box without scripts; they do not make it again."""
    client.get(DAILY)
    light, dark = client.get(f"{DAILY}/frame"), client.get(f"{DAILY}/frame?scheme=dark")
    forced = client.get(f"{DAILY}/frame?scheme=forced")
    assert len(drafts.made) == 1
    assert "prefers-color-scheme" not in light.text + dark.text
    assert len({light.text, dark.text, forced.text}) == 3
    for frame in (light, dark, forced):
        assert "sandbox allow-popups" in frame.headers["content-security-policy"]
        assert "allow-scripts" not in frame.headers["content-security-policy"]
    client.get(f"{DAILY}/frame?language=de")
    assert drafts.made[-1] == (What("newsletters", "daily"), Wish("de"))


def test_the_whole_message_can_be_taken_away(client: httpx.Client) -> None:
    """A file that a mail program opens, byte for byte."""
    answer = client.get(f"{DAILY}/message.eml")
    assert answer.content == b"Subject: Blink\r\n\r\nRAW <BODY>\r\n"
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''daily.eml"


def test_a_trial_is_sent_once(client: httpx.Client, drafts: Folder) -> None:
    """The form sends what the page shows, says what became of it, and sends nothing when it is sent again."""
    page = client.get(DAILY, params={"language": "de", "reader": "a@example.org"}).text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.partition('method="post"')[2]))
    for _ in range(2):
        answer = client.post(f"{DAILY}/send", data={**fields, "to": " me@example.org "})
        assert answer.status_code == 303
        shown = client.get(answer.headers["location"]).text
        assert "me@example.org: accepted &lt;by&gt; provider.sandbox" in shown
        assert '<a href="http://127.0.0.1:8025">Open the inbox</a>' in shown
    assert drafts.sent == [(What("newsletters", "daily"), Wish("de", "a@example.org"), "me@example.org")]


def test_a_trial_that_fails_is_told(client: httpx.Client, drafts: Folder) -> None:
    """What the provider says stands where the result would."""
    form = re.search(r'name="form" value="([^"]+)"', client.get(DAILY).text)
    assert form is not None
    answer = client.post(f"{DAILY}/send", data={"form": form[1], "to": "down@example.org"}, follow_redirects=True)
    assert "provider.sandbox: no answer; is it running?" in answer.text
    assert drafts.sent == []


def test_no_other_site_sends_a_trial(client: httpx.Client, drafts: Folder) -> None:
    """A form of another origin is refused; so is one that no page of this preview holds."""
    form = re.search(r'name="form" value="([^"]+)"', client.get(DAILY).text)
    assert form is not None
    fields = {"form": form[1], "to": "me@example.org"}
    for origin in ("https://evil.example", "null"):
        assert client.post(f"{DAILY}/send", data=fields, headers={"Origin": origin}).status_code == 403
    assert client.post(f"{DAILY}/send", data=fields | {"form": "guessed"}).status_code == 409
    assert client.get(f"{DAILY}/send").status_code == 405
    assert drafts.sent == []


def test_a_broken_template_is_explained(client: httpx.Client, drafts: Folder) -> None:
    """An error of rendering is a page with file and line, and the next save mends it."""
    drafts.file.write_text("Blink!", "utf-8")
    page = client.get(DAILY)
    assert page.status_code == 422
    assert "templates/digest/body.html, line 7: unexpected &#39;}&#39;" in page.text
    assert "Traceback" not in page.text
    drafts.file.write_text("Blink", "utf-8")
    assert client.get(DAILY).status_code == 200


@pytest.mark.parametrize("path", ["/newsletters/monthly", "/drafts/daily", "/newsletters", "/open?what=x"])
def test_what_does_not_exist_is_said_so(client: httpx.Client, path: str) -> None:
    """404, with what there is where that is known."""
    page = client.get(path)
    assert page.status_code == 404
    assert "expected daily" in page.text or "listed at the root" in page.text


def test_saves_are_told_after_a_file_name_that_is_not_utf_8(client: httpx.Client, drafts: Folder) -> None:
    """Such a name ends the watch of the library, not ours: it counts as a save, and so does the next one."""
    for name in (b"caf\xe9.txt", b"next.txt"):
        address = client.get(DAILY).text.partition('data-live="')[2].partition('"')[0]
        (drafts.file.parent / os.fsdecode(name)).write_text("x")
        with client.stream("GET", address) as events:
            assert any(line.startswith("data: ") for line in events.iter_lines())


def test_a_save_is_told_to_open_pages(client: httpx.Client, drafts: Folder) -> None:
    """A page made before a save hears of it, also when it listens only afterwards, though a folder is missing."""
    address = client.get(DAILY).text.partition('data-live="')[2].partition('"')[0]
    drafts.file.write_text("Blink twice", "utf-8")
    with client.stream("GET", address) as events:
        lines = events.iter_lines()
        assert next(lines) == "retry: 2000"
        assert any(line.startswith("data: ") for line in lines)
    assert address not in client.get(DAILY).text


def test_the_preview_answers_to_this_machine_only(client: httpx.Client) -> None:
    """A Host that is not loopback, as after DNS rebinding, is refused; /healthz names the preview."""
    assert client.get(DAILY, headers={"Host": "evil.example"}).status_code == 403
    assert client.get("/healthz", headers={"Host": "localhost:1"}).json() == {"service": "quicktakes-preview"}


def test_pictures_are_shown_before_anybody_can_reach_the_site(
    client: httpx.Client, drafts: Folder, media: Media
) -> None:
    """The frame has them from here, at their own route."""
    name = media.keep(b"pixels", "png")
    drafts.html = f'<img src="https://digest.example.org/media/{name}" alt="">'
    client.get(DAILY)
    assert client.get(f"{DAILY}/frame").text == f'<img src="/media/{name}" alt="">'
    assert client.get(f"/media/{name}").content == b"pixels"
    assert client.get("/media/frame").status_code == 404


def test_pictures_of_a_sample_are_in_the_frame(client: httpx.Client, drafts: Folder, tmp_path: Path) -> None:
    """An address that leads nowhere is the file that stands for it; a file that is gone changes nothing."""
    (tmp_path / "boat.png").write_bytes(b"pixels")
    there, gone = "https://a.example/boat.png", "https://a.example/gone.png"
    drafts.html = f'<img src="{there}" alt=""><img src="{gone}" alt="">'
    made = drafts.make
    pictures = {there: tmp_path / "boat.png", gone: tmp_path / "gone.png"}
    drafts.make = lambda what, wish: replace(made(what, wish), pictures=pictures)  # type: ignore[method-assign]
    shown = f'<img src="data:image/png;base64,cGl4ZWxz" alt=""><img src="{gone}" alt="">'
    assert client.get(f"{DAILY}/frame").text == shown
