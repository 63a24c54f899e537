"""Quotations in running text: where quoted words begin and end, by their marks alone.

One pass over the marks of each paragraph, so the time is linear whatever the marks. Whose
words they are is decided in `speakers`; what is quoted but not spoken, in `genuine`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from digest.model import Span

_MARK = re.compile("[“”„‟«»\"＂‘’‚‹›'`](?:(?<=')'|(?<=`)`)?")
"""Marks, among them '' and ``; a single ` is found too and is none. A set stands first, so that `re` can leap to it."""
_DOUBLE_MARK = re.compile('[“”„‟«»"＂]')
"""What is left of them in a text without single marks and ``."""
_CLOSERS = {
    "“": "”\"“", "”": "”\"", "„": "“”\"", "‟": "”\"", "«": "»", "»": "«", '"': "\"”", "＂": "＂",
    "``": "''\"", "‘": "’'", "’": "’'", "'": "'’", "‚": "‘’'", "‹": "›", "›": "‹",
}  # fmt: skip
_DOUBLE = frozenset('“”„‟«»"＂') | {"``", "''"}
_SINGLE_OPENER = re.compile(r"[‘'‚‹](?<![^\s(\[—–].)(?=[^\W\d_])")
_SINGLE_CLOSER = re.compile(r"(?<=[,.?!…])['’›‘](?!\w)")
_WORD = re.compile(r"\w+")
_ENDS = frozenset("”\"»’'›)] ")
_BEFORE_OPENER = frozenset(' \t\u00a0\u2009\u202f\n([{<—–-/:;,=|*_…“‘„«"')


@dataclass(slots=True, eq=False)
class Quotation:
    """Quoted words: `start:end` without their marks, `outer_start:outer_end` with them."""

    start: int
    end: int
    outer_start: int
    outer_end: int
    paragraph: int
    continued: bool = False
    """Its mark reopens what the paragraph before left open: the same person goes on."""
    label: Span | None = None
    """The speaker's name before it, where it is a line of a transcript and has no marks."""


class _Habits(NamedTuple):
    """How one text quotes."""

    singles: bool
    """By single marks."""
    curly: bool
    """It opens quotations by “, so that ” only closes them, unlike in ”texts of the Nordic kind”."""
    elisions: frozenset[str]
    mark: re.Pattern[str]
    """Finds every mark that may open or close a quotation here."""


def last_sign(text: str, quotation: Quotation) -> str:
    """The last character of the quoted words, past marks that close one inside them: the comma of “a ‘war,’”."""
    end = quotation.end
    while end > quotation.start + 1 and text[end - 1] in _ENDS:
        end -= 1
    return text[end - 1]


def find_quotations(text: str, paragraphs: Sequence[Span], elisions: frozenset[str] = frozenset()) -> list[Quotation]:
    """Every quotation of these paragraphs, in order; nested marks belong to the outer one.

    Single marks count only in a text that quotes by them (`elisions` are words such as 'tis).
    A quotation that its paragraph leaves open ends there; when the next paragraph opens with
    a mark, that one is `continued`.
    """
    singles = _quotes_by_single_marks(text, paragraphs, elisions)
    curly = any(text.find("“", start, end) >= 0 for start, end in paragraphs)
    habits = _Habits(singles, curly, elisions, _MARK if singles or "``" in text else _DOUBLE_MARK)
    found: list[Quotation] = []
    pending = False
    for number, (start, end) in enumerate(paragraphs):
        following = paragraphs[number + 1] if number + 1 < len(paragraphs) else None
        pending = _scan(text, start, end, number, following, pending, habits, found)
    return found


def _scan(
    text: str,
    start: int,
    end: int,
    number: int,
    following: Span | None,
    pending: bool,
    habits: _Habits,
    found: list[Quotation],
) -> bool:
    """Append the quotations of `text[start:end]`; true when it ends within one that goes on."""
    marks = list(habits.mark.finditer(text, start, end))
    if not marks:
        return False
    opener: re.Match[str] | None = None
    inner = 0  # curly quotations open within this one
    surplus = text.count("”", start, end) - text.count("“", start, end)  # closing marks less opening ones, from here on
    nests = text.count('"', start, end) > 3
    unclosed = sum(map(_straight, marks)) if nests else 0  # the same of straight marks
    first = start
    while text[first].isspace():
        first += 1
    for match in marks:
        mark, at, after = match.group(), match.start(), match.end()
        surplus += (mark == "“") - (mark == "”")
        unclosed -= _straight(match) if nests else 0
        before = text[at - 1] if at > start else " "
        behind = text[after] if after < end else " "
        if opener is None:
            if _opens(mark, before, behind, after < end, habits) and not (
                mark in "‘'" and _elided(text, after, end, habits.elisions)
            ):
                opener, inner = match, 0
            continue
        kind = opener.group()
        if mark == "“" and kind == '"' and at == opener.end():
            opener = match  # two double marks are no nesting: the first one frames what is shown, as a blockquote does
            continue
        if mark == "“" and (
            kind == '"'
            or (kind == "“" and surplus + (opener.start() == first and _goes_on(text, opener, following)) > 1)
        ):
            inner += 1
            continue
        if mark == kind == '"' and unclosed > 1 and _straight(match) < 0:
            inner += 1
            continue
        if mark in '”"' and inner:
            inner -= 1
            continue
        if mark in _CLOSERS[kind]:
            if kind in "‘'‚":
                if not _closes_single(text, at, after, end):
                    continue
            elif mark in '"“' and before in _BEFORE_OPENER and not behind.isspace() and behind not in ",.;:!?)":
                opener, inner = match, 0  # a second opening mark: the first was never closed
                continue
            _append(text, opener.start(), opener.end(), at, after, number, pending, start, found)
            opener = None
        elif mark == kind and kind in "“«„" and before in _BEFORE_OPENER and not behind.isspace():
            opener, inner = match, 0
    if opener is None:
        return False
    goes_on = _goes_on(text, opener, following)
    at_start = opener.start() == first
    words = len(_WORD.findall(text, opener.end(), min(end, opener.end() + 200)))
    if goes_on or (words >= 3 and (at_start or opener.group() in "“„«")):
        _append(text, opener.start(), opener.end(), end, end, number, pending, start, found)
        return goes_on
    return False


def _goes_on(text: str, opener: re.Match[str], following: Span | None) -> bool:
    """Whether the next paragraph opens with the mark of this quotation."""
    return following is not None and _first(text, following) == opener.group()


def _straight(match: re.Match[str]) -> int:
    """1 for a straight mark that can only close, -1 for one that can only open, 0 for any other."""
    if match.group() != '"':
        return 0
    text, at, after = match.string, match.start(), match.end()
    before, behind = text[at - 1 : at] or " ", text[after : after + 1] or " "
    if behind.isspace() or behind in ",.;:!?)":
        return 1 if not before.isspace() else 0
    return -1 if before in _BEFORE_OPENER else 0


def _append(
    text: str,
    outer_start: int,
    start: int,
    end: int,
    outer_end: int,
    number: int,
    pending: bool,
    paragraph_start: int,
    found: list[Quotation],
) -> None:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if not _WORD.search(text, start, end):
        return
    continued = pending and not text[paragraph_start:outer_start].strip()
    found.append(Quotation(start, end, outer_start, outer_end, number, continued))


def _opens(mark: str, before: str, behind: str, more: bool, habits: _Habits) -> bool:
    if not more or before == "=" or behind == ">":
        return False  # an attribute of markup
    if mark in ("“", "„", "‟", "``", "«"):
        return True
    if mark in ('"', "＂"):
        return (not behind.isspace() and not before.isalnum()) or (before in _BEFORE_OPENER and behind == " ")
    if mark in ("”", "»"):
        if mark == "”" and habits.curly:
            return False  # a slip: nobody knows whether what follows is quoted or stands between two quotations
        return before in _BEFORE_OPENER and not behind.isspace() and behind.isalnum()
    if habits.singles and mark in ("‘", "'", "‚", "‹"):
        return before in _BEFORE_OPENER and (behind.isalpha() or behind in '“"…[')
    return False


def _elided(text: str, after: int, end: int, elisions: frozenset[str]) -> bool:
    word = _WORD.match(text, after, min(end, after + 20))
    return word is not None and word.group().casefold() in elisions


def _closes_single(text: str, at: int, after: int, end: int) -> bool:
    """A single mark closes unless letters follow, or it ends a plural (workers' rights) and a surer one comes."""
    before, behind = text[at - 1], text[after] if after < end else " "
    if behind.isalnum() or before.isspace():
        return False
    if before in "sS" and behind == " " and text[after + 1 : after + 2].islower():
        surer = _SINGLE_CLOSER.search(text, after, min(end, after + 300))
        return surer is None or _SINGLE_OPENER.search(text, after, surer.start()) is not None
    return True


def _first(text: str, span: Span) -> str:
    start = span.start
    while start < span.end and text[start].isspace():
        start += 1
    match = _MARK.match(text, start, span.end)
    return match.group() if match else ""


def _quotes_by_single_marks(text: str, paragraphs: Sequence[Span], elisions: frozenset[str]) -> bool:
    """Whether this text quotes in the British way: as many single marks that open as pairs of double ones."""
    if not paragraphs:
        return False
    body = text[paragraphs[0].start : paragraphs[-1].end]
    marks = sum(map(body.count, "‘'‚‹"))
    if not marks or "''" in body:
        return False  # two single marks stand for a double one
    doubles = sum(map(body.count, '“”„‟«»"＂'))
    if marks < doubles / 2:
        return False
    ends = map(re.Match.end, _SINGLE_OPENER.finditer(body))
    openers = (end for end in ends if not _elided(body, end, len(body), elisions))
    first = next(openers, None)
    if first is None or doubles == 0:
        return first is not None
    singles = 1 + sum(1 for _ in openers)
    if singles != doubles / 2 or _SINGLE_CLOSER.search(body) is None:
        return singles > doubles / 2
    return all(body.find(mark, 0, first - 1) < 0 for mark in '“„«"')
