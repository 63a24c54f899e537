"""Whatever an article, a subscriber or a setting brings is text: no markup, no address, no header comes of it.

An edition with a payload in every field is compared with the same edition that says `zqxharmless` there. Both are read
by two HTML parsers; a complete message is read by two parsers of mail, neither of which knows the other.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32, default
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import fast_mail_parser
import lxml.html
import pytest
from playwright.sync_api import Browser
from selectolax.lexbor import LexborHTMLParser

from digest.delivery.letters import Values, letter
from digest.delivery.trial import as_mail
from digest.errors import RenderError
from digest.message import CompiledMessage
from digest.model import Report, Story
from digest.providers.postmark import Postmark
from digest.rendering.brand import Brand, Logo
from digest.rendering.content import EditionContent, StoryImage
from digest.rendering.edition import compile_edition
from digest.rendering.notice import NOTICES, compile_notice, sample_notice
from digest.rendering.sample import sample_content
from digest.rendering.templates import Templates
from digest.rendering.untrusted import clean, http_url
from digest.storage.batches import Reader
from digest.storage.drafts import Sender

FAMILIES: dict[str, list[str]] = json.loads(Path(__file__).parents[1].joinpath("payloads.json").read_text("utf-8"))
PAYLOADS = [payload for family in FAMILIES.values() for payload in family]
NONCE = "k3n9x2p7q1"
KEY = "a-signing-key-for-tests-0123456789"
PLAIN = "zqxharmless"
AT = datetime(2027, 3, 16, 7, 0, tzinfo=UTC)
SLOTS = {
    "sent_to": "It was sent to maya@example.net, a subscriber.",
    "unsubscribe_url": "https://briefing.example.com/u/1",
    "confirm_url": "https://briefing.example.com/c/1",
    "rejoin_url": "https://briefing.example.com/r/1",
}
SENDER = Sender(
    title="The Morning Tide",
    from_name="The Morning Tide",
    from_address="tide@news.example.org",
    reply_to="desk@news.example.org",
    list_id="morning.news.example.org",
    language="en",
    base_url="https://digest.example.org",
    kind="postmark",
    stream="broadcast",
    signing_key="0123456789ab",
)
ADA = Reader(7, "ada@example.org", "ada@example.org", "Ada", None)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SHOWN_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


@cache
def templates() -> Templates:
    return Templates()


@cache
def sample() -> EditionContent:
    return sample_content(templates().sample("digest"))


def told(story: Story, text: str, *fields: str) -> Story:
    """The story with the text in these fields."""
    changes: dict[str, Any] = {field: text for field in fields if field in ("headline", "dek", "publisher", "topic")}
    if "takes" in fields:
        changes["takes"] = tuple(replace(take, text=text) for take in story.takes)
    parts = {part: text for part in ("text", "speaker", "role") if part in fields}
    changes["quotes"] = tuple(replace(quote, **parts) for quote in story.quotes)
    if "also" in fields:
        changes["also"] = (Report(text, text), Report(text, None))
    # These are shown by nobody, or must have a form of their own; they are given to see that nothing comes of them.
    unseen = dict.fromkeys(("caption", "byline", "language"), text)
    return replace(story, **changes, **unseen)


def edition(text: str) -> EditionContent:
    """The text in every field: of the lead in all at once; of a story and of one in brief in some, with room around."""
    lead, story, *fillers, brief = (replace(each, takes=each.takes[:1], also=()) for each in sample().stories[:6])
    stories = (
        told(lead, text, "headline", "dek", "takes", "text", "speaker", "role", "publisher", "topic", "also"),
        told(story, text, "dek", "text", "role"),
        *(replace(each, takes=(), quotes=(), dek=None) for each in fillers),
        told(brief, text, "publisher"),
    )
    return replace(
        sample(),
        title=text,
        tagline=text,
        from_name=text,
        postal_address=text,
        why=text,
        language=text,
        stories=stories,
        images={
            lead.article: StoryImage(
                url="https://briefing.example.com/m/a.jpg", width=1200, height=600, alt=text, credit=text
            )
        },
        brand=Brand(
            footer=text, logo=Logo(url="https://briefing.example.com/m/logo.png", alt=text, width=200, height=50)
        ),
    )


def compiled(text: str) -> CompiledMessage:
    return compile_edition(edition(text), templates=templates(), nonce=NONCE)


class Element(NamedTuple):
    """One element as both parsers tell it."""

    tag: str
    attributes: tuple[tuple[str, str], ...]


def by_libxml2(html: str) -> list[Element]:
    document = lxml.html.document_fromstring(html)
    return [
        Element(str(each.tag), tuple(sorted((str(key), str(value)) for key, value in each.attrib.items())))
        for each in document.iter()
        if isinstance(each.tag, str)
    ]


def by_lexbor(html: str) -> list[Element]:
    root = LexborHTMLParser(html).root
    assert root is not None
    return [
        Element(each.tag or "", tuple(sorted((key, value or "") for key, value in each.attributes.items())))
        for each in root.traverse(include_text=False)
        if each.tag and not each.tag.startswith(("-", "!"))
    ]


PARSERS: tuple[Callable[[str], list[Element]], ...] = (by_libxml2, by_lexbor)


def as_said(plain: str, payload: str) -> str:
    """What the harmless text becomes when it is replaced by the payload, on one line and in equal quotation marks."""
    text = plain.replace(PLAIN, clean(payload)).replace(PLAIN.upper(), clean(payload).upper())
    text = re.sub("[“”‘’]", '"', text).replace(',"', '."')  # the comma of a quotation gives way to a full stop
    return " ".join(re.sub(r"\d+ min read", "N min read", text).split())


def same(ours: Sequence[Element], plain: Sequence[Element], payload: str) -> Iterator[str]:
    """What differs beyond the payload itself; the preheader is as long as it is, and is no attribute."""
    if [each.tag for each in ours] != [each.tag for each in plain]:
        yield f"elements: {[each.tag for each in ours]}"
        return
    for own, other in zip(ours, plain, strict=True):
        expected = tuple((name, as_said(value, payload)) for name, value in other.attributes)
        made = tuple((name, as_said(value, payload)) for name, value in own.attributes)
        if made != expected:
            yield f"<{own.tag}>: {made} is not {expected}"


def words_of(html: str) -> str:
    document = lxml.html.document_fromstring(html)
    for hidden in document.xpath("//head | //*[contains(@class, 'preheader')] | //comment()"):
        hidden.drop_tree()
    return str(document.text_content())


@cache
def harmless(text: str = PLAIN) -> CompiledMessage:
    return compiled(text)


@cache
def parsed_harmless(text: str, parse: Callable[[str], list[Element]]) -> list[Element]:
    return parse(harmless(text).html.fill(SLOTS))


def plain_for(payload: str) -> str:
    """Nothing, for a payload of which nothing is left: an empty field is not shown."""
    return PLAIN if clean(payload) else ""


def test_there_are_enough() -> None:
    """At least three hundred, each of them once."""
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 300


@pytest.mark.parametrize("payload", PAYLOADS)
def test_it_is_only_said(payload: str) -> None:
    """In every field of an edition and of its reader: in HTML, in text, in the headers, on the wire to a provider."""
    message = compiled(payload)
    reads_the_same(message, payload)
    names_a_reader(message, payload)
    has_its_headers(message, payload)
    is_its_wire(message, payload)


def reads_the_same(ours: CompiledMessage, payload: str) -> None:
    """The same elements and attributes in both parsers, the same words, the same slots, one line of subject."""
    plain = harmless(plain_for(payload))
    html, expected = ours.html.fill(SLOTS), plain.html.fill(SLOTS)
    for parse in PARSERS:
        assert list(same(parse(html), parsed_harmless(plain_for(payload), parse), payload)) == [], parse.__name__
    assert as_said(words_of(html), payload) == as_said(words_of(expected), payload)
    text = ours.text.fill(SLOTS)
    assert as_said(text, payload) == as_said(plain.text.fill(SLOTS), payload)
    assert (ours.html.slots, ours.text.slots) == (plain.html.slots, plain.text.slots)
    assert ours.subject == clean(payload)
    assert not _SHOWN_CONTROL.search(html + text + ours.subject + ours.preheader)
    assert html.count("<!--") == expected.count("<!--")


@pytest.mark.parametrize("kind", ["confirm", "correction"])
@pytest.mark.parametrize("payload", PAYLOADS[::7])
def test_a_notice_only_says_it(payload: str, kind: str) -> None:
    """The same of a single message."""

    def made(text: str) -> tuple[str, str]:
        fields = ("title", "postal_address", *(("headline", "wrong", "right") if kind == "correction" else ()))
        notice = replace(sample_notice(kind, templates().sample(kind)), **dict.fromkeys(fields, text))
        message = compile_notice(notice, templates=templates(), nonce=NONCE)
        return message.html.fill(SLOTS), message.text.fill(SLOTS)

    if not clean(payload) and kind == "correction":
        with pytest.raises(RenderError, match="needs the headline"):
            made(payload)
        return
    (html, text), (plain_html, plain_text) = made(payload), made(plain_for(payload))
    for parse in PARSERS:
        assert list(same(parse(html), parse(plain_html), payload)) == [], parse.__name__
    assert as_said(text, payload) == as_said(plain_text, payload)


def links(html: str) -> list[set[str]]:
    """Everything that a client may open or fetch, as each parser sees it."""
    names = ("href", "src", "action", "formaction", "background", "data", "poster", "srcset", "cite", "xlink:href")
    return [{value for each in parse(html) for name, value in each.attributes if name in names} for parse in PARSERS]


@pytest.mark.parametrize("family", FAMILIES)
def test_an_address_is_of_the_web_or_not_there(family: str) -> None:
    """As a whole and after the start of a good one: linked as it is when it is http or https and harmless, else not."""
    urls = [url for each in FAMILIES[family] for url in (each, f"https://x.example/?q={each}")]
    bare = replace(sample().stories[0], dek=None, takes=(), quotes=())
    for start in range(0, len(urls), 50):
        some = urls[start : start + 50]
        content = replace(sample(), stories=tuple(replace(bare, url=url) for url in some), images={})
        message = compile_edition(content, templates=templates(), nonce=NONCE)
        good = {shown for url in some if (shown := http_url(url))}
        written = {quote(url, safe=string.printable) for url in good}  # libxml2 writes addresses in ASCII
        for found in links(message.html.fill(SLOTS)):
            assert found == written | {content.view_url, SLOTS["unsubscribe_url"]}
            assert all(re.match(r"https?://[^\s/]", each, re.IGNORECASE) for each in found)
        lines = {line.strip() for line in message.text.fill(SLOTS).splitlines()}
        assert {line for line in lines if "://" in line} == good | {content.view_url, SLOTS["unsubscribe_url"]}
        assert not _SHOWN_CONTROL.search(message.text.fill(SLOTS))


def names_a_reader(message: CompiledMessage, payload: str) -> None:
    """A name or an address adds no element in HTML and no line in text, however it came onto the roll."""
    values = Values(edition_id=1, newsletter="morning", sender=SENDER, sent_to=message.sent_to, key=KEY)
    hostile, usual = (values.of(ADA._replace(name=text, shown=text)) for text in (payload, PLAIN))
    made, plain = by_lexbor(message.html.fill(hostile)), by_lexbor(message.html.fill(usual))
    assert made == plain
    assert len(message.text.fill(hostile).splitlines()) == len(message.text.fill(usual).splitlines())
    shown = "".join(char for char in payload if not _CONTROL.match(char))
    assert shown in message.text.fill(hostile)


def has_its_headers(message: CompiledMessage, payload: str) -> None:
    """Title, sender, headline and name, read back by two parsers; what holds a control is not sent at all."""
    sender = replace_sender(title=clean(payload), from_name=payload)
    own = letter(message, sender, scheduled=True)
    values = Values(edition_id=1, newsletter="morning", sender=sender, sent_to=message.sent_to, key=KEY)
    filled = values.of(ADA._replace(name=payload))
    if _CONTROL.search(payload):
        with pytest.raises(RenderError, match="U\\+"):
            as_mail(own, filled, at=AT)
        own = letter(message, replace_sender(title=clean(payload), from_name=clean(payload)), scheduled=True)
        filled = values.of(ADA._replace(name=clean(payload)))
        payload = clean(payload)
    raw = as_mail(own, filled, at=AT)
    names = "From To Reply-To Subject Date List-Unsubscribe List-Unsubscribe-Post List-Id Message-ID Auto-Submitted"
    expected = [*names.split(), "Content-Type", "MIME-Version"]
    head = raw.split(b"\r\n\r\n", 1)[0]
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert head.isascii()

    modern = message_from_bytes(raw, policy=default)
    assert sorted(modern.keys()) == sorted(expected)
    plain = message_from_bytes(raw, policy=compat32)
    assert str(make_header(decode_header(str(plain["Subject"])))) == message.subject
    for name, address in (("From", "tide@news.example.org"), ("To", "ada@example.org")):
        assert [mailbox.addr_spec for mailbox in modern[name].addresses] == [address]
        # Not its display_name: CPython leaves a space between two encoded words of a phrase, which RFC 2047 6.2 drops.
        shown = str(make_header(decode_header(parseaddr(str(plain[name]))[0])))
        assert " ".join(shown.split()) == " ".join(payload.split())
    html = modern.get_body(("html",))
    text = modern.get_body(("plain",))
    assert html is not None
    assert text is not None
    assert html.get_content().replace("\r\n", "\n").rstrip() == message.html.fill(filled).rstrip()

    other = fast_mail_parser.parse_email(raw)
    assert sorted(other.headers) == sorted(expected)
    assert other.subject == message.subject
    assert [each.address for each in (other.from_, *other.to)] == ["tide@news.example.org", "ada@example.org"]
    assert [part.rstrip().replace("\r\n", "\n") for part in other.text_html] == [message.html.fill(filled).rstrip()]
    assert other.attachments == []


def replace_sender(**changes: str) -> Sender:
    return Sender(**{field: changes.get(field, getattr(SENDER, field)) for field in SENDER.__struct_fields__})


def is_its_wire(message: CompiledMessage, payload: str) -> None:
    """What a provider is given is one JSON document with our fields, and the payload in them as it is."""
    own = letter(message, replace_sender(title=clean(payload), from_name=clean(payload)), scheduled=False)
    values = Values(edition_id=1, newsletter="morning", sender=SENDER, sent_to=message.sent_to, key=KEY)
    filled = values.of(ADA._replace(name=clean(payload)))
    adapter = Postmark()
    usual = letter(harmless(), SENDER, scheduled=False)
    (made,) = json.loads(adapter.call([adapter.wire(own).message(filled)], key="k-1").body)
    (plain,) = json.loads(adapter.call([adapter.wire(usual).message(filled)], key="k-1").body)
    assert made.keys() == plain.keys()
    assert [header["Name"] for header in made["Headers"]] == [header["Name"] for header in plain["Headers"]]
    assert made["Subject"] == message.subject
    assert made["HtmlBody"] == message.html.fill(filled)
    assert made["TextBody"] == message.text.fill(filled)


@pytest.mark.browser
def test_nothing_runs_in_a_browser(browser: Browser) -> None:
    """All of them, some to a page: no script runs, nothing is asked for but the pictures of the edition."""
    lead = sample().stories[0]
    page = browser.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for start in range(0, len(PAYLOADS), 60):
        stories = tuple(
            told(lead, each, "headline", "takes", "text", "speaker", "role", "topic")
            for each in PAYLOADS[start : start + 60]
            if clean(each)
        )
        content = replace(sample(), stories=stories, images={})
        page.set_content(compile_edition(content, templates=templates(), nonce=NONCE).html.fill(SLOTS))
        assert page.evaluate("window.pwned") is None
        assert page.evaluate("document.querySelectorAll('script,img,svg,iframe,base,form,body style').length") == 0
    assert requests == []
    page.close()


def test_every_notice_is_covered() -> None:
    """A new kind of notice must be added above, or say why not: the other two hold a title and an address only."""
    assert NOTICES.keys() == {"confirm", "correction", "welcome", "goodbye"}
