"""An edition is compiled once, the same every time, and nothing that came from outside does anything in it."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import lxml.html
import pytest
from playwright.sync_api import Browser

from digest.errors import RenderError
from digest.message import CompiledMessage, Slot
from digest.model import Story
from digest.rendering.brand import Brand
from digest.rendering.content import StoryImage
from digest.rendering.edition import EditionContent, compile_edition
from digest.rendering.sample import sample_content
from digest.rendering.templates import Templates
from digest.rendering.untrusted import clean

NONCE = "k3n9x2p7q1"
READER = {
    "sent_to": "It was sent to maya@example.net, a subscriber.",
    "unsubscribe_url": "https://briefing.example.com/u/1",
}

PAYLOADS = (
    "{{7*7}}",
    "{{ slots.sent_to }}",
    "{{ ''.__class__.__mro__ }}",
    "{% for x in range(9) %}boom{% endfor %}",
    "{# gone #}",
    "{%raw%}{{7*7}}{%endraw%}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "%recipient.name% %%email%% *|EMAIL|*",
    "[[var:sent_to]] [sent_to] [unsubscribe_url]",
    "@@sent_to@@ slotk3n9x2p7q0n000",
    "<script>window.pwned=1</script>",
    "</title><script>window.pwned=1</script>",
    "</style><script>window.pwned=1</script>",
    "--><script>window.pwned=1</script><!--",
    "<!--[if mso]><script>window.pwned=1</script><![endif]-->",
    "<![endif]-->",
    "<![CDATA[<script>window.pwned=1</script>]]>",
    "<img src=x onerror=window.pwned=1>",
    "<svg/onload=window.pwned=1>",
    "<a href='javascript:window.pwned=1'>x</a>",
    '" onmouseover="window.pwned=1" x="',
    "' onfocus='window.pwned=1' autofocus='",
    "`onload=window.pwned=1`",
    "&lt;script&gt;window.pwned=1&lt;/script&gt;",
    "&#60;script&#62;",
    "</td></tr></table></div></body></html>",
    "<plaintext>",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    "<style>*{display:none}</style>",
    'style="color:red; position:fixed"',
    'class="card" style="a; b"',
    "@import url(https://evil.example/x.css);",
    "one\r\nBcc: x@evil.example",
    "one\ntwo\rthree\u2028four\u2029five\x85six\x0bseven",
    "nul\x00bel\x07esc\x1b[31m",
    "\u202eevil\u202c \u2066x\u2069",
    "bom \ufeff\ufffe\uffff\ud800 half",
    "javascript:window.pwned=1",
    "=?utf-8?q?=0D=0ABcc:_x?=",
)


def hostile(content: EditionContent, payload: str) -> EditionContent:
    """The payload in every field that holds text, of the newsletter and of each story."""
    return replace(
        content,
        title=payload,
        tagline=payload,
        from_name=payload,
        postal_address=payload,
        why=payload,
        language=payload,
        images={},
        stories=tuple(_hostile(story, payload) for story in content.stories),
    )


def _hostile(story: Story, payload: str) -> Story:
    return replace(
        story,
        **dict.fromkeys(("headline", "dek", "caption", "byline", "url", "publisher", "topic", "language"), payload),
        takes=tuple(replace(take, text=payload) for take in story.takes),
        quotes=tuple(replace(quote, text=payload, speaker=payload, role=payload) for quote in story.quotes),
    )


def build(content: EditionContent, templates: Templates) -> CompiledMessage:
    return compile_edition(content, templates=templates, nonce=NONCE)


def skeleton(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each element with the names of its attributes: what markup there is, whatever it says."""
    document = lxml.html.document_fromstring(html)
    return [(str(element.tag), tuple(element.attrib)) for element in document.iter() if isinstance(element.tag, str)]


@pytest.fixture(scope="session")
def harmless(content: EditionContent, templates: Templates) -> CompiledMessage:
    return build(hostile(content, "harmless"), templates)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_are_only_text(
    content: EditionContent, templates: Templates, harmless: CompiledMessage, payload: str
) -> None:
    """In every field at once: the markup is that of harmless text, the words are shown, the slots are ours."""
    message = build(hostile(content, payload), templates)
    filled = message.html.fill(READER)
    assert skeleton(filled) == skeleton(harmless.html.fill(READER))
    assert message.html.slots == harmless.html.slots
    assert message.text.slots == harmless.text.slots
    shown = lxml.html.document_fromstring(filled)
    assert " ".join(shown.xpath("string(//h1)").split()) == " ".join(clean(payload).split())
    links = {link.get("href") for link in shown.iter("a")}
    assert links == {READER["unsubscribe_url"], content.view_url}
    assert len(message.subject.splitlines()) <= 1
    assert not re.search(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", filled + message.text.fill(READER)
    )
    if clean(payload):
        assert clean(payload) in re.sub(r"\s+", " ", message.text.fill(READER)).replace("\xa0", " ")


@pytest.mark.browser
def test_no_payload_runs_in_a_browser(content: EditionContent, templates: Templates, browser: Browser) -> None:
    """All of them on one page: no script runs, nothing is requested, no element is added."""
    stories = tuple(_hostile(replace(content.stories[0]), payload) for payload in PAYLOADS)
    bare = replace(content, images={}, brand=Brand(), stories=stories)
    html = build(bare, templates).html.fill(READER)
    page = browser.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.set_content(html)
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("document.querySelectorAll('script, img, svg, iframe, base, body style').length") == 0
    assert requests == []
    page.close()


def test_values_of_slots_are_only_text(content: EditionContent, templates: Templates) -> None:
    """A reader's values cannot add markup either."""
    message = build(content, templates)
    expected = skeleton(message.html.fill(READER))
    for payload in PAYLOADS:
        assert skeleton(message.html.fill(dict.fromkeys(READER, payload))) == expected


def test_equal_content_gives_an_equal_message(content: EditionContent, templates: Templates) -> None:
    """Whatever the nonce: the fingerprint that approval freezes does not depend on when it was built."""
    one = compile_edition(content, templates=templates, nonce="aaaaaaaa11")
    two = compile_edition(content, templates=Templates(), nonce="bbbbbbbb22")
    assert one == two
    assert one.fingerprint == two.fingerprint
    assert "aaaaaaaa11" not in one.to_json()


def test_every_field_that_readers_see_changes_the_fingerprint(content: EditionContent, templates: Templates) -> None:
    """No part of the content is left out of the message by accident."""
    before = build(content, templates).fingerprint
    unseen = {"from_name", "template", "stories", "issue_date", "reading_minutes"}
    for field in fields(EditionContent):
        if field.name in unseen:
            continue
        value = {
            "number": 7,
            "view_url": "https://x.example/",
            "language": "de",
            "brand": Brand(footer="other"),
            "images": {content.stories[0].article: StoryImage(url="https://x.example/1.jpg", width=1200, height=600)},
        }.get(field.name, "other")
        assert build(replace(content, **{field.name: value}), templates).fingerprint != before, field.name


def test_the_slots_of_a_digest(content: EditionContent, templates: Templates) -> None:
    """The sentence about the reader once in each part; the unsubscribe link as a whole href."""
    message = build(content, templates)
    assert sorted(message.html.slots) == [(name, "html") for name in ("sent_to", "unsubscribe_url")]
    assert sorted(message.text.slots) == [(name, "text") for name in ("sent_to", "unsubscribe_url")]
    at = message.html.parts.index(Slot("unsubscribe_url", "html"))
    assert str(message.html.parts[at - 1]).endswith(' href="')
    assert str(message.html.parts[at + 1]).startswith('"')


def test_an_article_that_holds_the_nonce_is_refused(content: EditionContent, templates: Templates) -> None:
    """Should an article ever guess it, the build stops instead of giving away a slot."""
    with pytest.raises(RenderError, match="build again"):
        build(replace(content, tagline=f"slot{NONCE.upper()}n000"), templates)


@pytest.mark.parametrize("broken", ["{{ slots.sent_to | upper }}", "{{ slots.sent_to[:14] }}"])
def test_a_template_that_bends_a_slot_is_refused(content: EditionContent, tmp_path: Path, broken: str) -> None:
    """A filter on a slot would be applied to the sentinel, not to the value."""
    (tmp_path / "digest").mkdir()
    whole = (Templates().folders[-1] / "digest" / "body.txt").read_text("utf-8")
    (tmp_path / "digest" / "body.txt").write_text(whole + broken, "utf-8")
    with pytest.raises(RenderError, match="changed a slot or a cut mark"):
        build(content, Templates([tmp_path]))


def test_the_right_to_left_sample_is_mirrored(templates: Templates) -> None:
    """A newsletter in Arabic runs from right to left as a whole, its English story does not."""
    html = build(sample_content(templates.sample("digest", "sample-rtl")), templates).html.fill(READER)
    assert '<html lang="ar" dir="rtl"' in html
    assert '<div lang="en-GB" dir="ltr">' in html
    assert "text-transform:uppercase" not in html.split("سماء")[0].rsplit("<p", 1)[1]
