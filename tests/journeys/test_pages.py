"""Our pages in a real browser: seen, pressed and left by people with and without JavaScript, mouse or light."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from digest.errors import RenderError
from digest.model import Finding, Place, Severity
from digest.pages.pages import Pages
from digest.pages.server import Server
from digest.resources import shipped
from digest.sandbox.app import sandbox_app
from digest.sandbox.mailbox import Mailbox
from digest.storage.engine import Database
from digest.storage.media import Media
from digest.storage.schema import ready
from digest.web.app import public_app
from digest.web.messages import Listed, PreviewMessage, Remark, Sent, What, Wish
from digest.web.preview import preview_app
from digest.web.readers import Readers
from subscribers import roll
from subscribers.model import SubscriptionState
from subscribers.tokens import UnsubscribeTokens

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}}
NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
API = {"X-Postmark-Server-Token": "t", "Accept": "application/json"}
HTML = (
    "<!DOCTYPE html><html lang=en><head><title>x</title><style>body{background:rgb(243,241,236)}"
    "@media (prefers-color-scheme:dark){body{background:rgb(16,17,20)}}</style></head><body><h1>Good morning</h1>"
    "%s</body></html>"
)


def say(server: Server, html: str, subject: str = "Central banks blink first") -> None:
    """Posts a message to the sandbox."""
    message = {"From": "Lens <lens@example.com>", "To": "maya@example.net", "Subject": subject, "TextBody": "Morning"}
    httpx.post(f"{server.url}/email", json=message | {"HtmlBody": HTML % html}, headers=API).raise_for_status()


@contextmanager
def tab(
    browser: Browser, *, scheme: Scheme = "light", width: int = 1200, scripts: bool = True, origins: list[str]
) -> Iterator[Page]:
    """A fresh browser's page; it must neither break our policy, open a dialog nor ask any other origin."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=scripts
    )
    page, said, asked = context.new_page(), list[str](), list[str]()
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("dialog", lambda dialog: said.append(dialog.message))
    context.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert said == []
    assert [url for url in asked if not url.startswith((*origins, "data:"))] == []


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Server]:
    """A sandbox with nothing in it."""
    with (
        Mailbox(tmp_path / "mail", clock=lambda: NOW) as mailbox,
        Server(sandbox_app(mailbox, media=Media(tmp_path / "media"), clock=lambda: NOW)) as it,
    ):
        yield it


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Maya reads `daily`."""
    opened = ready(tmp_path / "digest.sqlite3")
    with opened.write() as connection:
        roll.add(connection, address="maya@example.net", newsletter="daily", at=NOW, source="import")
    yield opened
    opened.close()


@pytest.fixture
def public(database: Database) -> Iterator[Server]:
    """The public pages."""
    readers = Readers(database, TOKENS, titles={"daily": "The Daily Lens"}, clock=lambda: NOW)
    with Server(public_app(pages=Pages(shipped("templates/pages")), roll=readers, edition_html=lambda _: None)) as it:
        yield it


TOKENS = UnsubscribeTokens(["a key that only the tests of pages know"])
TOKEN = TOKENS.make(1, "daily")
DAILY = "/newsletters/daily"


class Draft:
    """One newsletter whose subject is a file's text; `!` breaks its template."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.sent: list[str] = []

    def listing(self) -> Sequence[Listed]:
        return [Listed(What("newsletters", "daily"), "The Daily Lens"), Listed(What("templates", "digest"), "digest")]

    def make(self, what: What, wish: Wish) -> PreviewMessage:
        subject = self.file.read_text("utf-8")
        if "!" in subject:
            raise RenderError("body.html, line 7: unexpected '}'")
        finding = Finding(
            code="no-speaker",
            severity=Severity.WARNING,
            message="Nobody says this.",
            advice="Name them.",
            places=(Place("HTML line 1", None, "<p>" * 40), Place("body", None, "harbour" * 30)),
        )
        return PreviewMessage(
            title="The Daily Lens",
            subject=subject,
            preheader="Three rate cuts in one morning",
            html=HTML % '<p>Picture: <img src="data:," width="500" alt="A boat"></p>',
            text="Good morning",
            source_html=HTML % "",
            raw=b"Subject: Blink\r\n\r\n" + b"A" * 400,
            headers=(("List-Id", "<daily.example.com>"),),
            remarks=(Remark("Central banks blink", finding),),
            warnings=("One story was left out.",),
            heaviest=95_000,
            language="en",
            languages=("en", "de"),
            samples=("sample", "sample-rtl") if what.kind == "templates" else (),
            sample=wish.sample,
            reader=wish.reader or "a sample reader",
            account="sandbox",
        )

    def send(self, what: What, wish: Wish, address: str) -> Sent:
        self.sent.append(address)
        return Sent(True, f"{address}: accepted by provider.sandbox", "http://127.0.0.1:8025")

    def watched(self) -> Sequence[Path]:
        return [self.file.parent]


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    """Says `Blink`."""
    (tmp_path / "watched").mkdir()
    (tmp_path / "watched" / "subject.txt").write_text("Blink", "utf-8")
    return Draft(tmp_path / "watched" / "subject.txt")


@pytest.fixture
def preview(draft: Draft, tmp_path: Path) -> Iterator[Server]:
    """The preview of `draft`."""
    media = Media(tmp_path / "media")
    with Server(preview_app(draft, Pages(shipped("templates/pages")), media)) as it:
        yield it


def check(page: Page) -> None:
    """axe finds nothing, and nothing is wider than the screen."""
    page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", RULES)
    assert len(result["passes"]) >= 10, "axe did not look"
    assert [f"{rule['id']}: {node['html'][:200]}" for rule in result["violations"] for node in rule["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} scrolls sideways"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 375)])
def test_every_page_reads_well_to_everybody(
    browser: Browser, inbox: Server, public: Server, preview: Server, draft: Draft, scheme: Scheme, width: int
) -> None:
    """axe finds no violation on any page, light on a desk or dark on a phone, and none scrolls sideways."""
    with tab(browser, scheme=scheme, width=width, origins=[inbox.url, public.url, preview.url]) as page:
        page.goto(inbox.url)
        check(page)
        say(inbox, "<p>Hello</p>", subject="A-rather-long-subject-" * 6)
        for path in (
            "/",
            "/?to=nobody",
            "/messages/1",
            *(f"/messages/1?view={v}" for v in ("text", "headers", "source")),
        ):
            page.goto(inbox.url + path)
            check(page)
        page.goto(f"{public.url}/u/{TOKEN}")
        check(page)
        page.get_by_role("button", name="Unsubscribe").click()
        check(page)
        page.get_by_role("button", name="Send me The Daily Lens again").click()
        check(page)
        for path in (
            "/",
            f"{DAILY}?scheme=forced&client=word&images=off&reader=maya@example.net",
            "/templates/digest?width=320",
            *(f"{DAILY}?view={v}" for v in ("text", "source", "inlined", "raw", "file")),
        ):
            page.goto(preview.url + path)
            check(page)


def test_a_reader_leaves_by_the_link_in_the_mail_without_javascript(
    browser: Browser, inbox: Server, public: Server, database: Database
) -> None:
    """From the inbox, through the link of the message in its frame, to the button: left, by keyboard alone."""
    say(inbox, f'<p><a href="{public.url}/u/{TOKEN}">Unsubscribe</a></p>')
    with tab(browser, scripts=False, origins=[inbox.url, public.url]) as page:
        page.goto(inbox.url)
        page.get_by_role("link", name="Central banks blink first").press("Enter")
        with page.expect_popup() as opened:
            page.frame_locator("iframe").get_by_role("link", name="Unsubscribe").press("Enter")
        leaving = opened.value
        expect(leaving.get_by_role("heading", name="Leave The Daily Lens?")).to_be_visible()
        leaving.keyboard.press("Tab")
        expect(leaving.get_by_role("button", name="Unsubscribe")).to_be_focused()
        leaving.keyboard.press("Enter")
        expect(leaving.get_by_role("heading", name="You have left The Daily Lens")).to_be_visible()
    with database.read() as connection:
        entry = roll.entry(connection, subscriber_id=1, newsletter="daily")
    assert entry.subscription.state is SubscriptionState.UNSUBSCRIBED


def test_tabs_widths_and_schemes_work_without_javascript(browser: Browser, inbox: Server) -> None:
    """Everything that can be chosen is a link: parts, widths of the frame, and the scheme inside it."""
    say(inbox, "<p>Hello</p>")
    with tab(browser, scripts=False, origins=[inbox.url]) as page:
        page.goto(f"{inbox.url}/messages/1")
        for name, colour in (("Dark", "rgb(16, 17, 20)"), ("Light", "rgb(243, 241, 236)")):
            page.get_by_role("link", name=name, exact=True).click()
            expect(page.frame_locator("iframe").locator("body")).to_have_css("background-color", colour)
        page.get_by_role("link", name="375", exact=True).click()
        assert page.locator("iframe").evaluate("frame => frame.getBoundingClientRect().width") == 375
        expect(page.get_by_role("link", name="Light", exact=True)).to_have_attribute("aria-current", "true")
        page.get_by_role("link", name="Text", exact=True).click()
        expect(page.get_by_label("The message as plain text")).to_have_text("Morning")
        page.get_by_role("link", name="maya@example.net").click()
        expect(page.get_by_label("Recipient")).to_have_value("maya@example.net")
        expect(page.get_by_text("1–1 of 1 message")).to_be_visible()


def test_new_mail_appears_by_itself(browser: Browser, inbox: Server) -> None:
    """An open inbox shows what arrives without a reload, but never takes a half-typed word away."""
    with tab(browser, origins=[inbox.url]) as page:
        page.goto(inbox.url)
        expect(page.get_by_text("No mail yet")).to_be_visible()
        say(inbox, "<p>Hello</p>")
        expect(page.get_by_role("link", name="Central banks blink first")).to_be_visible()
        page.get_by_role("link", name="Central banks blink first").focus()
        say(inbox, "<p>Hello</p>", subject="Second")
        expect(page.get_by_role("link", name="Second")).to_be_visible()
        expect(page.get_by_role("link", name="Central banks blink first")).to_be_focused()


def test_a_hostile_message_can_do_nothing(browser: Browser, inbox: Server) -> None:
    """Scripts do not run, forms do not submit, no beacon but an image leaves, and the page around stays."""
    attack = (
        "<script>alert('script')</script><img src=x onerror=\"alert('handler')\"><svg onload=alert('svg')></svg>"
        "<form action='/clear' method=post target=_top><button>Win</button></form>"
        "<a href=\"javascript:alert('link')\">link</a><iframe src='/clear'></iframe>"
        "<link rel=stylesheet href='http://evil.example/x.css'><meta http-equiv=refresh content='0;url=/'>"
        "<object data='/'></object><a href='/' target=_top>up</a>"
    )
    say(inbox, attack)
    context = browser.new_context()
    page, dialogs, asked, blocked = context.new_page(), list[str](), list[str](), list[str]()
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    context.on("request", lambda request: asked.append(request.url))
    context.on("requestfailed", lambda request: blocked.append(request.url) if request.failure == "csp" else None)
    page.goto(f"{inbox.url}/messages/1")
    frame = page.frame_locator("iframe").first
    for name in ("Win", "link", "up"):
        frame.get_by_text(name, exact=True).click()
    page.wait_for_load_state("networkidle")
    top = page.url
    context.close()
    assert dialogs == []
    assert {url for url in asked if "evil.example" in url or url.endswith("/clear")} <= set(blocked)
    assert top == f"{inbox.url}/messages/1"
    assert "1–1 of 1 message" in httpx.get(inbox.url).text


def test_the_preview_is_worked_without_javascript(browser: Browser, preview: Server, draft: Draft) -> None:
    """Its form, its links, the line of a finding and a trial, by keyboard."""
    with tab(browser, scripts=False, origins=[preview.url]) as page:
        page.goto(preview.url)
        page.get_by_role("link", name="The Daily Lens").press("Enter")
        for name, colour in (("Forced dark", "rgb(18, 18, 18)"), ("Dark", "rgb(16, 17, 20)")):
            page.get_by_role("link", name=name, exact=True).press("Enter")
            ground = page.frame_locator("iframe").locator("html" if name == "Forced dark" else "body")
            expect(ground).to_have_css("background-color", colour)
        page.get_by_role("spinbutton", name="Width").fill("333")
        page.get_by_label("Pictures").select_option("Blocked")
        page.get_by_role("button", name="Show").press("Enter")
        assert page.locator("iframe").evaluate("frame => frame.getBoundingClientRect().width") == 333
        expect(page.get_by_role("link", name="Dark", exact=True)).to_have_attribute("aria-current", "true")
        expect(page.get_by_label("Pictures")).to_have_value("off")
        page.get_by_role("link", name="HTML line 1").press("Enter")
        expect(page.locator("#L1:target")).to_be_visible()
        page.get_by_label("Address").fill("me@example.org")
        page.get_by_label("Address").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("me@example.org: accepted")
        page.reload()
        expect(page.get_by_role("status")).to_contain_text("me@example.org: accepted")
    assert draft.sent == ["me@example.org"]


def test_the_preview_follows_each_save(browser: Browser, preview: Server, draft: Draft) -> None:
    """An open preview shows a saved change, then the mistake with its line, then the mended edition."""
    with tab(browser, origins=[preview.url]) as page:
        page.goto(preview.url + DAILY)
        expect(page.get_by_role("heading", name="Blink", exact=True)).to_be_visible()
        draft.file.write_text("Blink twice", "utf-8")
        expect(page.get_by_role("heading", name="Blink twice")).to_be_visible()
    context = browser.new_context()  # the answer that explains the mistake is an error on the console
    page = context.new_page()
    page.goto(preview.url + DAILY)
    draft.file.write_text("Broken!", "utf-8")
    expect(page.get_by_text("body.html, line 7: unexpected '}'")).to_be_visible()
    draft.file.write_text("Mended", "utf-8")
    expect(page.get_by_role("heading", name="Mended")).to_be_visible()
    context.close()
