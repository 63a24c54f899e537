"""The line below a quotation that says whose it is, as under a pull quote or an epigraph.

    “The harbour was never deep enough for two ferries.”
    — Ada Lind, pilot

Only a quotation that fills its paragraph has one. With a dash the line may stand below a blank
line; without, the two lines must be a block of their own, so that no subhead is taken for one.
"""

from __future__ import annotations

import re

from digest.writing.cast import Cast, Mention
from digest.writing.language import Language
from digest.writing.subjects import Phrase, PhraseKind
from digest.writing.tokens import QUOTE, Tokens

_LONGEST = 20
"""Tokens of such a line."""
_GAP = 12
"""Characters between the quotation and the line: its marks, line breaks and the dash."""
_DASHED = re.compile(r"[\s\"”“’'»«.]*[—–-]+\s*")
_UNDASHED = re.compile(r"[ \t\"”“’'»«.]*\n[ \t]*")
_BLANK_BEFORE = re.compile(r"\n[ \t]*\n\s*$|^\s*$")
_BLANK_AFTER = re.compile(r"[ \t]*(?:\n[ \t]*(?:\n|$)|$)")
_BEHIND = frozenset((",", ".", "("))


def signature_of(token: int, number: int, text: str, tokens: Tokens, cast: Cast, language: Language) -> Phrase | None:
    """The name that signs the quotation of this token, which stands in sentence `number`."""
    sentences = tokens.sentences
    paragraph = sentences[number].paragraph
    if token != sentences[number].first or (number and sentences[number - 1].paragraph == paragraph):
        return None
    below = number + 1
    if below == len(sentences) or sentences[below].paragraph != paragraph + 1:
        return None
    first, last = sentences[below].first, sentences[below].last
    if below + 1 < len(sentences) and sentences[below + 1].paragraph == paragraph + 1:
        return None  # a line of several sentences
    if last - first > _LONGEST or QUOTE in tokens.lower[first:last]:
        return None
    first += tokens.lower[first] in ("—", "–", "-", "--")
    mention = cast.at.get(first)
    if mention is None or mention.lead != first or mention.person is None:
        return None
    behind = tokens.lower[mention.last] if mention.last < last else ","
    if behind not in _BEHIND or not _below(text, tokens, token, mention, last, language):
        return None
    return Phrase(PhraseKind.NAME, mention.first, mention.last, mention)


def _below(text: str, tokens: Tokens, token: int, mention: Mention, last: int, language: Language) -> bool:
    """Whether nothing but a dash, or a line break within a block of two lines, parts the line from the quotation."""
    start, end = tokens.end(token), tokens.starts[mention.lead]
    if end - start > _GAP:
        return False
    if _DASHED.fullmatch(text, start, end):
        return True
    if not _UNDASHED.fullmatch(text, start, end) or mention.last - mention.lead < 2:
        return False
    before = text[max(0, tokens.starts[token] - _GAP) : tokens.starts[token]]
    words = tokens.lower[mention.last : last]
    return (
        _BLANK_BEFORE.search(before) is not None
        and _BLANK_AFTER.match(text, tokens.end(last - 1)) is not None
        and not any(word in language.cues or (word in language.auxiliaries and word != "'s") for word in words)
    )
