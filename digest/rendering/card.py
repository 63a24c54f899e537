"""The quote card: a key quote as a picture of 1200 × 630 pixels, the size that every network shows whole.

Fonts come with the program, all under the SIL Open Font License: Source Serif 4 for Latin, Greek and
Cyrillic, Amiri for Arabic, Frank Ruhl Libre for Hebrew. Arabic is joined and right-to-left lines are
ordered by raqm, which Pillow's wheels bring, with the system's libfribidi; where that is missing there
is no card in such a script. Equal values give equal bytes, as long as Pillow and the fonts stay the same.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import chain, islice
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont, features

from digest.colours import LIGHT_GROUNDS
from digest.model import Story
from digest.rendering.language import Direction, direction, tag
from digest.rendering.untrusted import clean
from digest.rendering.view import quote_view

WIDTH, HEIGHT = 1200, 630
MARGIN = 112
"""At both sides; the opening mark hangs in it."""
TOP, BOTTOM = 84, 462
"""Between these stands the quotation, in the middle."""
BASELINE = 548
"""Of the speaker and of the newsletter's name."""
BAR = 20
"""Width of the accent at the side where lines begin."""
SIZES = (92, 84, 76, 70, 64, 58, 53, 48, 44, 40, 36, 33)
"""Pixels, in steps; smaller than the last a phone shows nothing legible."""
LONGEST = 1_000
"""Code points; a longer quotation does not fit at any size and is not measured."""
LONGEST_NAME = 200
"""Code points of a speaker, a role or a newsletter's title that are measured; no line holds as many."""
TRIES = 40
"""Quotations and beginnings of them that are measured: a build waits for them, up to 60 milliseconds each."""
INK, MUTED = "#17181C", "#5A5D66"


class _Family(NamedTuple):
    package: str
    file: str
    bold: str
    """The file of its bold; the same one where the weight is an axis."""
    axes: tuple[str, ...]
    leading: float
    """From line to line, in sizes."""


_FAMILIES = (
    _Family(
        "fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf", "SourceSerif4[opsz,wght].ttf", ("wght", "opsz"), 1.2
    ),
    _Family("fontpkg_amiri", "Amiri-Regular.ttf", "Amiri-Bold.ttf", (), 1.5),
    _Family("fontpkg_frank_ruhl_libre", "FrankRuhlLibre[wght].ttf", "FrankRuhlLibre[wght].ttf", ("wght",), 1.22),
)
_NO_CHARACTER = "\uffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Something that a card can say: a key quote, or a headline, which has no marks and no speaker."""

    text: str
    opening: str = ""
    closing: str = ""
    speaker: str = ""
    role: str = ""
    direction: Direction = "ltr"


def card(quotes: Sequence[Quotation], *, otherwise: Quotation, newsletter: str, accent: str) -> bytes | None:
    """A PNG of the first of the quotes that fits; `accent` is `#RRGGBB`, readable on the light grounds.

    If none fits as it is, the first whole sentences of one stand for it, else, and after `TRIES`, there is
    what to show `otherwise`. None when that does not fit either, or nothing is in a script that the fonts have.
    """
    fonts = _Fonts()
    begun = chain.from_iterable(map(_beginnings, quotes))
    for choice in (*islice(chain(quotes, begun), TRIES), otherwise):
        if all(fonts.family(text) for text in (choice.text, choice.speaker, choice.role)):
            block = _fitted(choice, fonts)
            if block is not None:
                return _drawn(choice, block, newsletter, accent, fonts)
    return None


def quotations(stories: Sequence[Story], language: str) -> list[Quotation]:
    """The key quotes of an edition that somebody said, the lead's first; `language` is the newsletter's."""
    found = []
    for story in stories:
        own = tag(story.language, language)
        for quote in story.key_quotes:
            if quote.speaker:
                view = quote_view(quote, own)
                found.append(
                    Quotation(
                        text=view["text"],
                        opening=view["marks"]["opening"],
                        closing=view["marks"]["closing"],
                        speaker=view["speaker"],
                        role=view["role"],
                        direction=direction(own),
                    )
                )
    return found


def headline(story: Story, language: str) -> Quotation:
    """What a card says of a story that nobody is quoted in."""
    return Quotation(text=clean(story.headline), direction=direction(tag(story.language, language)))


def _beginnings(choice: Quotation) -> Iterator[Quotation]:
    """The quotation up to the end of each of its sentences but the last, the longest first."""
    for end in reversed(_sentence_ends(choice.text)):
        yield replace(choice, text=choice.text[:end])


def _sentence_ends(text: str) -> list[int]:
    """Where a sentence surely ends before another: a stop may also follow an initial or “Gov”."""
    ends = []
    for at in range(1, len(text) - 2):
        if text[at] in ".!?…؟" and text[at + 1] == " ":
            before, after = text[:at].split(" ")[-1], text[at + 2]
            word = before.strip("“”‘’«»„‚\"'()")
            whole = len(word) > 3 and word.isalpha() and not word[0].isupper()
            if (whole or text[at] in "!?؟") and not after.islower():
                ends.append(at + 1)
    return ends


class _Fonts:
    """The fonts of one card."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int, int], ImageFont.FreeTypeFont] = {}
        self.shapes = bool(features.check("raqm"))
        """Whether letters can be joined and right-to-left lines be ordered."""

    def family(self, text: str) -> _Family | None:
        """The first that has every character; None when none has, or the text cannot be shaped."""
        characters = {c for c in text if unicodedata.category(c) not in ("Cf", "Zs")}
        if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in characters):
            return None
        if not self.shapes and any(unicodedata.bidirectional(c) in ("R", "AL") for c in characters):
            return None
        return next((family for family in _FAMILIES if all(_has(family, c) for c in characters)), None)

    def of(self, text: str, size: int, weight: int = 400) -> ImageFont.FreeTypeFont:
        """The font of that text, which a family must have."""
        family = self.family(text) or _FAMILIES[0]
        key = (family.package, size, weight)
        if key not in self._open:
            self._open[key] = _font(family, size, weight)
        return self._open[key]


def _font(family: _Family, size: int, weight: int = 400) -> ImageFont.FreeTypeFont:
    path = files(family.package) / "files" / (family.bold if weight > 500 else family.file)
    font = ImageFont.truetype(str(path), size)
    if family.axes:
        # Optical size: finer strokes the larger the letters are.
        font.set_variation_by_axes([min(60, max(8, size)) if axis == "opsz" else weight for axis in family.axes])
    return font


@cache
def _has(family: _Family, character: str) -> bool:
    """Whether the font draws this character as anything but the box for one that it lacks."""
    font = _font(family, 24)
    return bytes(font.getmask(character)) != bytes(font.getmask(_NO_CHARACTER))


class _Block(NamedTuple):
    lines: tuple[str, ...]
    size: int
    leading: int


def _fitted(choice: Quotation, fonts: _Fonts) -> _Block | None:
    """The quotation in the largest size at which it fits, with lines of about equal length."""
    if len(choice.text) > LONGEST:
        return None
    words = choice.text.split()
    way = choice.direction if fonts.shapes else None
    family = fonts.family(choice.text) or _FAMILIES[0]
    for size in SIZES:
        font = fonts.of(choice.text, size)
        leading = round(size * family.leading)
        most = (BOTTOM - TOP) // leading
        room = WIDTH - 2 * MARGIN
        widths = [font.getlength(word, direction=way) for word in words]
        space = font.getlength(" ")
        if not words or max(widths) > room:
            continue
        count = len(_broken(widths, space, room))
        if count > most:
            continue
        # The narrowest column with as many lines: none is left with one word.
        low, high = max(widths), float(room)
        while high - low > 1:
            middle = (low + high) / 2
            low, high = (low, middle) if len(_broken(widths, space, middle)) <= count else (middle, high)
        lines, start = [], 0
        for length in _broken(widths, space, high):
            lines.append(" ".join(words[start : start + length]))
            start += length
        return _Block(tuple(lines), size, leading)
    return None


def _broken(widths: Sequence[float], space: float, room: float) -> list[int]:
    """Words on each line, when each takes as many as fit."""
    lines, used = [0], 0.0
    for width in widths:
        if lines[-1] and used + space + width > room:
            lines.append(0)
            used = 0.0
        used += width + (space if lines[-1] else 0)
        lines[-1] += 1
    return lines


def _drawn(choice: Quotation, block: _Block, newsletter: str, accent: str, fonts: _Fonts) -> bytes:
    """The card as a PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), LIGHT_GROUNDS["tint"])
    pen = ImageDraw.Draw(image)
    left = choice.direction == "ltr"
    way = choice.direction if fonts.shapes else None
    start, side = (MARGIN, "ls") if left else (WIDTH - MARGIN, "rs")
    onward = 1 if left else -1
    pen.rectangle((0, 0, BAR - 1, HEIGHT) if left else (WIDTH - BAR, 0, WIDTH, HEIGHT), fill=accent)

    font = fonts.of(choice.text, block.size)
    baseline = (TOP + BOTTOM - len(block.lines) * block.leading) // 2 + round(block.leading * 0.78)
    mark = fonts.of(choice.opening, block.size)
    gap = block.size // 12
    pen.text(
        (start - gap * onward, baseline), choice.opening.strip(), accent, mark, "rs" if left else "ls", direction=way
    )
    for number, line in enumerate(block.lines):
        at = baseline + number * block.leading
        pen.text((start, at), line, INK, font, side, direction=way)
        if number == len(block.lines) - 1:
            end = start + onward * (font.getlength(line, direction=way) + gap / 2)
            pen.text((end, at), choice.closing.strip(), accent, mark, side, direction=way)
    _footer(pen, choice, newsletter, accent, fonts)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _footer(pen: ImageDraw.ImageDraw, choice: Quotation, newsletter: str, accent: str, fonts: _Fonts) -> None:
    """The speaker where lines begin, the newsletter's name where they end."""
    left = choice.direction == "ltr"
    way = choice.direction if fonts.shapes else None
    start, end = (MARGIN, WIDTH - MARGIN) if left else (WIDTH - MARGIN, MARGIN)
    near, far = ("ls", "rs") if left else ("rs", "ls")
    room = WIDTH - 2 * MARGIN
    # A title may hold an emoji, which no font here has.
    newsletter = "".join(c for c in newsletter if unicodedata.category(c) != "So" and c != "\ufe0f").strip()
    if fonts.family(newsletter):
        name, font = _cut(newsletter, 30, 600, room * 0.42 if choice.speaker else room, fonts)
        at = (end, BASELINE) if choice.speaker else (start, BASELINE)
        pen.text(at, name, accent, font, far if choice.speaker else near, direction=way)
    if choice.speaker:
        speaker, font = _cut(choice.speaker, 34, 600, room * 0.54, fonts)
        pen.text((start, BASELINE), speaker, INK, font, near, direction=way)
    if choice.role:
        role, font = _cut(choice.role, 26, 400, room, fonts)
        pen.text((start, BASELINE + 38), role, MUTED, font, near, direction=way)


def _cut(text: str, size: int, weight: int, room: float, fonts: _Fonts) -> tuple[str, ImageFont.FreeTypeFont]:
    """The text with its font, smaller if need be; or as many whole words of it as fit before an ellipsis."""
    words = text[:LONGEST_NAME].split()
    shown = " ".join(words)
    for smaller in (size, size * 7 // 8, size * 3 // 4):
        font = fonts.of(text, smaller, weight)
        if font.getlength(shown) <= room:
            break
    while font.getlength(shown) > room and words:
        # Of a single word as much as fits: a quotation is never shown without who said it.
        words = words[:-1] if len(words) > 1 else [words[0][:-1]] if len(words[0]) > 1 else []
        shown = " ".join(words).rstrip(" ,;:–—-") + "…"
    return shown, font
