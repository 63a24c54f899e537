"""Whatever an article, a subscriber or a setting brings is text: no markup, no address, no header comes of it.

An edition with a payload in every field at once, and in each field alone, is compared with the same edition that says
`zqxharmless` there. Both are read by two HTML parsers; a complete message is read by two parsers of mail, neither of
which knows the other.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32, default
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import fast_mail_parser
import lxml.html
import pytest
from playwright.sync_api import Browser
from selectolax.lexbor import LexborHTMLParser

from digest.delivery.letters import Values, letter
from digest.delivery.trial import as_mail
from digest.errors import RenderError
from digest.message import SUBJECT_LENGTH, CompiledMessage, Message, shorten
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

T = TypeVar("T")

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
UNSEEN = ("caption", "byline", "language")
"""What is shown to nobody, or must have a form of its own; it is given to see that nothing comes of it."""
SEEN = ("headline", "dek", "publisher", "topic", "takes", "text", "speaker", "role", "also")
IMAGE = StoryImage(
    url="https://briefing.example.com/m/a.jpg", width=1200, height=600, alt="A harbour", credit="Ada Lovell"
)
LOGO = Logo(url="https://briefing.example.com/m/logo.png", alt="The Tide", width=200, height=50)
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
    whole = ("headline", "dek", "publisher", "topic", *UNSEEN)
    changes: dict[str, Any] = {field: text for field in fields if field in whole}
    if "takes" in fields:
        changes["takes"] = tuple(replace(take, text=text) for take in story.takes)
    parts = {part: text for part in ("text", "speaker", "role") if part in fields}
    changes["quotes"] = tuple(replace(quote, **parts) for quote in story.quotes)
    if "also" in fields:
        changes["also"] = (Report(text, text), Report(text, None))
    return replace(story, **changes)


def edition(text: str) -> EditionContent:
    """The text in every field: of the lead in all at once; of a story and of one in brief in some, with room around."""
    lead, story, *fillers, brief = (replace(each, takes=each.takes[:1], also=()) for each in sample().stories[:6])
    stories = (
        told(lead, text, *SEEN, *UNSEEN),
        told(story, text, "dek", "text", "role", *UNSEEN),
        *(replace(each, takes=(), quotes=(), dek=None) for each in fillers),
        told(brief, text, "publisher", *UNSEEN),
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
        images={lead.article: replace(IMAGE, alt=text, credit=text)},
        brand=Brand(footer=text, logo=replace(LOGO, alt=text)),
    )


def compiled(text: str) -> CompiledMessage:
    return compile_edition(edition(text), templates=templates(), nonce=NONCE)


def stories(field: str, texts: Sequence[str]) -> CompiledMessage:
    """For each text a story that says it in this field alone."""
    lead = replace(sample().stories[0], takes=sample().stories[0].takes[:1])
    made = [replace(told(lead, text, field), article=f"{at:064x}") for at, text in enumerate(texts)]
    shown = [replace(IMAGE, **({field: text} if field in ("alt", "credit") else {})) for text in texts]
    images = {story.article: image for story, image in zip(made, shown, strict=True)}
    content = replace(sample(), stories=tuple(made), images=images)
    return compile_edition(content, templates=templates(), nonce=NONCE)


def setting(field: str, text: str) -> CompiledMessage:
    """A short edition of a newsletter that says it in this field alone."""
    story = replace(sample().stories[0], dek=None, takes=(), quotes=(), also=())
    brand = Brand(
        footer=text if field == "footer" else "", logo=replace(LOGO, alt=text if field == "logo" else LOGO.alt)
    )
    own = {field: text} if field not in ("footer", "logo") else {}
    content = replace(sample(), **{"stories": (story,), "images": {}, "brand": brand, **own})
    return compile_edition(content, templates=templates(), nonce=NONCE)


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
        if own == other and not any(PLAIN in value.lower() for _, value in other.attributes):
            continue
        expected = tuple((name, as_said(value, payload)) for name, value in other.attributes)
        made = tuple((name, as_said(value, payload)) for name, value in own.attributes)
        if made != expected:
            yield f"<{own.tag}>: {made} is not {expected}"


def words_of(html: str) -> str:
    document = lxml.html.document_fromstring(html)
    for hidden in document.xpath("//head | //*[contains(@class, 'preheader')] | //comment()"):
        hidden.drop_tree()
    return str(document.text_content())


SHARED = ("title", "postal_address", "footer", "logo", "language")
CORRECTED = ("headline", "wrong", "right", "story_language")
UNSHOWN = ("language", "story_language")


def fields_of(kind: str) -> tuple[str, ...]:
    """The fields of a notice that hold text."""
    return (*SHARED, *(CORRECTED if kind == "correction" else ()))


@cache
def notice(kind: str, own: tuple[str, ...], text: str) -> tuple[str, str, str]:
    """Subject, HTML and text of a notice with the text in these fields."""
    brand = Brand(
        footer=text if "footer" in own else "",
        logo=replace(LOGO, alt=text) if "logo" in own else None,
    )
    told = dict.fromkeys((field for field in own if field not in ("footer", "logo")), text)
    usual = sample_notice(kind, templates().sample(kind))
    message = compile_notice(replace(usual, brand=brand, **told), templates=templates(), nonce=NONCE)
    return message.subject, message.html.fill(SLOTS), message.text.fill(SLOTS)


@cache
def harmless(text: str = PLAIN) -> CompiledMessage:
    return compiled(text)


@cache
def once(read: Callable[[str], T], html: str) -> T:
    """What is read of HTML that many others are compared with."""
    return read(html)


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
    reads_the_same(message.whole, harmless(plain_for(payload)).whole, payload)
    names_a_reader(message, name=payload, shown=payload)
    has_its_headers(message, title=payload, from_name=payload, name=payload)
    is_its_wire(message, title=payload, from_name=payload, name=payload)


@pytest.mark.parametrize("field", [*SEEN, "alt", "credit", *UNSEEN])
def test_a_field_of_a_story_only_says_it(field: str) -> None:
    """Each payload in this field alone, all others being as usual."""
    plain = stories(field, (PLAIN, ""))
    assert (PLAIN in plain.select((0,)).html.fill(SLOTS).lower()) == (field not in UNSEEN)
    for start in range(0, len(PAYLOADS), 40):
        some = PAYLOADS[start : start + 40]
        made = stories(field, some)
        for at, payload in enumerate(some):
            message = made.select((at,))
            reads_the_same(message, plain.select((0 if clean(payload) else 1,)), payload)
            if field == "headline":
                has_its_headers(CompiledMessage.plain(subject=message.subject, html=message.html, text=message.text))


@pytest.mark.parametrize(
    "field", ["title", "tagline", "from_name", "postal_address", "why", "language", "footer", "logo"]
)
def test_a_setting_only_says_it(field: str) -> None:
    """Each payload in this setting of a newsletter alone; the language and the sender's name are not shown."""
    plain = {text: setting(field, text).whole for text in (PLAIN, "")}
    assert (PLAIN in plain[PLAIN].html.fill(SLOTS)) == (field not in ("language", "from_name"))
    for payload in PAYLOADS:
        reads_the_same(setting(field, payload).whole, plain[plain_for(payload)], payload)


@pytest.mark.parametrize("field", ["title", "from_name", "name"])
def test_a_field_of_a_header_only_says_it(field: str) -> None:
    """Each payload in the title, in the sender's or in the reader's name alone."""
    for payload in PAYLOADS:
        has_its_headers(harmless(), **{field: payload})
        is_its_wire(harmless(), **{field: payload})


@pytest.mark.parametrize("field", ["name", "shown"])
def test_a_field_of_a_reader_only_says_it(field: str) -> None:
    """Each payload in the name or in the address alone."""
    for payload in PAYLOADS:
        names_a_reader(harmless(), **{field: payload})


def reads_the_same(ours: Message, plain: Message, payload: str) -> None:
    """The same elements and attributes in both parsers, the same words, the same slots, one line of subject."""
    html, expected = ours.html.fill(SLOTS), plain.html.fill(SLOTS)
    for parse in PARSERS:
        assert list(same(parse(html), once(parse, expected), payload)) == [], parse.__name__
    assert as_said(words_of(html), payload) == as_said(once(words_of, expected), payload)
    text = ours.text.fill(SLOTS)
    assert as_said(text, payload) == as_said(plain.text.fill(SLOTS), payload)
    assert (ours.html.slots, ours.text.slots) == (plain.html.slots, plain.text.slots)
    assert ours.subject == plain.subject.replace(PLAIN, clean(payload))
    assert not _SHOWN_CONTROL.search(html + text + ours.subject + ours.preheader)
    assert html.count("<!--") == expected.count("<!--")


@pytest.mark.parametrize("kind", NOTICES)
@pytest.mark.parametrize("payload", PAYLOADS[::7])
def test_a_notice_only_says_it(payload: str, kind: str) -> None:
    """The same of a single message, in all of its fields."""
    if not clean(payload) and kind == "correction":
        with pytest.raises(RenderError, match="needs the headline"):
            notice(kind, fields_of(kind), payload)
        return
    says_the_same(notice(kind, fields_of(kind), payload), notice(kind, fields_of(kind), plain_for(payload)), payload)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        pytest.param(kind, field, marks=() if kind == "correction" else pytest.mark.matrix)
        for kind in NOTICES
        for field in fields_of(kind)
    ],
)
def test_a_field_of_a_notice_only_says_it(kind: str, field: str) -> None:
    """Each payload in this field alone, all others being as usual; no language is shown, nor an address of a page."""
    said = PLAIN in "".join(notice(kind, (field,), PLAIN))
    assert said == (field not in UNSHOWN)
    for payload in PAYLOADS:
        if not clean(payload) and field in ("headline", "wrong", "right"):
            with pytest.raises(RenderError, match="needs the headline"):
                notice(kind, (field,), payload)
            continue
        plain = PLAIN if payload and field in UNSHOWN else plain_for(payload)
        says_the_same(notice(kind, (field,), payload), notice(kind, (field,), plain), payload)


def titled(elements: Sequence[Element], subject: str) -> list[Element]:
    """The same, with one word where an attribute repeats the subject, which is shortened where it is long."""
    return [
        each._replace(attributes=tuple((name, value.replace(subject, "SUBJECT")) for name, value in each.attributes))
        for each in elements
    ]


def says_the_same(ours: tuple[str, str, str], plain: tuple[str, str, str], payload: str) -> None:
    """The same elements and attributes in both parsers, the same words, one line of subject, which may be shortened."""
    (subject, html, text), (plain_subject, plain_html, plain_text) = ours, plain
    for parse in PARSERS:
        made, expected = titled(parse(html), subject), titled(once(parse, plain_html), plain_subject)
        assert list(same(made, expected, payload)) == [], parse.__name__
    assert as_said(text, payload) == as_said(plain_text, payload)
    assert subject == shorten(plain_subject.replace(PLAIN, clean(payload)), SUBJECT_LENGTH)
    assert not _SHOWN_CONTROL.search(html + text + subject)
    assert not _CONTROL.search(subject)
    assert html.count("<!--") == plain_html.count("<!--")


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


def names_a_reader(message: CompiledMessage, **told: str) -> None:
    """A name or an address adds no element in HTML and no line in text, however it came onto the roll."""
    values = Values(edition_id=1, newsletter="morning", sender=SENDER, sent_to=message.sent_to, key=KEY)
    hostile, usual = (values.of(ADA._replace(**each)) for each in (told, dict.fromkeys(told, PLAIN)))
    made, plain = by_lexbor(message.html.fill(hostile)), by_lexbor(message.html.fill(usual))
    assert made == plain
    assert len(message.text.fill(hostile).splitlines()) == len(message.text.fill(usual).splitlines())
    assert _CONTROL.sub("", told.get("shown", "")) in message.text.fill(hostile)


def has_its_headers(
    message: CompiledMessage,
    *,
    title: str = SENDER.title,
    from_name: str = SENDER.from_name,
    name: str = ADA.name,
) -> None:
    """Title, sender, headline and name, read back by two parsers; what holds a control is not sent at all."""
    sender = replace_sender(title=clean(title), from_name=from_name)
    own = letter(message, sender, scheduled=True)
    values = Values(edition_id=1, newsletter="morning", sender=sender, sent_to=message.sent_to, key=KEY)
    filled = values.of(ADA._replace(name=name))
    if _CONTROL.search(from_name + name):
        with pytest.raises(RenderError, match="U\\+"):
            as_mail(own, filled, at=AT)
        from_name, name = clean(from_name), clean(name)
        own = letter(message, replace_sender(title=clean(title), from_name=from_name), scheduled=True)
        filled = values.of(ADA._replace(name=name))
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
    mailboxes = (("From", "tide@news.example.org", from_name), ("To", "ada@example.org", name))
    for header, address, told in mailboxes:
        assert [mailbox.addr_spec for mailbox in modern[header].addresses] == [address]
        # Not its display_name: CPython leaves a space between two encoded words of a phrase, which RFC 2047 6.2 drops.
        shown = str(make_header(decode_header(parseaddr(str(plain[header]))[0])))
        assert " ".join(shown.split()) == " ".join(told.split())
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


def is_its_wire(
    message: CompiledMessage, *, title: str = SENDER.title, from_name: str = SENDER.from_name, name: str = ADA.name
) -> None:
    """What a provider is given is one JSON document with our fields, and the payload in them as it is."""
    own = letter(message, replace_sender(title=clean(title), from_name=clean(from_name)), scheduled=False)
    values = Values(edition_id=1, newsletter="morning", sender=SENDER, sent_to=message.sent_to, key=KEY)
    filled = values.of(ADA._replace(name=clean(name)))
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
        made = tuple(
            told(lead, each, "headline", "takes", "text", "speaker", "role", "topic", *UNSEEN)
            for each in PAYLOADS[start : start + 60]
            if clean(each)
        )
        content = replace(sample(), stories=made, images={})
        page.set_content(compile_edition(content, templates=templates(), nonce=NONCE).html.fill(SLOTS))
        assert page.evaluate("window.pwned") is None
        assert page.evaluate("document.querySelectorAll('script,img,svg,iframe,base,form,body style').length") == 0
    assert requests == []
    page.close()


def test_every_field_of_a_notice_is_covered() -> None:
    """A new field that holds text must be added above; addresses of pages are checked where they are linked."""
    for kind, notice_type in NOTICES.items():
        texts = {field.name for field in fields(notice_type) if str(field.type).startswith("str")}
        assert texts - {"url", "view_url", "latest_url"} == {*fields_of(kind)} - {"footer", "logo"}
