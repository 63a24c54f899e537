"""The desk: articles in, a checked draft edition out."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from digest.clock import Clock
from digest.editing.correct import correct, first_made
from digest.editing.duplicates import first_seen
from digest.editing.picture_desk import PictureDesk
from digest.editing.review import NO_STORIES, recorded
from digest.editing.select import Rules, select
from digest.errors import NotFound, SourceError
from digest.message import CompiledEdition, CompiledMessage, Slotted
from digest.model import Article, Edition, EditionState, Finding, Severity, Story
from digest.rendering.checks import check, graded, proof_of
from digest.rendering.checks.liveness import check_liveness
from digest.rendering.checks.places import located
from digest.rendering.edition import EditionContent, compile_edition
from digest.rendering.layout import layout
from digest.rendering.rehearsal import unspoken
from digest.rendering.templates import Templates
from digest.settings import Newsletter, Settings
from digest.signing import key_id
from digest.sources import Problem, open_source
from digest.sources.folder import FolderSource
from digest.storage.drafts import Draft, Sender, Spare
from digest.storage.editions import Editions
from digest.storage.sources import Sources
from digest.writing import write

Headers = Callable[[CompiledMessage, Sender, str], Mapping[str, str]]
"""The header fields that a message of a newsletter is sent with, for a reader that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A draft with all that went into it and all that did not."""

    draft: Draft
    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]
    """Articles and sources that could not be read."""
    compiled: CompiledEdition

    @property
    def message(self) -> CompiledMessage:
        """In the newsletter's own language."""
        return self.compiled.message


class Desk:
    """Makes editions of the newsletters in config.toml."""

    def __init__(
        self,
        *,
        settings: Settings,
        editions: Editions,
        sources: Sources,
        templates: Templates,
        pictures: PictureDesk,
        clock: Clock,
        headers: Headers | None = None,
        nonce: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        """Without `headers`, what a message is sent with, its header fields are not checked."""
        self._settings = settings
        self._editions = editions
        self._sources = sources
        self._templates = templates
        self._pictures = pictures
        self._clock = clock
        self._headers = headers
        self._nonce = nonce

    def newsletter(self, name: str) -> Newsletter:
        """Its table of config.toml. Raises NotFound."""
        try:
            return self._settings.newsletter[name]
        except KeyError:
            known = ", ".join(sorted(self._settings.newsletter)) or "none"
            raise NotFound(f"there is no newsletter “{name}” in config.toml; there is: {known}") from None

    def today(self, name: str) -> date:
        """The date that the clocks of the newsletter's zone show; UTC's for one without a schedule."""
        schedule = self.newsletter(name).schedule
        return self._clock().astimezone(schedule.zone if schedule else UTC).date()

    def build(
        self,
        name: str,
        *,
        issue_date: date | None = None,
        folder: Path | None = None,
        overrides: Mapping[str, str] | None = None,
        accept: Collection[str] = (),
        check_links: bool = False,
        seen: Collection[str] | None = None,
        by: str = "",
        scheduled: bool = False,
        due: datetime | None = None,
    ) -> Built:
        """Fetch, write, select, render and check, without keeping anything but what each source remembers.

        `folder` takes the place of the newsletter's sources. `overrides` maps finding codes to
        the reasons for sending all the same; `accept` holds codes whose suggestions are applied.
        Both are recorded as given by `by`; what the date's draft has on record stays as it was given.
        `check_links` asks whether the stories' addresses still answer.
        """
        newsletter = self.newsletter(name)
        issue_date = issue_date or self.today(name)
        now = self._clock()
        articles, problems = self._fetch(newsletter, folder, now)
        severities: Mapping[str, str] = newsletter.checks
        strangers = {article.digest for article in articles if seen is not None and article.digest not in seen}
        corrected = [
            correct(write(article, severities=severities), () if article.digest in strangers else accept, by=by, at=now)
            for article in articles
        ]
        stories = [story for story, _ in corrected]
        selection = select(
            stories,
            rules=Rules(
                max_stories=newsletter.max_stories,
                max_age=newsletter.max_age,
                leave_out_errors=newsletter.on_error == "leave-out",
            ),
            due=due or now,
            first_seen=first_seen(articles),
            sent_before=self._editions.sent_before(name, [story.article for story in stories], but=issue_date),
            overrides=overrides,
            strangers=strangers,
        )
        # Where errors hold the edition, a stranger's error must not pass under another story's reason.
        unseen = {finding.code for story in selection.chosen if story.article in strangers for finding in story.errors}
        overrides = {code: reason for code, reason in (overrides or {}).items() if code not in unseen}
        illustrated = self._pictures.illustrate(
            selection.chosen,
            articles,
            places=layout(self._templates.folders, newsletter.template).illustrated(len(selection.chosen)),
            folder=folder,
        )
        current = self._editions.of(name, issue_date)
        public_id = self._editions.public_id(current.id) if current else secrets.token_urlsafe(9)
        brand, of_brand = self._pictures.brand(newsletter)
        content = EditionContent(
            title=newsletter.title,
            tagline=newsletter.tagline,
            from_name=newsletter.from_name,
            postal_address=newsletter.postal_address,
            language=newsletter.language,
            why=newsletter.why,
            issue_date=issue_date,
            stories=illustrated.stories,
            images=illustrated.images,
            brand=brand,
            view_url=f"{self._settings.site.base_url}/editions/{public_id}",
            number=self._editions.number(name, issue_date),
            reading_minutes=newsletter.reading_minutes,
            template=newsletter.template,
        )
        sender = self._sender(newsletter)
        if selection.chosen:
            compiled, findings = self._compile(content, newsletter, sender, name, check_links=check_links)
        else:
            compiled, findings = _blank(newsletter), (_no_stories(selection.left_out),)
        draft = Draft(
            newsletter=name,
            issue_date=issue_date,
            public_id=public_id,
            subject=compiled.message.subject,
            stories=content.stories,
            left_out=selection.left_out,
            findings=(*graded(of_brand, newsletter.checks), *findings),
            message=compiled.to_json(),
            sender=sender,
            provider=newsletter.provider,
            overrides=recorded(overrides, self._editions.overrides(current.id) if current else {}, by, now),
            corrections=first_made(
                [correction for _, made in corrected for correction in made], current.corrections if current else ()
            ),
            folder=str(folder.absolute()) if folder else None,
            scheduled=scheduled,
            due_at=due,
        )
        return Built(draft=draft, articles=tuple(articles), problems=tuple(problems), compiled=compiled)

    def rebuild(
        self,
        edition: Edition,
        *,
        overrides: Mapping[str, str],
        accept: Collection[str],
        by: str,
        due: datetime | None = None,
    ) -> Built:
        """Make a draft again for its own date, with these overrides and suggestions beside those it has.

        With `due` it becomes the schedule's, which wants it sent then. Made again with nothing new, the
        earlier reasons hold for the articles that were in it, and for no other.
        """
        return self.build(
            edition.newsletter,
            issue_date=edition.issue_date,
            folder=Path(edition.folder) if edition.folder else None,
            overrides={**edition.overrides, **overrides},
            accept={*accept, *(correction.code for correction in edition.corrections)},
            seen=None if overrides or accept else {story.article for story in (*edition.stories, *edition.left_out)},
            by=by,
            scheduled=edition.scheduled or due is not None,
            due=due or edition.due_at,
        )

    def keep(self, built: Built, *, new: bool = False) -> int:
        """Keep a built draft; its edition's id.

        Raises WrongState when that date's edition is frozen, or with `new` when the date has one at all.
        """
        draft = built.draft
        self._pictures.draw_card(draft, accent=self.newsletter(draft.newsletter).brand.accent)
        return self._editions.save(
            draft, built.articles, state=EditionState.DRAFT, reason="", at=self._clock(), new=new
        )

    def _fetch(self, newsletter: Newsletter, folder: Path | None, now: datetime) -> tuple[list[Article], list[Problem]]:
        articles: list[Article] = []
        problems: list[Problem] = []
        if folder is not None:
            fetched = FolderSource("command line", folder).fetch()
            return list(fetched.articles), list(fetched.problems)
        since = now - newsletter.max_age if newsletter.max_age else None
        for source in newsletter.sources:
            try:
                fetched = open_source(source, self._settings).fetch(self._sources.state(source, since=since))
            except SourceError as error:
                problems.append(Problem(ref=source, message=str(error)))
                continue
            if fetched.state is not None:
                self._sources.keep(source, fetched.state, at=now)
            articles.extend(fetched.articles)
            problems.extend(fetched.problems)
        return articles, problems

    def _compile(
        self, content: EditionContent, newsletter: Newsletter, sender: Sender, name: str, *, check_links: bool
    ) -> tuple[CompiledEdition, tuple[Finding, ...]]:
        """The edition in each of its languages, and what the checks say of any, once.

        A finding has the line of the template, if one line can have written it.
        """
        messages: dict[str, CompiledMessage] = {}
        found: dict[Finding, None] = {}
        for language in dict.fromkeys((newsletter.language, *newsletter.languages)):
            told = replace(content, language=language)
            message = messages[language] = compile_edition(told, templates=self._templates, nonce=self._nonce())
            headers = self._headers(message, sender, name) if self._headers else None
            proof = proof_of(message, told, headers)
            words = unspoken(self._templates.words(language), language)
            found |= dict.fromkeys((*check(proof), *message.trimmed, *words))
            if check_links and language == newsletter.language:
                found |= dict.fromkeys(check_liveness(proof.story_urls))
        findings = located(graded(tuple(found), newsletter.checks), self._templates.folders, newsletter.template)
        return CompiledEdition(newsletter.language, messages), findings

    def _sender(self, newsletter: Newsletter) -> Sender:
        provider = self._settings.provider[newsletter.provider]
        return Sender(
            title=newsletter.title,
            from_name=newsletter.from_name,
            from_address=newsletter.from_address,
            reply_to=newsletter.reply_to or newsletter.from_address,
            list_id=newsletter.list_id,
            language=newsletter.language,
            base_url=self._settings.site.base_url,
            kind=provider.kind,
            stream=provider.outlet,
            signing_key=key_id(self._settings.signing_keys[0].get_secret_value()),
            spares=tuple(
                Spare(spare, self._settings.provider[spare].kind, self._settings.provider[spare].outlet, share)
                for spare, share in newsletter.spares.items()
            ),
        )


def _blank(newsletter: Newsletter) -> CompiledEdition:
    """What an edition without a story is kept with; `digest.editing.review` lets nobody send it."""
    nothing = Slotted(("There is no story to show.\n",))
    message = CompiledMessage.plain(subject=newsletter.title, html=nothing, text=nothing)
    return CompiledEdition.alone(message, newsletter.language)


def _no_stories(left_out: tuple[Story, ...]) -> Finding:
    why = f"all {len(left_out)} stories were left out" if left_out else "its sources had no article"
    return Finding(
        code=NO_STORIES,
        severity=Severity.ERROR,
        message=f"The edition has no story: {why}.",
        advice="Look at what was left out and why, or wait for articles, then build it again.",
    )
