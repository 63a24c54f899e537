"""Every e-mail that the gates judge: each sample of each template, in each locale and in variations.

Templates, samples and catalogs are found, not listed: a new folder is judged from its first day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import cache, cached_property
from html import escape
from typing import Any

from digest.message import CompiledMessage, Slotted
from digest.message.mime import compose
from digest.rendering.checks import Proof, proof_of, proof_of_notice
from digest.rendering.edition import EditionContent, compile_edition
from digest.rendering.language import plain_date
from digest.rendering.notice import CompiledNotice, Notice, compile_notice, sample_notice
from digest.rendering.sample import sample_content
from digest.rendering.templates import Templates
from digest.resources import shipped

UNBROKEN = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunt"
"""A word of sixty letters without a place to break it."""

DEFAULT = "digest"
NONCE = "k3n9x2p7q1"

ADDRESS = "https://briefing.example.com/u/4f3c2b1a?a=1&b=2"
"""What a slot for a personal page is filled with."""

_NO_TEXT = re.compile(r"https?://\S+|#[0-9A-Fa-f]{6}|[^@\s]+@[^@\s]+")
_NO_TEXTS = {"kind", "language", "story_language", "template", "heading_font", "text_font"}
"""Keys of a sample whose values name something for the program."""


@dataclass(frozen=True)
class Specimen:
    """One e-mail: which template says what, in whose words, and how it was varied."""

    template: str
    sample: str
    locale: str
    variation: str = "plain"

    def __str__(self) -> str:
        return "-".join((self.template, self.sample, self.locale, self.variation))

    @property
    def representative(self) -> bool:
        """Whether it is one of the few that stand for all: each template, the default in Arabic and with long words."""
        few = {(self.template, "sample", locale_of(self.template, "sample"), "plain")}
        few |= {(DEFAULT, "sample-rtl", "ar", "plain"), (DEFAULT, "sample", "en", "unbroken")}
        return (self.template, self.sample, self.locale, self.variation) in few

    @cached_property
    def content(self) -> EditionContent | Notice:
        """What it says, in the locale."""
        raw = VARIATIONS[self.variation](templates().sample(self.template, self.sample))
        content = (
            sample_notice(self.template, raw)
            if "notice" in raw
            else replace(sample_content(raw), template=self.template)
        )
        own = content.language.partition("-")[0]
        return content if own == self.locale else replace(content, language=self.locale)

    @cached_property
    def message(self) -> CompiledMessage | CompiledNotice:
        """Compiled as the program compiles it."""
        if isinstance(self.content, Notice):
            return compile_notice(self.content, templates=templates(), nonce=NONCE)
        return compile_edition(self.content, templates=templates(), nonce=NONCE)

    @property
    def subject(self) -> str:
        return self.message.subject

    @cached_property
    def source(self) -> str:
        """The HTML before inlining, filled for one reader."""
        shown = self.message.source_html
        for name, value in self._values(self.message.html).items():
            shown = shown.replace(f"[{name}]", escape(value, quote=True))
        return shown

    @cached_property
    def html(self) -> str:
        """The HTML as that reader gets it."""
        return self.message.html.fill(self._values(self.message.html))

    @cached_property
    def text(self) -> str:
        return self.message.text.fill(self._values(self.message.text))

    @cached_property
    def mime(self) -> bytes:
        """The message as it goes to a server."""
        return self.wire()

    def wire(self, *, html: str | None = None, subject: str | None = None) -> bytes:
        """The same with another HTML part or subject."""
        headers = self._headers(self.subject if subject is None else subject)
        return compose(headers, html=self.html if html is None else html, text=self.text)

    def _headers(self, subject: str) -> dict[str, str]:
        return {
            "From": "The Harbour Briefing <briefing@harbour.example.com>",
            "To": "Maya <maya@example.net>",
            "Subject": subject,
            "Date": format_datetime(datetime.now(UTC)),
            "List-Id": '"The Harbour Briefing" <briefing.harbour.example.com>',
            "Message-ID": f"<{self}@harbour.example.com>",
            "List-Unsubscribe": f"<{ADDRESS}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

    @cached_property
    def proof(self) -> Proof:
        """What the checks of a message look at."""
        headers, content = self._headers(self.subject), self.content
        if isinstance(self.message, CompiledMessage) and isinstance(content, EditionContent):
            return proof_of(self.message, content, headers)
        assert isinstance(self.message, CompiledNotice)
        assert isinstance(content, Notice)
        return proof_of_notice(self.message, content, headers)

    def _values(self, slotted: Slotted) -> dict[str, str]:
        """What fills the slots for one reader."""
        reader = f"{UNBROKEN}@example.net" if self.variation == "unbroken" else "maya@example.net"
        since = plain_date(date(2026, 3, 2), self.message.sent_to.language)
        sent_to = self.message.sent_to.dated % {"address": reader, "date": since}
        return {slot.name: sent_to if slot.name == "sent_to" else ADDRESS for slot in slotted.slots}


@cache
def templates() -> Templates:
    return Templates()


def specimens() -> list[Specimen]:
    """All of them, each once."""
    found = []
    for template in templates().names():
        for sample in samples(template):
            own = locale_of(template, sample)
            found += [Specimen(template, sample, locale) for locale in (own, *locales())]
            told = "story" in templates().sample(template, sample)
            found += [Specimen(template, sample, own, name) for name in VARIATIONS if told or name not in OF_STORIES]
    return list(dict.fromkeys(found))


@cache
def locales() -> tuple[str, ...]:
    """The languages that our own words are there in."""
    return ("en", *sorted(path.stem for path in shipped("templates/locales").glob("*.po")))


def samples(template: str) -> list[str]:
    """Names of a template's samples."""
    return sorted({path.stem for folder in templates().folders for path in (folder / template).glob("sample*.toml")})


@cache
def locale_of(template: str, sample: str) -> str:
    """The locale that a sample is written for: primary subtag of its language."""
    raw = templates().sample(template, sample)
    return str((raw.get("newsletter") or raw["notice"]).get("language", "en")).partition("-")[0]


def _worded(value: Any, change: Callable[[str], str]) -> Any:
    """The sample with every text changed: not an address, a colour, nor the name of a language or font."""
    if isinstance(value, Mapping):
        return {key: inner if key in _NO_TEXTS else _worded(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_worded(inner, change) for inner in value]
    return change(value) if isinstance(value, str) and not _NO_TEXT.fullmatch(value) else value


def _stories(raw: dict[str, Any], change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> dict[str, Any]:
    return {**raw, "story": change(raw["story"])}


def _bare(story: Mapping[str, Any]) -> dict[str, Any]:
    return {key: story[key] for key in ("headline", "language") if key in story}


VARIATIONS: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "plain": lambda raw: raw,
    # The word alone where there is one word, and among the others where there are more.
    "unbroken": lambda raw: _worded(raw, lambda text: f"{UNBROKEN} {text}" if " " in text else UNBROKEN),
    "emoji": lambda raw: _worded(raw, lambda text: f"🎉 {text} 👩‍🚀🇺🇳👨‍👩‍👧‍👦"),
    "markup": lambda raw: _worded(
        raw, lambda text: f'{text} <!--[if mso]> --> </td></table> <b class="page"> {{{{7*7}}}} &lt;'
    ),
    "alone": lambda raw: _stories(raw, lambda stories: stories[:1]),
    "bare": lambda raw: _stories(raw, lambda stories: [_bare(story) for story in stories]),
}
"""Name → what it makes of a sample's data."""
OF_STORIES = ("alone", "bare")
"""Those that change nothing where no story is told."""
