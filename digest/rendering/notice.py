"""Single messages about a subscription or an error of ours, each compiled once and filled for every reader."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from digest.errors import RenderError
from digest.message import PREHEADER_LENGTH, SUBJECT_LENGTH, SentTo, Slotted, shorten
from digest.rendering.brand import Brand, brand_view
from digest.rendering.inline import inline
from digest.rendering.language import long_date, plain_date, sides, tag
from digest.rendering.sample import typed
from digest.rendering.slots import Sentinels
from digest.rendering.templates import Templates
from digest.rendering.untrusted import clean, http_url
from digest.rendering.view import strings
from digest.rendering.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(ABC):
    """What every notice says. Nothing in it is personal, and nothing in it is trusted."""

    template: ClassVar[str]
    """Folder of the template; an operator's own folder of that name comes first."""
    personal: ClassVar[tuple[str, ...]]
    """Slots that both parts of the message must have."""

    title: str
    """Of the newsletter."""
    postal_address: str
    language: str = "en"
    """BCP 47 tag; English where there are no words for it."""
    brand: Brand = field(default_factory=Brand)

    @abstractmethod
    def view(self, words: Words) -> dict[str, Any]:
        """The values of its own for a template, one of which is `preheader`. Raises RenderError for a bad address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(Notice):
    """Asks whoever has an address whether they signed up."""

    template: ClassVar[str] = "confirm"
    personal: ClassVar[tuple[str, ...]] = ("confirm_url",)

    valid_days: int
    """How long the link works."""

    def view(self, words: Words) -> dict[str, Any]:
        return {
            "valid_days": self.valid_days,
            "preheader": words.gettext("Confirm, and the next issue comes to you."),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome(Notice):
    """Greets somebody whose subscription is confirmed."""

    template: ClassVar[str] = "welcome"
    personal: ClassVar[tuple[str, ...]] = ("unsubscribe_url",)

    next_issue: date | None = None
    """Its date, in the zone of the newsletter; None when nothing is scheduled."""
    latest_url: str | None = None
    """Where the newest edition can be read online."""

    def view(self, words: Words) -> dict[str, Any]:
        due = long_date(self.next_issue, words.language) if self.next_issue else None
        confirmed = words.gettext("Your subscription is confirmed.")
        then = (
            words.gettext("The next issue is due on %(date)s.", date=due)
            if due
            else words.gettext("You can leave at any time: the link to do so is at the end of every issue.")
        )
        return {
            "next_issue": due,
            "latest_url": http_url(self.latest_url),
            "preheader": shorten(f"{confirmed} {then}", PREHEADER_LENGTH),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodbye(Notice):
    """Says that somebody has left, and how to come back."""

    template: ClassVar[str] = "goodbye"
    personal: ClassVar[tuple[str, ...]] = ("rejoin_url",)

    def view(self, words: Words) -> dict[str, Any]:
        title = clean(self.title)
        return {"preheader": words.gettext("No further issue of %(title)s will be sent to this address.", title=title)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction(Notice):
    """Puts right what an edition got wrong, for everybody who got that edition."""

    template: ClassVar[str] = "correction"
    personal: ClassVar[tuple[str, ...]] = ("sent_to", "unsubscribe_url")

    issue_date: date
    """Of the edition."""
    headline: str
    """Of the story."""
    wrong: str
    """What we said."""
    right: str
    """What is so."""
    story_language: str | None = None
    """BCP 47 tag of the headline and of both; None: that of the notice."""
    url: str | None = None
    """Of the story, at its publisher."""
    view_url: str
    """Where the edition can be read online, put right."""

    def view(self, words: Words) -> dict[str, Any]:
        view_url = http_url(self.view_url)
        if view_url is None:
            raise RenderError(f"the online address of an edition must be http or https, not {self.view_url!r}")
        if not (clean(self.headline) and clean(self.wrong) and clean(self.right)):
            raise RenderError("a correction needs the headline, what was wrong and what is right")
        return {
            "date": plain_date(self.issue_date, words.language),
            "story": {
                **sides(tag(self.story_language or self.language, "en")),
                "headline": clean(self.headline),
                "url": http_url(self.url),
            },
            "wrong": clean(self.wrong),
            "right": clean(self.right),
            "view_url": view_url,
            "preheader": shorten(clean(self.right), PREHEADER_LENGTH),
        }


NOTICES: Mapping[str, type[Notice]] = {kind.template: kind for kind in (Confirm, Welcome, Goodbye, Correction)}
"""By the folder of their template."""


@dataclass(frozen=True)
class CompiledNotice:
    """A notice, ready but for its slots."""

    subject: str
    html: Slotted
    """Inlined."""
    text: Slotted
    source_html: str
    """Before inlining, for people; its slots are shown as `[name]`."""
    preheader: str
    sent_to: SentTo


def compile_notice(notice: Notice, *, templates: Templates, nonce: str) -> CompiledNotice:
    """Render and inline a notice in its language.

    `nonce` is 8 or more random lower-case letters and digits, new for each time. Raises RenderError when the
    content or the template cannot make a safe message, or when the template leaves out what the notice is for.
    """
    words = templates.words(tag(notice.language, "en"))
    view = {
        **sides(words.language),
        "voice": sides(words.language),
        "title": clean(notice.title),
        "postal_address": clean(notice.postal_address),
        "brand": brand_view(notice.brand),
        **notice.view(words),
    }
    sentinels = Sentinels(nonce)
    if any(sentinels.found_in(text) for text in strings(view)):
        raise RenderError("a notice holds the nonce of its build; build it again with a new one")
    folder = notice.template
    subject = shorten(clean(templates.render(f"{folder}/subject.txt", view, words)), SUBJECT_LENGTH)
    own = {"subject": subject, "preheader": view["preheader"]}
    html_slots = own | sentinels.tokens("html", notice.personal)
    source = templates.render(f"{folder}/body.html", {**view, "slots": html_slots}, words)
    text_slots = own | sentinels.tokens("text", notice.personal)
    text = templates.render(f"{folder}/body.txt", {**view, "slots": text_slots}, words)
    made = CompiledNotice(
        subject=subject,
        html=sentinels.split(inline(source)),
        text=sentinels.split(text),
        source_html=sentinels.show(source),
        preheader=view["preheader"],
        sent_to=words.sent_to(),
    )
    for part, slotted in (("body.html", made.html), ("body.txt", made.text)):
        lacking = set(notice.personal) - {slot.name for slot in slotted.slots}
        if lacking:
            raise RenderError(f"{folder}/{part} does not show {', '.join(f'slots.{name}' for name in sorted(lacking))}")
        if any(sentinels.found_in(piece) for piece in slotted.parts if isinstance(piece, str)):
            raise RenderError(f"{folder}/{part} changes a slot (a filter such as upper?); write slots as they are")
    return made


def sample_notice(template: str, sample: Mapping[str, Any]) -> Notice:
    """The notice that a sample.toml describes: its table `notice` has the fields of the kind.

    `kind` beside the table says which one, for a folder with a name of its own. Raises RenderError that names a
    missing or unknown key.
    """
    kind = sample.get("kind", template)
    if kind not in NOTICES:
        raise RenderError(
            f"{template}/sample.toml: it is not known what {kind!r} is; expected kind = one of {', '.join(NOTICES)}, "
            "or a layout.toml beside it if this is a digest"
        )
    try:
        return typed(NOTICES[kind](**sample["notice"]))
    except (KeyError, TypeError, ValueError) as error:
        raise RenderError(
            f"{template}/sample.toml: {error}; expected [notice] with the fields of {NOTICES[kind].__name__}"
        ) from None
