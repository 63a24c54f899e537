"""A rehearsal: an e-mail rendered with one sample in one language, and held to all that needs no browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from digest.errors import RenderError
from digest.model import Finding, Place, Severity
from digest.rendering.checks import check, proof_of, proof_of_notice
from digest.rendering.checks.places import located
from digest.rendering.checks.proof import EXCERPT, finding
from digest.rendering.edition import Rendering
from digest.rendering.inlinable import check_plain_styles
from digest.rendering.layout import is_digest
from digest.rendering.notice import compile_notice, sample_notice
from digest.rendering.sample import sample_content
from digest.rendering.templates import Templates
from digest.rendering.words import Words

_NONCE = "rehearsal0000000"
"""Samples are ours or the operator's own: nobody guesses it to do harm."""


def rehearse(templates: Templates, name: str, case: str, language: str) -> tuple[Finding, ...]:
    """What is wrong with the e-mail `name`, worst first; places are lines of templates where one line can be meant.

    `case` is the name of a sample without `.toml`, `language` a BCP 47 tag that is rendered in place of its own. A
    message that cannot be made is one finding, `rendering`.
    """
    try:
        files = templates.files(name)
        made = _digest if is_digest(templates.folders, name) else _notice
        found = [*made(templates, name, case, language), *_words(templates, name, language)]
    except RenderError as error:
        return (
            finding(
                "rendering", Severity.ERROR, str(error), "Mend it; nothing of this e-mail can be shown until then."
            ),
        )
    # What the template took from others is looked up first, so that its own lines win.
    others = sorted({file.split("/", 1)[0] for file in files} - {name})
    placed = tuple(found)
    for folder in (*others, name):
        placed = located(placed, templates.folders, folder)
    order = list(Severity)
    return tuple(sorted(placed, key=lambda each: order.index(each.severity)))


def unspoken(words: Words, language: str) -> Iterator[Finding]:
    """`words-missing`: the words are English because there are none in this language, a BCP 47 tag."""
    if words.language.split("-")[0].lower() != language.split("-")[0].lower():
        yield finding(
            "words-missing",
            Severity.WARNING,
            f"There are no words in {language}: what the message says of itself is English, amid dates in {language}.",
            f"Translate them into locales/{language}.po of your templates, or take {language} out of config.toml.",
        )


def _digest(templates: Templates, name: str, case: str, language: str) -> Iterator[Finding]:
    content = replace(sample_content(templates.sample(name, case)), template=name)
    spoken = replace(content, language=language)
    message = Rendering(spoken, templates=templates, nonce=_NONCE).compile()
    yield from check(proof_of(message, spoken))
    yield from check_plain_styles(message.source_html)
    if language == content.language:
        yield from _cuts(Rendering(content, templates=templates, nonce=_NONCE), len(content.stories))


def _notice(templates: Templates, name: str, case: str, language: str) -> Iterator[Finding]:
    notice = replace(sample_notice(name, templates.sample(name, case)), language=language)
    message = compile_notice(notice, templates=templates, nonce=_NONCE)
    yield from check(proof_of_notice(message, notice))
    yield from check_plain_styles(message.source_html)


def _cuts(rendering: Rendering, stories: int) -> Iterator[Finding]:
    """`cut-marks`: the message of a selection, joined from pieces, is what rendering that selection alone gives."""
    message = rendering.compile()
    every = range(stories)
    for chosen in {tuple(every), tuple(reversed(every)), (stories - 1,), tuple(every[::2])}:
        joined, alone = message.select(chosen), rendering.alone(chosen)
        for part in ("html", "text"):
            if getattr(joined, part) != getattr(alone, part):
                lines = zip_longest(*(_shown(getattr(each, part)) for each in (joined, alone)), fillvalue="")
                differs = next((ours or theirs for ours, theirs in lines if ours != theirs), "")
                yield finding(
                    "cut-marks",
                    Severity.ERROR,
                    f"A reader with {len(chosen)} of {stories} stories gets another {part} than this template makes.",
                    "An item must not depend on its place: no loop.index, loop.first or loop.last. All of a section "
                    "stands between its cut.NAME and cut.end.",
                    Place(part, None, differs.strip()[:EXCERPT]),
                )
                return


def _shown(slotted: object) -> list[str]:
    parts = getattr(slotted, "parts", ())
    return "".join(part if isinstance(part, str) else f"[{part.name}]" for part in parts).splitlines()


def _words(templates: Templates, name: str, language: str) -> Iterator[Finding]:
    """`words-missing`: what is said in English amid another language."""
    words = templates.words(language)
    if not words.catalogs:
        yield from unspoken(words, language)
        return
    said = templates.messages(name) | dict.fromkeys(templates.shipped_messages(), "")
    missing = [message for message in said if not any(message in catalog.messages for catalog in words.catalogs)]
    if missing and words.language.split("-")[0] != "en":
        yield finding(
            "words-missing",
            Severity.WARNING,
            f"{len(missing)} of the words are not translated into {language}, and are said in English.",
            f"Add them to {words.catalogs[0].path}.",
            *(Place(said[message] or "words", None, message[:EXCERPT]) for message in missing[:5]),
        )
