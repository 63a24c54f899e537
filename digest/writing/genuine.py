"""Which quoted words are somebody's speech: not titles of works, nicknames, terms or scare quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from digest.writing.evidence import Evidence
from digest.writing.language import Language
from digest.writing.quotes import Quotation, last_sign
from digest.writing.speakers import Speaker
from digest.writing.tokens import QUOTE, Tokens

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
_ELSEWHERE = frozenset((None, Evidence.SUBJECT, Evidence.NEIGHBOUR, Evidence.AHEAD))
"""What ties a quotation to nobody in its own sentence."""
_REACH = 12
"""Words before a quotation in which the kind of work or its author is named."""
_BRACKETED = 8
"""Words between brackets behind a quotation, the last of which is the year of a poster or a work."""
_INVITATION = 14
"""Words of a line that invites readers elsewhere."""
_LINE = 2000
"""Characters in which the head of a line is looked for."""
_LABEL = 40
_SENTENCES = re.compile(r"[!?]\s+\w")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")


def is_speech(text: str, tokens: Tokens, token: int, speaker: Speaker, language: Language) -> bool:
    """Whether a quotation is speech: a long one needs some speaker, a short one evidence of him."""
    quotation = tokens.quotations[token]
    inner = text[quotation.start : quotation.end]
    words = _WORD.findall(inner)
    evidence = speaker.evidence
    if len(words) >= _SHORT:
        known = evidence is not Evidence.SUBJECT or speaker.person is not None
        spoken = evidence is not None and (known or _closed(text, quotation))
    else:
        spoken = _spoken(text, tokens, token, words, speaker, language)
    return spoken and not (
        _is_work(text, tokens, token, words, evidence, language)
        or _invites(inner, words, evidence, language)
        or _translates(tokens, token, evidence, language)
        or _corrects(text, quotation.outer_start, language)
    )


def _spoken(text: str, tokens: Tokens, token: int, words: Sequence[str], speaker: Speaker, language: Language) -> bool:
    """Whether a few quoted words are speech, by what stands before them, their capitals and their speaker."""
    quotation, evidence = tokens.quotations[token], speaker.evidence
    inner = text[quotation.start : quotation.end]
    before = tokens.lower[token - 1] if token else ""
    if before in language.naming or before in language.terms or (before in language.works and not inner[0].islower()):
        return False
    guessed = evidence is None or evidence is Evidence.SUBJECT or (speaker.name is None and evidence not in _BESIDE)
    if _titled(text, tokens, token, words, language):
        return not guessed and (evidence in _BESIDE or (len(words) < _TITLE and evidence is Evidence.SENTENCE))
    if guessed:
        return len(words) >= _PHRASE and (
            speaker.person is not None or (inner[0].isupper() and _closed(text, quotation))
        )
    if evidence is Evidence.PARAGRAPH:
        return len(words) >= _PHRASE or _closed(text, quotation)
    return True


def _closed(text: str, quotation: Quotation) -> bool:
    """Whether a sign that closes a clause ends the quoted words; in the British way: Why not say “…”?"""
    behind = text[quotation.outer_end : quotation.outer_end + 1]
    return last_sign(text, quotation) in ".?!,…" or (behind != "" and behind in ".?!")


def _is_work(
    text: str, tokens: Tokens, token: int, words: list[str], evidence: Evidence | None, language: Language
) -> bool:
    """Whether quoted words are the title of a work, or an excerpt of one in a list."""
    if evidence in _ELSEWHERE and (
        _entitled(tokens, token, language) or _signed(text, tokens, token, language) or _dated(tokens, token)
    ):
        return True
    if evidence is Evidence.COLON and _excerpt(tokens, token, language):
        return True
    if len(words) < 2 or not _titled(text, tokens, token, words, language):
        return False
    before = tokens.lower[token - 1] if token else ""
    staged = before in language.stages and text[tokens.quotations[token].end - 1] not in "!?"
    far = evidence is Evidence.LOOSE or (evidence in _ELSEWHERE and evidence is not Evidence.SUBJECT)
    return staged or far or before in language.works or before in language.naming


def _titled(text: str, tokens: Tokens, token: int, words: Sequence[str], language: Language) -> bool:
    """Whether quoted words look like a title: capitals, and no stop of a sentence among them (Lock It! Lock It!)."""
    quotation = tokens.quotations[token]
    return title_case(words, language) and _SENTENCES.search(text, quotation.start, quotation.end) is None


def _entitled(tokens: Tokens, token: int, language: Language) -> bool:
    """Whether the words before the quotation announce a title: Ada Lind's column on Monday, “…,” was read by all."""
    before = tokens.lower[max(0, token - _REACH) : token]
    if before[-1:] != [","] or (before[-2:-1] and before[-2] in language.strong):
        return False  # was asked by the magazine, “…?”
    return any(word in language.works for word in before)


def _signed(text: str, tokens: Tokens, token: int, language: Language) -> bool:
    """Whether the words behind the quotation name the author of what it is the title of: “…,” by Ada Lind"""
    after = token + 1
    comma = last_sign(text, tokens.quotations[token]) == ","
    if tokens.lower[after : after + 1] == [","]:
        comma, after = True, after + 1
    if not comma or after >= len(tokens) or tokens.lower[after] not in language.agents:
        return False
    return any(word[0].isupper() for word in tokens.words[after + 1 : after + 3])


def _dated(tokens: Tokens, token: int) -> bool:
    """Whether brackets behind the quotation end with a year, as behind a slogan: “…” (poster, 2031)"""
    if tokens.lower[token + 1 : token + 2] != ["("]:
        return False
    behind = tokens.lower[token + 2 : token + 2 + _BRACKETED]
    close = behind.index(")") if ")" in behind else 0
    return close > 0 and _YEAR.fullmatch(behind[close - 1]) is not None


def _invites(inner: str, words: Sequence[str], evidence: Evidence | None, language: Language) -> bool:
    """Whether a line that stands among paragraphs of speech, and is in marks like them, is the publisher's own."""
    if not words or len(words) > _INVITATION or words[0].lower() not in language.invitations:
        return False
    if evidence is not Evidence.CONTINUED and evidence not in _ELSEWHERE:
        return False
    return "@" in inner or any(word.lower() in language.channels for word in words)


def _translates(tokens: Tokens, token: int, evidence: Evidence | None, language: Language) -> bool:
    """Whether quoted words are the meaning of others: “Si vis pacem,” Latin for | “if you wish peace”"""
    before = tokens.lower[max(0, token - 2) : token]
    return (
        evidence in _ELSEWHERE
        and len(before) == 2
        and before[0] in language.tongues
        and before[1] in language.prepositions
    )


def _corrects(text: str, start: int, language: Language) -> bool:
    """Whether the line is the publisher's own word about the article, which may quote what was wrong in it."""
    line = text.rfind("\n", max(0, start - _LINE), start) + 1
    return text[line : line + _LABEL].lstrip(" \u00a0*_([").casefold().replace("’", "'").startswith(language.notes)


def _excerpt(tokens: Tokens, token: int, language: Language) -> bool:
    """Whether a list of articles gives the beginning of one behind its title and author: “…,” by Ada Lind: “…”"""
    before = tokens.lower[max(0, token - _REACH) : token]
    return QUOTE in before and before[before.index(QUOTE) + 1] in language.agents


def title_case(words: Sequence[str], language: Language) -> bool:
    """Whether every word has a capital, but for articles and prepositions: How to Sail a Ferry."""
    if not words or not words[0][0].isupper():
        return False
    return all(word[0].isupper() or word.lower() in language.starters for word in words)
