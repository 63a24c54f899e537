"""Checks of a compiled message that need no browser: milliseconds, on every build.

Limits are those of clients, not taste; where each comes from stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.message import CompiledMessage, Slot, Slotted
from digest.model import Finding, Place, Severity
from digest.rendering.content import EditionContent
from digest.rendering.inline import CONDITIONAL
from digest.rendering.untrusted import clean, http_url
from digest.rendering.view import PREHEADER_LENGTH, SUBJECT_LENGTH

CLIPPED = 102_400
"""Bytes of HTML beyond which Gmail shows "[Message clipped]" and hides the unsubscribe link."""
BUDGET = 90_000
"""Bytes: what is left for a provider's tracking pixel and rewritten links."""
STYLE_LIMIT = 16_384
"""Bytes of all style blocks together; Gmail drops the block that passes it (email-bugs #90)."""
STYLE_BUDGET = 8_192
"""Bytes: the limit of older Gmail apps."""

_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL)
_MEDIA = re.compile(r"@media[^{]*\{")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACED_COLOUR = re.compile(r"\b(?:rgba?|hsla?)\(\s*[\d.%]+\s+[\d.]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_IMAGE = re.compile(r"<img\b[^>]*>")
_HREF = re.compile(r'<a\b[^>]*?\shref="([^"]*)"')
_GHOST_TAG = re.compile(r"<(/?)(table|tr|td)\b")


def lint(message: CompiledMessage, content: EditionContent) -> tuple[Finding, ...]:
    """What is wrong with a message, worst first. `content` is what it was compiled from."""
    html = _shown(message.html)
    text = _shown(message.text)
    outside = CONDITIONAL.sub("", html)
    found = [
        *_sizes(message, outside),
        *_styles(outside),
        *_structure(html, outside),
        *_links(message, content, html, text),
        *_lines(message, content),
    ]
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def _shown(slotted: Slotted) -> str:
    """The text with each slot written as `[name]`."""
    return "".join(f"[{part.name}]" if isinstance(part, Slot) else part for part in slotted.parts)


def _finding(code: str, severity: Severity, message: str, advice: str, excerpt: str = "") -> Finding:
    return Finding(
        code=code, severity=severity, message=message, advice=advice, places=(Place("edition", None, excerpt[:120]),)
    )


def _sizes(message: CompiledMessage, outside: str) -> Iterator[Finding]:
    size = message.html_bytes
    if size > BUDGET:
        yield _finding(
            "message-size",
            Severity.ERROR if size > CLIPPED else Severity.WARNING,
            f"The HTML takes up to {size:,} bytes; the budget is {BUDGET:,}, and Gmail clips at {CLIPPED:,}.",
            "Lower max_stories of the newsletter, or leave a story out.",
        )
    styles = sum(len(block.encode()) for block in _STYLE.findall(outside))
    if styles > STYLE_BUDGET:
        yield _finding(
            "style-size",
            Severity.ERROR if styles > STYLE_LIMIT else Severity.WARNING,
            f"The style blocks take {styles:,} bytes of {STYLE_BUDGET:,}; Gmail drops what passes {STYLE_LIMIT:,}.",
            "Move rules that need no media query into the plain style block, which is inlined.",
        )


def _styles(outside: str) -> Iterator[Finding]:
    for block in (_COMMENT.sub("", css) for css in _STYLE.findall(outside)):
        depth = deepest = 0
        for brace in re.findall("[{}]", block):
            depth += 1 if brace == "{" else -1
            deepest = max(deepest, depth)
        if depth or deepest > 2:
            yield _finding(
                "style-nesting",
                Severity.ERROR,
                "A style block has unequal braces, or an @ rule inside an @ rule; Gmail drops the whole block.",
                "Write one @media level, and close every brace.",
                block,
            )
        spaced = _SPACED_COLOUR.search(block)
        if spaced:
            yield _finding(
                "style-colour",
                Severity.ERROR,
                "A colour is written with spaces between its numbers; Gmail drops the whole block.",
                "Write it with commas or in hexadecimal.",
                spaced[0],
            )
        for selector, declarations in _RULE.findall(_MEDIA.sub("", block)):
            weak = [line for line in declarations.split(";") if line.strip() and "!important" not in line]
            if weak and ("@media" in block or "[data-ogs" in selector):
                yield _finding(
                    "style-loses",
                    Severity.ERROR,
                    "A rule for phones or dark mode lacks !important, so the inlined value wins and it does nothing.",
                    "Add !important to each of its declarations.",
                    f"{selector.strip()} {{{weak[0].strip()}}}",
                )


def _structure(html: str, outside: str) -> Iterator[Finding]:
    comments = CONDITIONAL.findall(html)
    tags = [f"{slash}{name}" for slash, name in _GHOST_TAG.findall("".join(comments))]
    unequal = [name for name in ("table", "tr", "td") if tags.count(name) != tags.count(f"/{name}")]
    if html.count("<!--[if") != len(comments) or html.count("<![endif]-->") != len(comments) or unequal:
        yield _finding(
            "outlook-comments",
            Severity.ERROR,
            "The conditional comments for Outlook are not closed, or their ghost tables are not.",
            "Close every <!--[if mso]> with <![endif]-->, and every ghost table, row and cell in a later one.",
        )
    for image in _IMAGE.findall(outside):
        if not re.search(r"\salt(=|\s|>)", image):
            yield _finding(
                "image-alt",
                Severity.ERROR,
                "An image has no alt text; it is announced by its file name, and blank where images are blocked.",
                'Write alt="…" from the article, or alt="" for decoration.',
                image,
            )
    if len(re.findall(r"<h1\b", outside)) != 1:
        yield _finding(
            "headings",
            Severity.WARNING,
            "The message does not have exactly one h1.",
            "Make the lead's headline the h1.",
        )
    head = re.search(r"<html\b[^>]*>", outside)
    if head is None or " lang=" not in head[0] or " dir=" not in head[0]:
        yield _finding(
            "language",
            Severity.ERROR,
            "The html element lacks lang or dir; a screen reader guesses the language.",
            'Write <html lang="{{ lang }}" dir="{{ dir }}">.',
        )
    control = _CONTROL.search(html)
    if control:
        yield _finding(
            "control-character",
            Severity.ERROR,
            f"The HTML holds the control character U+{ord(control[0]):04X}; Gmail clips a message at it.",
            "Remove it from the template.",
        )


def _links(message: CompiledMessage, content: EditionContent, html: str, text: str) -> Iterator[Finding]:
    hrefs = set(_HREF.findall(html))
    unescaped = {href.replace("&amp;", "&") for href in hrefs}
    if "[unsubscribe_url]" not in hrefs or Slot("unsubscribe_url", "text") not in message.text.slots:
        yield _finding(
            "unsubscribe-missing",
            Severity.ERROR,
            "The HTML or the text part has no unsubscribe link.",
            "Link slots.unsubscribe_url in body.html, and write it in body.txt.",
        )
    if content.view_url not in unescaped or content.view_url not in text:
        yield _finding(
            "online-missing",
            Severity.ERROR,
            "The HTML or the text part does not link to the edition online.",
            "Link view_url in body.html, and write it in body.txt.",
        )
    for href in sorted(unescaped):
        if href != "[unsubscribe_url]" and http_url(href) is None:
            yield _finding(
                "link-scheme", Severity.ERROR, "A link is not http or https.", "Link to a web address.", href
            )
    silent = [story.url for story in content.stories if http_url(story.url) and str(story.url).strip() not in text]
    if silent:
        yield _finding(
            "text-links",
            Severity.ERROR,
            f"The text part lacks the address of {len(silent)} of the stories.",
            "Write story.url in body.txt.",
            str(silent[0]),
        )


def _lines(message: CompiledMessage, content: EditionContent) -> Iterator[Finding]:
    if not message.subject or len(message.subject) > SUBJECT_LENGTH:
        yield _finding(
            "subject-length",
            Severity.WARNING if message.subject else Severity.ERROR,
            f"The subject has {len(message.subject)} characters; inboxes show up to {SUBJECT_LENGTH}.",
            "Use {{ subject }} in subject.txt: it is the headline, cut at a word.",
            message.subject,
        )
    if not message.preheader or message.preheader == message.subject or len(message.preheader) > PREHEADER_LENGTH:
        yield _finding(
            "preheader",
            Severity.WARNING,
            "The line that an inbox shows after the subject is empty, too long, or says the same.",
            "Give the lead a dek, or the edition a second story.",
            message.preheader,
        )
    address = clean(content.postal_address)
    for part, slotted in (("HTML", message.html), ("text", message.text)):
        words = re.sub(r"\s+", " ", _shown(slotted)).replace("&amp;", "&")
        if not address or address not in words:
            yield _finding(
                "address-missing",
                Severity.ERROR,
                f"The {part} part lacks the postal address, which the law of many countries asks for.",
                "Set postal_address of the newsletter, and write it in the foot of the template.",
            )
