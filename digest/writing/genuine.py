"""Which quoted words are somebody's speech: not titles of works, nicknames, terms or scare quotes."""

from __future__ import annotations

import re

from digest.writing.evidence import Evidence
from digest.writing.language import Language
from digest.writing.speakers import Speaker
from digest.writing.tokens import Tokens

_WORD = re.compile(r"\w+(?:['’.-]\w+)*")
_SHORT = 7
_ATTACHED = (Evidence.AFTER, Evidence.BEFORE, Evidence.TRANSCRIPT)


def is_speech(text: str, tokens: Tokens, token: int, speaker: Speaker, language: Language) -> bool:
    quotation = tokens.quotations[token]
    inner = text[quotation.start : quotation.end]
    words = _WORD.findall(inner)
    if len(words) >= _SHORT:
        return True
    before = tokens.lower[max(0, token - 3) : token]
    if before and (before[-1] in language.naming or before[-1] in language.works):
        return False
    evidence = speaker.evidence
    if _title_case(words, language) and evidence not in _ATTACHED:
        return False
    if evidence is None or evidence is Evidence.SUBJECT or speaker.name is None:
        return len(words) >= 3 and inner[-1] in ".?!," and inner[0].isupper()
    if evidence is Evidence.LOOSE and speaker.person is None:
        return False
    if evidence in (Evidence.PARAGRAPH, Evidence.AHEAD, Evidence.NEIGHBOUR):
        return len(words) >= 3 or inner[-1] in ".?!,"
    return True


def _title_case(words: list[str], language: Language) -> bool:
    capitals = sum(1 for word in words if word[0].isupper() or word.lower() in language.starters)
    return len(words) >= 1 and capitals == len(words) and words[0][0].isupper()
