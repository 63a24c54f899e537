"""Article → story: the writing room's one door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from digest.model import Article, QuickTake, Span, Story
from digest.writing.blocks import BlockKind, find_blocks
from digest.writing.cast import Cast, Person
from digest.writing.checks import check
from digest.writing.checks.proof import Part, Proof
from digest.writing.dates import date_of
from digest.writing.furniture import address_of, byline_of
from digest.writing.genuine import is_speech
from digest.writing.language import Language, language_of
from digest.writing.names import find_names
from digest.writing.quotes import Quotation, find_quotations
from digest.writing.ranking import Candidate, rank
from digest.writing.roles import role_of
from digest.writing.speakers import Speakers
from digest.writing.takes import author_takes, extract_takes
from digest.writing.tokens import Tokens, tokenize
from digest.writing.transcripts import find_turns

_NONE: Mapping[str, str] = MappingProxyType({})
_LONGEST_HEADLINE = 120


def write(article: Article, *, severities: Mapping[str, str] = _NONE) -> Story:
    """The story of an article: its parts, quotations with speakers, quick takes and findings.

    Never raises, whatever the text; an article without a body becomes a story with an error
    finding. `severities` maps a finding's code to error, warning, info or off.
    """
    text = article.text
    language = language_of(article.language)
    blocks = find_blocks(article, language)
    paragraphs = tuple(block.span for block in blocks if block.kind is BlockKind.PARAGRAPH)
    tokens = tokenize(text, paragraphs, _quotations(text, paragraphs, language), language)
    cast = find_names(tokens, language)

    first = {block.kind: block.span for block in reversed(blocks)}
    headline = _part("headline", article.headline, first.get(BlockKind.HEADLINE), text)
    dek = _part("dek", article.dek, first.get(BlockKind.DEK), text)
    caption = _part("caption", article.caption, first.get(BlockKind.CAPTION), text)
    own = author_takes(text, blocks)
    takes = own or extract_takes(text, tokens, language.starters)
    prominent = " ".join(part.text for part in (headline, dek) if part is not None)
    quotes = rank(
        _candidates(text, tokens, cast, language),
        text,
        Span(paragraphs[0].start, paragraphs[-1].end) if paragraphs else Span(0, 0),
        language,
        prominent,
        _quoted(takes, language) if own else (),
    )
    byline = article.byline or byline_of(_written(first.get(BlockKind.BYLINE), text), language)
    published_at = article.published_at or date_of(_written(first.get(BlockKind.DATE), text), language)
    url = article.url or address_of(_written(first.get(BlockKind.ADDRESS), text))
    proof = Proof(
        article=article,
        language=language,
        headline=headline,
        dek=dek,
        caption=caption,
        takes=takes,
        author=bool(own),
        label=first.get(BlockKind.LABEL),
        paragraphs=paragraphs,
        tokens=tokens,
        cast=cast,
        quotes=quotes,
        byline=byline,
        dated=published_at is not None,
        addressed=url is not None,
    )
    return Story(
        article=article.digest,
        ref=article.ref,
        headline=headline.text if headline is not None else _stand_in(text, tokens),
        dek=dek.text if dek is not None else None,
        caption=caption.text if caption is not None else None,
        takes=takes,
        quotes=quotes,
        findings=check(proof, severities),
        byline=byline,
        published_at=published_at,
        url=url,
        publisher=article.publisher,
        topic=article.topic,
        image=article.image,
        language=article.language,
        words=proof.words,
    )


def _part(name: str, known: str | None, span: Span | None, text: str) -> Part | None:
    if known is not None and known.strip():
        written = text[span.start : span.end] if span is not None else None
        return Part(name, known.strip(), span if written == known.strip() else None)
    return Part(name, text[span.start : span.end], span) if span is not None else None


def _written(span: Span | None, text: str) -> str:
    return text[span.start : span.end] if span is not None else ""


def _quotations(text: str, paragraphs: Sequence[Span], language: Language) -> list[Quotation]:
    """The quotations of the body by their marks, and the turns of a transcript, which have none."""
    turns = find_turns(text, paragraphs, language)
    marked = find_quotations(text, paragraphs, language.elisions)
    spoken = [quotation for quotation in marked if quotation.paragraph not in turns]
    return sorted([*spoken, *turns.values()], key=lambda quotation: quotation.start) if turns else marked


def _stand_in(text: str, tokens: Tokens) -> str:
    """The beginning of the body, for a story whose article has no headline."""
    if not tokens.sentences:
        return ""
    first = tokens.span(tokens.sentences[0].first, tokens.sentences[0].last)
    start = " ".join(text[first.start : first.end].split())
    return start if len(start) <= _LONGEST_HEADLINE else start[:_LONGEST_HEADLINE].rsplit(" ", 1)[0] + " …"


def _quoted(takes: Sequence[QuickTake], language: Language) -> list[str]:
    """The words that the author's takes quote."""
    found = []
    for take in takes:
        for quotation in find_quotations(take.text, [Span(0, len(take.text))], language.elisions):
            found.append(take.text[quotation.start : quotation.end])
    return found


def _candidates(text: str, tokens: Tokens, cast: Cast, language: Language) -> list[Candidate]:
    speakers = Speakers(text, tokens, cast, language).attribute()
    roles: dict[int, str | None] = {}
    candidates = []
    for token, quotation in tokens.quotations.items():
        speaker = speakers[token]
        if not is_speech(text, tokens, token, speaker, language):
            continue
        candidate = Candidate(
            text=text[quotation.start : quotation.end],
            span=Span(quotation.start, quotation.end),
            speaker=speaker.name,
            role=_role(speaker.person, roles, text, tokens, cast, language),
            attribution=speaker.attribution,
            confidence=speaker.confidence,
            speaker_span=speaker.span,
            person=speaker.person is not None,
        )
        candidates.append(candidate)
    return candidates


def _role(
    person: Person | None, roles: dict[int, str | None], text: str, tokens: Tokens, cast: Cast, language: Language
) -> str | None:
    if person is None:
        return None
    if id(person) not in roles:
        roles[id(person)] = role_of(person, text, tokens, cast, language)
    return roles[id(person)]
