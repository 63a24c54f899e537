"""One edition → its compiled message: one Jinja pass, one premailer pass, whatever the size of the roll.

Every story is rendered in the form of every section, between marks. The result is cut at the marks, so that the
message of any selection is joined from ready pieces, and is the very one that a separate rendering would give.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple

from digest.errors import RenderError
from digest.message import DERIVED, CompiledMessage, Form, Message, Plan, Section, Slotted, Told
from digest.rendering import budget
from digest.rendering.budget import Shown, Trim
from digest.rendering.content import EditionContent
from digest.rendering.cuts import Cuts, Item, Piece
from digest.rendering.inline import inline
from digest.rendering.language import tag
from digest.rendering.layout import SUMMARY, layout
from digest.rendering.slots import PERSONAL, Sentinels
from digest.rendering.templates import Templates
from digest.rendering.untrusted import clean
from digest.rendering.view import frame, line, shown, strings, words_in

__all__ = ["EditionContent", "Rendering", "compile_edition"]


def compile_edition(content: EditionContent, *, templates: Templates, nonce: str) -> CompiledMessage:
    """Render and inline an edition in its language, within its budgets.

    `nonce` is 8 or more random lower-case letters and digits, new for each build: it marks slots and sections
    while the message is made, and leaves no trace in it. Equal content gives an equal message.

    Raises RenderError when the content or the template cannot make a safe message.
    """
    return Rendering(content, templates=templates, nonce=nonce).compile()


class _Pieces(NamedTuple):
    """One rendering of a template, cut at its marks."""

    subject: Slotted
    html: list[str | Piece]
    text: list[str | Piece]
    source: list[str | Piece]


class Rendering:
    """An edition, its template and its language."""

    def __init__(self, content: EditionContent, *, templates: Templates, nonce: str) -> None:
        """See `compile_edition`."""
        if not content.stories:
            raise RenderError(f"an edition of {content.title!r} needs at least one story")
        self._content = content
        self._templates = templates
        self._words = templates.words(tag(content.language, "en"))
        self._layout = layout(templates.folders, content.template)
        self._frame = frame(content, self._words)
        self._nonce = nonce
        self._sentinels = Sentinels(nonce)
        self._views: dict[Item, dict[str, Any]] = {}
        has = [
            Shown(len(story.takes), len([q for q in story.key_quotes if clean(q.speaker or "")]))
            for story in content.stories
        ]
        self._steps = budget.steps(self._layout, has)
        self.trim = self._steps[0]
        """What of its content is shown."""

    def compile(self) -> CompiledMessage:
        """The message, with as much of the content as its budgets allow."""
        message = self._assemble(self._render([self.trim]), self.trim)
        if self._fits(message):
            return message
        # Once more, with every item in every length that the budgets may ask for: their sizes are then known, and
        # what is chosen is ready.
        full, pieces = self.trim, self._render(self._steps)
        self.trim = budget.first_that_fits(self._steps, lambda trim: self._fits(self._assemble(pieces, trim)))
        message, allowed = self._assemble(pieces, self.trim), self._content.reading_minutes
        why = f"{budget.BYTES:,} bytes" + (f" and {allowed} min of reading" if allowed else "")
        told = list(budget.trimmed(self._layout, full, self.trim, why=why))
        if allowed and message.plan.longest_minutes > allowed:
            told.append(budget.too_long(message.plan.longest_minutes, allowed))
        return replace(message, trimmed=tuple(told))

    def alone(self, positions: Sequence[int]) -> Message:
        """The message of a selection, rendered and inlined by itself: what `CompiledMessage.select` is held to."""
        plan = self._plan(self.trim)
        chosen = plan.choose(positions)
        lists = {
            section.name: [self._view(self._item(place, at, self.trim)) for at in chosen.lists[section.name]]
            for place, section in enumerate(self._layout.sections)
        }
        lists[SUMMARY] = [self._view(Item(SUMMARY, at, 0, 0)) for at in chosen.lists[SUMMARY]]
        blank = [*lists, "rest", "end"]
        view = {**self._frame, **{name: [{**each, "cut": ""} for each in views] for name, views in lists.items()}}
        view["cut"] = dict.fromkeys(blank, "")
        html = inline(self._file("body.html", view, {**chosen.values, **self._sentinels.tokens("html")}))
        text = self._file("body.txt", view, {**chosen.values, **self._sentinels.tokens("text")})
        return Message(
            subject=clean(self._file("subject.txt", view, chosen.values)),
            preheader=chosen.values["preheader"],
            html=self._sentinels.split(html),
            text=self._sentinels.split(text),
        )

    def _fits(self, message: CompiledMessage) -> bool:
        minutes = self._content.reading_minutes
        return message.html_bytes <= budget.BYTES and (minutes is None or message.plan.longest_minutes <= minutes)

    def _item(self, place: int, position: int, trim: Trim) -> Item:
        return Item(self._layout.sections[place].name, position, *trim.shown(self._layout, place, position))

    def _view(self, item: Item) -> dict[str, Any]:
        view = self._views.get(item)
        if view is None:
            story = self._content.stories[item.position]
            if item.section == SUMMARY:
                view = line(story, self._content)
            else:
                section = next(section for section in self._layout.sections if section.name == item.section)
                view = shown(
                    story,
                    self._content,
                    self._words,
                    takes=item.takes,
                    quotes=item.quotes,
                    image=section.image,
                    dek=section.dek,
                )
            self._views[item] = view
        return view

    def _lists(self, trims: Iterable[Trim]) -> dict[str, list[Item]]:
        """By section, every item that any of these needs, in the order of the stories."""
        stories = range(len(self._content.stories))
        kept = list(trims)
        lists = {
            section.name: list(dict.fromkeys(self._item(place, at, trim) for at in stories for trim in kept))
            for place, section in enumerate(self._layout.sections)
        }
        lists[SUMMARY] = [Item(SUMMARY, at, 0, 0) for at in stories] if self._layout.summary else []
        return lists

    def _render(self, trims: Iterable[Trim]) -> _Pieces:
        lists = self._lists(trims)
        items = list(chain.from_iterable(lists.values()))
        if any(map(self._sentinels.found_in, strings([self._frame, *map(self._view, items)]))):
            raise RenderError("an article holds the nonce of this build; build again with a new one")
        slots = self._sentinels
        cuts = {part: Cuts(self._nonce, self._layout, html=part == "html") for part in ("html", "text")}
        views = {}
        for part, marks in cuts.items():
            marked = {
                name: [{**self._view(item), "cut": marks.item(item)} for item in own] for name, own in lists.items()
            }
            views[part] = {**self._frame, **marked, "cut": marks.words}
        subject = clean(self._file("subject.txt", views["text"], slots.tokens("header", DERIVED)))
        source = self._file("body.html", views["html"], slots.tokens("html", (*PERSONAL, *DERIVED)))
        html = inline(source)
        if slots.count(source) != slots.count(html) or cuts["html"].count(source) != cuts["html"].count(html):
            raise RenderError(
                f"inlining {self._path('body.html')} lost or doubled a slot or a cut mark; is every element closed?"
            )
        text = self._file("body.txt", views["text"], slots.tokens("text", (*PERSONAL, *DERIVED)))
        return _Pieces(
            subject=self._split(subject),
            html=cuts["html"].cut(html, self._path("body.html")),
            text=cuts["text"].cut(text, self._path("body.txt")),
            source=cuts["html"].cut(source, self._path("body.html")),
        )

    def _assemble(self, pieces: _Pieces, trim: Trim) -> CompiledMessage:
        return CompiledMessage(
            subject_form=Form(pieces.subject.parts),
            html_form=self._form(pieces.html, trim, inlined=True),
            text_form=self._form(pieces.text, trim),
            plan=self._plan(trim),
            sent_to=self._words.sent_to(),
            source_form=self._form(pieces.source, trim),
        )

    def _form(self, parts: list[str | Piece], trim: Trim, *, inlined: bool = False) -> Form:
        places = {section.name: place for place, section in enumerate(self._layout.sections)}
        made: list[Any] = []
        for part in parts:
            if isinstance(part, str):
                made.extend(self._split(part, inlined=inlined).parts)
                continue
            items = [
                Item(SUMMARY, at, 0, 0) if part.section == SUMMARY else self._item(places[part.section], at, trim)
                for at in range(len(self._content.stories))
            ]
            made.append(
                Section(
                    part.section,
                    self._split(part.opening, inlined=inlined),
                    tuple(self._split(part.items[item], inlined=inlined) for item in items),
                    self._split(part.closing, inlined=inlined),
                )
            )
        return Form(tuple(made))

    def _plan(self, trim: Trim) -> Plan:
        stories = tuple(self._told(at, trim) for at in range(len(self._content.stories)))
        plan = Plan(
            sections=tuple(
                (section.name, room) for section, room in zip(self._layout.sections, trim.rooms, strict=True)
            ),
            summary=self._layout.summary,
            stories=stories,
            also=self._words.gettext("Also:"),
        )
        minutes = range(1, plan.longest_minutes + 1)
        phrases = tuple(self._words.ngettext("%(num)s min read", "%(num)s min read", count) for count in minutes)
        return replace(plan, minutes=phrases)

    def _told(self, position: int, trim: Trim) -> Told:
        story = self._content.stories[position]
        views = [self._view(self._item(place, position, trim)) for place in range(len(self._layout.sections))]
        aside = next(iter(story.takes), None)
        return Told(
            headline=views[0]["headline"],
            aside=clean(story.dek or (aside.text if aside else "") or story.publisher or ""),
            topic=views[0]["topic"],
            words=tuple(words_in(view) for view in (*views, self._view(Item(SUMMARY, position, 0, 0)))),
        )

    def _split(self, text: str, *, inlined: bool = False) -> Slotted:
        """Cut at the slots, and refuse a rendering in which one was bent out of shape."""
        slotted = self._sentinels.split(text, inlined=inlined)
        if any(self._sentinels.found_in(part) for part in slotted.parts if isinstance(part, str)):
            raise RenderError(
                f"the template {self._content.template!r} changed a slot or a cut mark (a filter such as upper or "
                "truncate?); write them as they are"
            )
        return slotted

    def _file(self, name: str, view: Mapping[str, Any], slots: Mapping[str, str]) -> str:
        return self._templates.render(self._path(name), {**view, "slots": slots}, self._words)

    def _path(self, name: str) -> str:
        return f"{self._content.template}/{name}"
