"""A compiled edition: rendered once for each language, ready to be joined and filled for any reader."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from digest.errors import RenderError
from digest.message.selection import SUMMARY, Chosen, Plan, Told
from digest.message.slots import ESCAPES, Form, Section, Slot, Slotted
from digest.model import Finding

T = TypeVar("T")


class SentTo(NamedTuple):
    """The sentence that says whom a message was sent to, with `%(address)s` and `%(date)s` to be filled."""

    plain: str = "It was sent to %(address)s, a subscriber."
    dated: str = "It was sent to %(address)s, a subscriber since %(date)s."
    language: str = "en"
    """Of these words, and so of the date."""


class Message(NamedTuple):
    """What all readers of one selection get, but for their own slots."""

    subject: str
    preheader: str
    html: Slotted
    text: Slotted


@dataclass(frozen=True)
class CompiledMessage:
    """An edition in one language: every story stands in it in the form of every section.

    Its JSON form is stored with the edition. `subject`, `preheader`, `html` and `text` are those of the whole edition.
    """

    subject_form: Form
    html_form: Form
    """Inlined."""
    text_form: Form
    plan: Plan = field(default_factory=Plan)
    sent_to: SentTo = field(default_factory=SentTo)
    source_form: Form = field(default_factory=lambda: Form(()), compare=False)
    """The HTML before inlining, for people; not stored."""
    trimmed: tuple[Finding, ...] = field(default=(), compare=False)
    """What its budgets cost it; stored with the edition's other findings."""

    def choose(self, positions: Sequence[int] | None = None) -> Chosen:
        """See `Plan.choose`."""
        return self.plan.choose(positions)

    def select(self, positions: Sequence[int] | None = None) -> Message:
        """The message of a selection of stories, by their positions in the edition; None: of all of them."""
        chosen = self.choose(positions)
        return Message(
            subject=self.subject_form.select(chosen).fill({}),
            preheader=chosen.values.get("preheader", ""),
            html=self.html_form.select(chosen),
            text=self.text_form.select(chosen),
        )

    @cached_property
    def whole(self) -> Message:
        """The message with every story."""
        return self.select()

    @property
    def subject(self) -> str:
        return self.whole.subject

    @property
    def preheader(self) -> str:
        return self.whole.preheader

    @property
    def html(self) -> Slotted:
        return self.whole.html

    @property
    def text(self) -> Slotted:
        return self.whole.text

    @property
    def source_html(self) -> str:
        """The whole edition before inlining; its personal slots are shown as `[name]`."""
        parts = self.source_form.select(self.choose()).parts
        return "".join(part if isinstance(part, str) else f"[{part.name}]" for part in parts)

    @property
    def html_bytes(self) -> int:
        """Bytes of UTF-8 that the HTML of no reader passes, whatever the selection, with every slot at its longest."""
        return heaviest(self.html_form, self.plan)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the JSON form: equal for equal content, whatever nonce it was compiled with."""
        return _sha256(self.to_json())

    def to_json(self) -> str:
        """Canonical: sorted keys, no spaces; pieces are strings, slots are `[name, context]`, sections are objects."""
        return _canonical(self.raw())

    @classmethod
    def from_json(cls, stored: str) -> CompiledMessage:
        """The message that `to_json` wrote. Raises RenderError when it is something else."""
        return _read(stored, cls.of_raw)

    def raw(self) -> dict[str, Any]:
        """What is stored, as values of JSON."""
        plan = self.plan
        return {
            "subject": _raw(self.subject_form),
            "html": _raw(self.html_form),
            "text": _raw(self.text_form),
            "sent_to": self.sent_to,
            "plan": {
                "sections": plan.sections,
                "summary": plan.summary,
                "stories": plan.stories,
                "also": plan.also,
                "minutes": plan.minutes,
            },
        }

    @classmethod
    def of_raw(cls, raw: Mapping[str, Any]) -> CompiledMessage:
        """The message of these values. Raises ValueError, KeyError, TypeError or IndexError for others."""
        plan = raw["plan"]
        return cls(
            subject_form=_form(raw["subject"]),
            html_form=_form(raw["html"]),
            text_form=_form(raw["text"]),
            sent_to=SentTo(*map(str, raw["sent_to"])),
            plan=Plan(
                sections=tuple((str(name), room) for name, room in plan["sections"]),
                summary=int(plan["summary"]),
                stories=tuple(_told(*told) for told in plan["stories"]),
                also=str(plan["also"]),
                minutes=tuple(map(str, plan["minutes"])),
            ),
        )

    @classmethod
    def plain(cls, *, subject: str, html: Slotted, text: Slotted) -> CompiledMessage:
        """A message without stories, which is the same for every selection."""
        return cls(subject_form=Form((subject,)), html_form=Form(html.parts), text_form=Form(text.parts))


@dataclass(frozen=True)
class CompiledEdition:
    """An edition in every language that it is made in. Its JSON form is stored with the edition."""

    default: str
    """Of a reader who asked for none of the others."""
    messages: Mapping[str, CompiledMessage]
    """By BCP 47 tag."""

    @property
    def message(self) -> CompiledMessage:
        """In the default language."""
        return self.messages[self.default]

    @classmethod
    def alone(cls, message: CompiledMessage, language: str = "en") -> CompiledEdition:
        """The edition that is made in one language."""
        return cls(language, {language: message})

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the JSON form."""
        return _sha256(self.to_json())

    def language(self, wish: str) -> str:
        """The language for a reader who wishes this one: the same tag, else of the same primary language (the
        default before others, then by alphabet), else the default. BCP 47 tags are compared without case.
        """
        same = {language.lower(): language for language in sorted(self.messages)}
        if wish.lower() in same:
            return same[wish.lower()]
        ordered = [self.default, *sorted(self.messages)]
        return next((each for each in ordered if _primary(each) == _primary(wish)), self.default)

    def to_json(self) -> str:
        """Canonical, as that of a message."""
        return _canonical({"default": self.default, "messages": {tag: m.raw() for tag, m in self.messages.items()}})

    @classmethod
    def from_json(cls, stored: str) -> CompiledEdition:
        """The edition that `to_json` wrote. Raises RenderError when it is something else."""
        return _read(stored, cls._of_raw)

    @classmethod
    def _of_raw(cls, raw: Mapping[str, Any]) -> CompiledEdition:
        messages = {str(tag): CompiledMessage.of_raw(message) for tag, message in raw["messages"].items()}
        if raw["default"] not in messages:
            raise ValueError(f"nothing in the default language {raw['default']!r}")
        return cls(str(raw["default"]), messages)


def heaviest(form: Form, plan: Plan) -> int:
    """Bytes of UTF-8 of the largest text that a selection in the order of the edition can have, slots at their longest.

    See `Plan.heaviest`.
    """
    fixed = sum(Slotted((part,)).longest for part in form.parts if not isinstance(part, Section))
    found = {part.name: part for part in form.parts if isinstance(part, Section)}
    weights = []
    for name in (*(name for name, _ in plan.sections), SUMMARY):
        section = found.get(name)
        if section is None:
            weights.append((0, [0] * len(plan.stories)))
        else:
            frame = section.opening.longest + section.closing.longest
            weights.append((frame, [item.longest for item in section.items]))
    return plan.heaviest(fixed, weights)


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(raw: object) -> str:
    return json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _read(stored: str, of_raw: Callable[[Mapping[str, Any]], T]) -> T:
    try:
        return of_raw(json.loads(stored))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise RenderError(f"this is not a stored message ({error}); build the edition again") from None


def _raw(form: Form) -> list[Any]:
    return [
        {
            "name": part.name,
            "opening": part.opening.parts,
            "items": [item.parts for item in part.items],
            "closing": part.closing.parts,
        }
        if isinstance(part, Section)
        else part
        for part in form.parts
    ]


def _form(raw: list[Any]) -> Form:
    return Form(tuple(_section(part) if isinstance(part, dict) else _part(part) for part in raw))


def _section(raw: Mapping[str, Any]) -> Section:
    return Section(
        name=str(raw["name"]),
        opening=_slotted(raw["opening"]),
        items=tuple(map(_slotted, raw["items"])),
        closing=_slotted(raw["closing"]),
    )


def _slotted(raw: list[Any]) -> Slotted:
    return Slotted(tuple(map(_part, raw)))


def _told(headline: Any, aside: Any, topic: Any, words: Any) -> Told:
    return Told(str(headline), str(aside), str(topic), tuple(map(int, words)))


def _part(raw: Any) -> str | Slot:
    if isinstance(raw, str):
        return raw
    name, context = raw
    if context not in ESCAPES:
        raise ValueError(f"unknown context {context!r}")
    return Slot(str(name), context)
