"""The structure of an article's plain text: headline, caption, dek, byline, list, subheads, paragraphs.

Everything is a span of the text; nothing is rewritten. What a source says in the article's
other fields wins: a first line that repeats the headline is the headline, not body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple

from digest.model import Article, Span
from digest.writing.furniture import LONGEST, is_address, is_byline, is_date
from digest.writing.language import Language
from digest.writing.transcripts import find_turns

_BULLET = re.compile(r"(?:[•◦▪●‣⁃∙·*+–—-]|\(?\d{1,2}[.)])[ \t\u00a0]+(?=\S)")
_HEADING = re.compile(r"^#{1,6}\s+|^(\*\*|__)(?=.*\1\s*$)")
_TERMINAL = re.compile(r"[.!?…:;,؟。][\s\"”“’‘»«›‹)\]*_]*$")
_FULL_STOP = re.compile(r"[.!?…؟。][\s\"”“’‘»«›‹)\]*_]*$")
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|says?|said|does|did|do|"
    r"[a-z]{3,}ed|[a-z]{3,}(?:ches|shes|nds|kes|ves|ts))\b"
)
_WORD = re.compile(r"\w+(?:[-'’.]\w+)*")
_SHORTEST_WRAPPED = 20
"""Characters of a line that another goes on with."""
_SUBHEAD = 100
_SUBHEAD_WORDS = 14
"""Characters and words of the longest subhead."""
_LEAD = 2
"""Sentences that may stand between the headline and a list without a label: dek and summary."""
_TAIL = 8
"""Characters at the end of a line that show how it ends."""


class BlockKind(StrEnum):
    HEADLINE = "headline"
    CAPTION = "caption"
    DEK = "dek"
    BYLINE = "byline"
    DATE = "date"
    ADDRESS = "address"
    LABEL = "label"
    TAKE = "take"
    SUBHEAD = "subhead"
    PARAGRAPH = "paragraph"
    __hash__ = str.__hash__  # Enum's own is in Python, and slow


class Block(NamedTuple):
    """One part of the text; the span holds its words without bullet, label sign or blanks."""

    kind: BlockKind
    span: Span


class _Line(NamedTuple):
    span: Span
    bullet: bool
    chunk: int
    """Lines without a blank line between them share a number."""
    label: bool


def find_blocks(article: Article, language: Language) -> tuple[Block, ...]:
    """The blocks of an article in the order of the text."""
    lines = _lines(article.text, language)
    kinds = _classify(article, lines, language)
    return tuple(Block(kind, line.span) for kind, line in zip(kinds, lines, strict=True))


def _lines(text: str, language: Language) -> list[_Line]:
    lines: list[_Line] = []
    chunk = previous = after = 0
    for number, raw in enumerate(text.split("\n")):
        begin, after = after, after + len(raw) + 1
        stripped = raw.strip()
        if not (stripped[:1].isalnum() or any(map(str.isalnum, stripped))):
            continue  # blank, a rule, or a bullet without words
        if lines and number > previous + 1:
            chunk += 1
        previous = number
        start = begin + raw.index(stripped[0])
        end = start + len(stripped)
        bullet = _BULLET.match(text, start, end)
        if bullet is not None:
            lines.append(_Line(Span(bullet.end(), end), True, chunk, False))
            continue
        label = _is_label(stripped, language)
        if lines and lines[-1].chunk == chunk and not label and _wraps(text, lines[-1], raw, language):
            lines[-1] = lines[-1]._replace(span=Span(lines[-1].span.start, end))
            continue
        lines.append(_Line(Span(start, end), False, chunk, label))
    return lines


def _wraps(text: str, line: _Line, raw: str, language: Language) -> bool:
    """Whether `raw` goes on with the line before: an indented bullet, or text broken at a fixed width."""
    start, end = line.span
    if line.label or end - start < _SHORTEST_WRAPPED:
        return False
    before = text[max(start, text.rfind("\n", start, end) + 1, end - 200) : end]
    if len(before) < _SHORTEST_WRAPPED or _TERMINAL.search(before[-_TAIL:]):
        return False
    if line.bullet:
        return raw[0].isspace() or raw[0].islower()
    if is_address(raw.strip()) or is_date(before, language):
        return False
    first = raw.lstrip()[:1]
    return first.islower() or (len(before) in range(60, 100) and not first.isspace())


def _is_label(line: str, language: Language) -> bool:
    if len(line) > 60:
        return False
    bare = (_HEADING.sub("", line) if line[0] in "#*_" else line).strip("*_#:：-–— \u00a0.").casefold()
    return bare in language.labels


def _classify(article: Article, lines: Sequence[_Line], language: Language) -> list[BlockKind]:
    text = article.text
    kinds = [BlockKind.PARAGRAPH] * len(lines)
    taken = [False] * len(lines)

    def settle(index: int, kind: BlockKind) -> None:
        kinds[index], taken[index] = kind, True

    for index in find_turns(text, [line.span for line in lines], language):
        settle(index, BlockKind.PARAGRAPH)
    _known(article, lines, settle)
    _list(text, lines, settle)
    if len(lines) > 1 and not (taken[0] or lines[0].bullet or article.headline or _long(lines[0].span)):
        settle(0, BlockKind.HEADLINE)
    for index, line in enumerate(lines):
        start, end = line.span
        if not taken[index] and end - start <= LONGEST:
            kind = _furniture(text[start:end], language)
            if kind is not None:
                settle(index, kind)
    _subheads(text, lines, kinds, taken, settle)
    _preamble(article, lines, kinds, taken, settle, language)
    if BlockKind.PARAGRAPH not in kinds:  # a dek and no body: it was the body
        kinds = [BlockKind.PARAGRAPH if kind is BlockKind.DEK else kind for kind in kinds]
    return kinds


def _known(article: Article, lines: Sequence[_Line], settle: Callable[[int, BlockKind], None]) -> None:
    """Lines near the top that repeat a metadata field."""
    fields = ((article.headline, "headline"), (article.dek, "dek"), (article.caption, "caption"))
    for value, name in fields:
        wanted, kind = _bare(value or ""), BlockKind(name)
        if not wanted:
            continue
        for index, line in enumerate(lines[:8]):
            if not line.bullet and _bare(article.text[line.span.start : line.span.end]) == wanted:
                settle(index, kind)
                break


def _bare(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _long(span: Span) -> bool:
    return span.end - span.start > 220  # characters that no headline has


def _list(text: str, lines: Sequence[_Line], settle: Callable[[int, BlockKind], None]) -> None:
    """The author's own list: the bullets after the first label, else bullets that stand before any paragraph."""
    for index, line in enumerate(lines):
        if not line.label:
            continue
        end = _bullets_end(lines, index + 1)
        if end == index + 1:
            # A list without signs: the lines that stand right under the label.
            while end < len(lines) and lines[end].chunk == line.chunk and not lines[end].label:
                end += 1
        if end > index + 1:
            settle(index, BlockKind.LABEL)
            for item in range(index + 1, end):
                settle(item, BlockKind.TAKE)
            return
    for index, line in enumerate(lines):
        if line.label and index:
            settle(index, BlockKind.LABEL)  # announces a list that is not there
    bullets = [i for i, line in enumerate(lines[:12]) if line.bullet]
    top = [text[line.span.start : line.span.end] for line in lines[: bullets[0]]] if bullets else []
    if len(bullets) >= 2 and top and sum(map(_is_prose, top[1:])) <= _LEAD:
        end = _bullets_end(lines, bullets[0])
        if 2 <= end - bullets[0] <= 8 and end < len(lines):
            if top[1:] and (top[-1].endswith(":") or _HEADING.match(top[-1])):
                settle(bullets[0] - 1, BlockKind.LABEL)  # whatever its words
            for item in range(bullets[0], end):
                settle(item, BlockKind.TAKE)


def _bullets_end(lines: Sequence[_Line], end: int) -> int:
    while end < len(lines) and lines[end].bullet:
        end += 1
    return end


def _is_prose(line: str) -> bool:
    return _FULL_STOP.search(line[-_TAIL:]) is not None or len(_WORD.findall(line)) > 2 * _SUBHEAD_WORDS


def _furniture(line: str, language: Language) -> BlockKind | None:
    """A byline, a date line or an address by itself."""
    if is_address(line):
        return BlockKind.ADDRESS
    if is_byline(line, language):
        return BlockKind.BYLINE
    return BlockKind.DATE if is_date(line, language) else None


def _subheads(
    text: str,
    lines: Sequence[_Line],
    kinds: list[BlockKind],
    taken: Sequence[bool],
    settle: Callable[[int, BlockKind], None],
) -> None:
    seen = False
    for index, line in enumerate(lines):
        if kinds[index] is BlockKind.TAKE:
            seen = True
        if taken[index] or line.bullet:
            continue
        start, end = line.span
        if not seen:
            seen = end - start > 60 and _FULL_STOP.search(text[end - _TAIL : end]) is not None
            continue
        followed = index + 1 < len(lines) and not (taken[index + 1] and kinds[index + 1] is not BlockKind.TAKE)
        if (
            followed
            and end - start <= _SUBHEAD
            and line.chunk != lines[index - 1].chunk
            and _is_subhead(text[start:end])
        ):
            nxt = lines[index + 1].span
            if len(_WORD.findall(text, nxt.start, min(nxt.end, nxt.start + 400))) > _SUBHEAD_WORDS:
                settle(index, BlockKind.SUBHEAD)


def _is_subhead(body: str) -> bool:
    if _TERMINAL.search(body[-_TAIL:]) and not body.endswith("?"):
        return False
    if body[0] in "“\"„«‘'" or body[-1] in '”"»':
        return False
    words = _WORD.findall(body)
    return 1 <= len(words) <= _SUBHEAD_WORDS


def _preamble(
    article: Article,
    lines: Sequence[_Line],
    kinds: list[BlockKind],
    taken: Sequence[bool],
    settle: Callable[[int, BlockKind], None],
    language: Language,
) -> None:
    """Caption and dek: what stands between the headline and the list, the byline or the first subhead."""
    text = article.text
    start = 1 if kinds and kinds[0] is BlockKind.HEADLINE else 0
    marks = (BlockKind.LABEL, BlockKind.TAKE, BlockKind.BYLINE, BlockKind.DATE, BlockKind.SUBHEAD)
    end = start
    while end < len(lines) and kinds[end] not in marks and end - start < 5:
        end += 1
    fenced = end < len(lines) and kinds[end] in marks
    zone = [i for i in range(start, min(end, len(lines))) if not taken[i]]
    open_ended = []
    for index in zone:
        body = text[lines[index].span.start : lines[index].span.end]
        if _FULL_STOP.search(body[-_TAIL:]):
            break
        open_ended.append(index)
    has_caption = article.caption is not None or BlockKind.CAPTION in kinds
    has_dek = article.dek is not None or BlockKind.DEK in kinds
    for index in open_ended[:2]:
        body = text[lines[index].span.start : lines[index].span.end]
        words = _WORD.findall(body)
        if len(words) > 60 or lines[index].bullet or body[0] in '“"':
            break
        captioned = bool(language.credits & {word.casefold() for word in words}) or (
            len(words) <= 16 and not _FINITE.search(body.casefold())
        )
        if captioned and not has_caption:
            settle(index, BlockKind.CAPTION)
            has_caption = True
        elif not captioned and not has_dek and len(words) >= 4:
            settle(index, BlockKind.DEK)
            has_dek = True
        else:
            break
    rest = [i for i in zone if not taken[i]]
    if has_dek or not fenced or len(rest) != 1:
        return
    span = lines[rest[0]].span
    body = text[span.start : span.end]
    count = len(_WORD.findall(body))
    limit = 30 if kinds[end] is BlockKind.SUBHEAD else 60
    if _FULL_STOP.search(body[-_TAIL:]) and count <= limit and end + 1 < len(lines):
        settle(rest[0], BlockKind.DEK)
