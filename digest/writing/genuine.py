"""Which quoted words are somebody's speech: not titles of works, nicknames, terms or scare quotes."""

from __future__ import annotations

import re

from digest.writing.evidence import Evidence
from digest.writing.language import Language
from digest.writing.speakers import Speaker
from digest.writing.tokens import Tokens

_WORD = re.compile(r"\w+(?:['’.-]\w+)*")
_SHORT = 7
"""Words from which on quoted words are taken for speech whatever stands around them."""
_TITLE = 3
"""Words from which on Title Case is taken for the title of a work."""
_PHRASE = 3
"""Words that make a phrase; fewer, without evidence, are a term or a scare quote."""
_BESIDE = frozenset(
    (Evidence.AFTER, Evidence.BEFORE, Evidence.WEAK, Evidence.PARAGRAPH, Evidence.TRANSCRIPT, Evidence.COLON)
)

_LOOSE = frozenset((None, Evidence.SUBJECT, Evidence.NEIGHBOUR, Evidence.AHEAD))
_REACH = 8
"""Words before a title in which its kind of work is named."""


def is_speech(text: str, tokens: Tokens, token: int, speaker: Speaker, language: Language) -> bool:
    """Whether a quotation is speech: a long one needs some speaker, a short one evidence of him."""
    quotation = tokens.quotations[token]
    inner = text[quotation.start : quotation.end]
    words = _WORD.findall(inner)
    closed = inner[-1] in ".?!,…"
    evidence = speaker.evidence
    if evidence in _LOOSE and _entitled(tokens, token, language):
        return False
    if len(words) >= _SHORT:
        return evidence is not None and (evidence is not Evidence.SUBJECT or speaker.person is not None or closed)
    before = tokens.lower[token - 1] if token else ""
    if before in language.naming or before in language.works:
        return False
    guessed = evidence is None or evidence is Evidence.SUBJECT or (speaker.name is None and evidence not in _BESIDE)
    if _title_case(words, language):
        return not guessed and (evidence in _BESIDE or (len(words) < _TITLE and evidence is Evidence.SENTENCE))
    if guessed:
        return len(words) >= _PHRASE and (speaker.person is not None or (closed and inner[0].isupper()))
    if evidence is Evidence.PARAGRAPH:
        return len(words) >= _PHRASE or closed
    return True


def _entitled(tokens: Tokens, token: int, language: Language) -> bool:
    """Whether the words before the quotation announce a title: Ada Lind's column on Monday, “…,” was read by all."""
    before = tokens.lower[max(0, token - _REACH) : token]
    return before[-1:] == [","] and any(word in language.works for word in before)


def _title_case(words: list[str], language: Language) -> bool:
    capitals = sum(1 for word in words if word[0].isupper() or word.lower() in language.starters)
    return len(words) >= 1 and capitals == len(words) and words[0][0].isupper()
