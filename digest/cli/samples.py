"""A template's message, made of one of its samples, with what the checks say of it and who would send it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digest.message import CompiledMessage, Slot, Slotted
from digest.rendering.checks import check, proof_of, proof_of_notice
from digest.rendering.checks.places import located
from digest.rendering.edition import compile_edition
from digest.rendering.inlinable import check_plain_styles
from digest.rendering.layout import is_digest
from digest.rendering.notice import compile_notice, sample_notice
from digest.rendering.sample import sample_content
from digest.rendering.slots import PERSONAL
from digest.storage.drafts import Sender

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from digest.model import Finding
    from digest.rendering.content import EditionContent
    from digest.rendering.templates import Templates
    from digest.settings import Newsletter, Settings

_NONCE = "preview000000000"
"""Samples are ours or the operator's own: nobody guesses it to do harm."""


@dataclass(frozen=True, kw_only=True)
class SampleMessage:
    """One sample, compiled."""

    message: CompiledMessage
    title: str
    from_name: str
    preheader: str
    source_html: str
    language: str
    languages: tuple[str, ...]
    findings: tuple[Finding, ...]
    pictures: Mapping[str, Path] = field(default_factory=dict)
    """Address of a picture → the file of that name beside the sample."""
    notice: bool


def sample_message(templates: Templates, name: str, case: str, language: str) -> SampleMessage:
    """The e-mail `name` with its sample `case`, in a language in place of the sample's own unless that is empty.

    The checks are those of a message; `digest template lint` also tries selections and translations.
    Raises RenderError.
    """
    make = _digest if is_digest(templates.folders, name) else _notice
    made = make(templates, name, case, language)
    others = sorted({file.split("/", 1)[0] for file in templates.files(name)} - {name})
    findings: Sequence[Finding] = made.findings
    for folder in (*others, name):
        findings = located(findings, templates.folders, folder)
    return replace(made, findings=tuple(findings))


def newsletter_of(settings: Settings, template: str) -> tuple[str, Newsletter | None]:
    """The newsletter as which a template's samples are shown: one that looks like it, else the first."""
    tables = settings.newsletter.items()
    return next((item for item in tables if item[1].template == template), next(iter(tables), ("sample", None)))


def sender_of(settings: Settings, title: str, from_name: str, language: str, table: Newsletter | None) -> Sender:
    """A sample's sender, with the addresses of the newsletter whose account would send it."""
    provider = settings.provider[table.provider] if table else None
    address = table.from_address if table else "news@example.org"
    return Sender(
        title=title,
        from_name=from_name,
        from_address=address,
        reply_to=(table.reply_to if table else None) or address,
        list_id=table.list_id if table else "sample.example.org",
        language=language,
        base_url=settings.site.base_url,
        kind=provider.kind if provider else "sandbox",
        stream=provider.outlet if provider else "",
        signing_key="",
    )


def _digest(templates: Templates, name: str, case: str, language: str) -> SampleMessage:
    content = replace(sample_content(templates.sample(name, case)), template=name)
    content = replace(content, language=language or content.language)
    message = compile_edition(content, templates=templates, nonce=_NONCE)
    found = (*check(proof_of(message, content)), *check_plain_styles(message.source_html), *message.trimmed)
    return SampleMessage(
        message=message,
        title=content.title,
        from_name=content.from_name,
        preheader=message.preheader,
        source_html=message.source_html,
        language=content.language,
        languages=_languages(templates, content.language),
        findings=found,
        pictures=dict(_pictures(templates, content)),
        notice=False,
    )


def _notice(templates: Templates, name: str, case: str, language: str) -> SampleMessage:
    notice = sample_notice(name, templates.sample(name, case))
    notice = replace(notice, language=language or notice.language)
    made = compile_notice(notice, templates=templates, nonce=_NONCE)
    message = CompiledMessage.plain(subject=made.subject, html=_linked(made.html), text=_linked(made.text))
    return SampleMessage(
        message=replace(message, sent_to=made.sent_to),
        title=notice.title,
        from_name=notice.title,
        preheader=made.preheader,
        source_html=made.source_html,
        language=notice.language,
        languages=_languages(templates, notice.language),
        findings=(*check(proof_of_notice(made, notice)), *check_plain_styles(made.source_html)),
        notice=True,
    )


def _pictures(templates: Templates, content: EditionContent) -> Iterator[tuple[str, Path]]:
    logo = [content.brand.logo.url] if content.brand.logo else []
    for address in (*(image.url for image in content.images.values()), *logo):
        name = address.rpartition("/")[2]
        for folder in templates.folders:
            for file in sorted(folder.glob("*/*.[jp][pn]g")):
                if file.name == name:
                    yield address, file


def _linked(slotted: Slotted) -> Slotted:
    """With an address that leads nowhere in each slot that only notices have."""
    parts = (
        part.escape(f"https://reader.example/{part.name}")
        if isinstance(part, Slot) and part.name not in PERSONAL
        else part
        for part in slotted.parts
    )
    return Slotted(tuple(parts))


def _languages(templates: Templates, own: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((own, *templates.languages())))
