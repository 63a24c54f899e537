"""What the preview shows, made of this installation's newsletters, editions and templates."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from digest.cli.samples import newsletter_of, sample_message, sender_of
from digest.cli.versions import Version, reader_of, version
from digest.delivery.letters import Values, letter
from digest.delivery.trial import as_mail, headers, send_trial
from digest.errors import NotFound
from digest.message import CompiledEdition
from digest.model import Severity
from digest.web.messages import Listed, PreviewMessage, Remark, Sent, What, Wish

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.cli.house import House
    from digest.editing.desk import Built
    from digest.model import Finding, Story
    from digest.providers.base import Letter
    from digest.storage.batches import Reader
    from digest.storage.drafts import Sender

EDITIONS = 30
"""Kept editions that are listed; an older one has its address."""


class _Made(NamedTuple):
    """A message before its slots are filled."""

    shown: PreviewMessage
    """All but what the slots change."""
    letter: Letter
    values: Values
    reader: Reader


class HouseDrafts:
    """`digest.web.messages.Drafts`. What config.toml says is read again when it was saved."""

    def __init__(self, house: House, articles: Path | None = None, config: Path | None = None) -> None:
        """`articles` takes the place of every newsletter's sources; `config` is the file to be read again."""
        self._house = house
        self._articles = articles
        self._config = config
        self._stamp = _stamp(config)
        self._stack = ExitStack()
        self._inboxes: dict[str, str] = {}

    def __enter__(self) -> HouseDrafts:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the inbox, if a trial opened it."""
        self._stack.close()

    def listing(self) -> Sequence[Listed]:
        house = self._current()
        newsletters = [Listed(What("newsletters", key), each.title) for key, each in house.settings.newsletter.items()]
        editions = [
            Listed(What("editions", str(each.id)), f"{each.id}: {each.subject}", f"{each.issue_date}, {each.state}")
            for each in house.editions.listing()[:EDITIONS]
        ]
        return [*newsletters, *editions, *(Listed(What("templates", name), name) for name in house.templates.names())]

    def make(self, what: What, wish: Wish) -> PreviewMessage:
        made = self._make(what, wish)
        values, now = made.values.of(made.reader), self._house.clock()
        return replace(
            made.shown,
            html=made.letter.html.fill(values),
            text=made.letter.text.fill(values),
            headers=tuple(headers(made.letter, values, at=now).items()),
            raw=as_mail(made.letter, values, at=now),
        )

    def send(self, what: What, wish: Wish, address: str) -> Sent:
        from subscribers.addresses import normalise
        from subscribers.errors import SubscriberError

        try:
            to = normalise(address).shown
        except SubscriberError as error:
            return Sent(False, str(error))
        made = self._make(what, wish, before="[Test] ")
        provider = made.shown.account
        if not provider:
            return Sent(False, "No account of config.toml could send it.")
        inbox = self._inbox(provider)
        with self._house.account(provider) as account:
            (outcome,) = send_trial(account, made.letter, made.values, [to])
        why = f": {outcome.reason} ({outcome.detail})" if outcome.reason else ""
        return Sent(outcome.kind == "accepted", f"{to}: {outcome.kind} by provider.{provider}{why}", inbox)

    def watched(self) -> Sequence[Path]:
        house = self._current()
        folders = [house.settings.resolve(source.path) for source in house.settings.source.values() if source.path]
        articles = [self._articles] if self._articles else folders
        return [*house.templates.folders, *house.templates.locales, *articles, *filter(None, [self._config])]

    def _current(self) -> House:
        """The installation as config.toml has it now. Raises ConfigError."""
        stamp = _stamp(self._config)
        if stamp != self._stamp:
            before, fresh = self._house, type(self._house).of(str(self._config))
            # What did not change stays open, and stays warm.
            if fresh.settings.database_place == before.settings.database_place:
                fresh.database = before.database
            if fresh.templates.folders == before.templates.folders:
                fresh.templates = before.templates
            self._house, self._stamp = fresh, stamp
        return self._house

    def _inbox(self, provider: str) -> str:
        """The inbox's address if the account is the sandbox, which then stays open as long as the preview."""
        from digest.cli.local import sandbox

        if provider not in self._inboxes:
            self._inboxes[provider] = self._stack.enter_context(sandbox(self._house, provider)) or ""
        return self._inboxes[provider]

    def _make(self, what: What, wish: Wish, *, before: str = "") -> _Made:
        """`before` stands before the subject."""
        house = self._current()
        if what.kind == "newsletters":
            return self._newsletter(house, what.name, wish, before)
        if what.kind == "editions":
            return self._edition(house, what.name, wish, before)
        return self._template(house, what.name, wish, before)

    def _newsletter(self, house: House, name: str, wish: Wish, before: str) -> _Made:
        built = house.desk.build(name, folder=self._articles)
        draft = built.draft
        reader, unknown = reader_of(house, wish.reader, name)
        made = version(built.compiled, reader, wish.language)
        remarks = _remarks(draft.findings, (*draft.stories, *draft.left_out))
        shown = replace(
            _shown(made, remarks, house, house.desk.newsletter(name).template),
            title=draft.sender.title,
            languages=tuple(built.compiled.messages),
            warnings=(*unknown, *_warnings(built)),
            account=draft.provider,
        )
        return _made(house, shown, made, draft.sender, reader, before, newsletter=name)

    def _edition(self, house: House, name: str, wish: Wish, before: str) -> _Made:
        if not name.isdecimal():
            raise NotFound(f"an edition has a number, not {name!r}; `digest editions list` shows those that exist")
        edition = house.editions.get(int(name))
        sender = house.editions.sender(edition.id)
        compiled = CompiledEdition.from_json(house.editions.message(edition.id))
        reader, unknown = reader_of(house, wish.reader, edition.newsletter)
        made = version(compiled, reader, wish.language)
        newsletter = house.settings.newsletter.get(edition.newsletter)
        remarks = _remarks(edition.findings, (*edition.stories, *edition.left_out))
        shown = replace(
            _shown(made, remarks, house, newsletter.template if newsletter else ""),
            title=f"{sender.title}, edition {edition.id} of {edition.issue_date}, {edition.state}",
            languages=tuple(compiled.messages),
            warnings=tuple(unknown),
            account=edition.provider if edition.provider in house.settings.provider else "",
        )
        return _made(
            house,
            shown,
            made,
            sender,
            reader,
            before,
            newsletter=edition.newsletter,
            edition_id=edition.id,
            scheduled=edition.scheduled,
        )

    def _template(self, house: House, name: str, wish: Wish, before: str) -> _Made:
        templates = house.templates
        if name not in templates.names():
            raise NotFound(f"there is no template {name!r}; there are {', '.join(templates.names())}")
        samples = templates.cases(name)
        if wish.sample and wish.sample not in samples:
            raise NotFound(f"the template {name!r} has no sample {wish.sample!r}; it has {', '.join(samples)}")
        case = wish.sample or next(iter(samples), "sample")
        newsletter, table = newsletter_of(house.settings, name)
        reader, unknown = reader_of(house, wish.reader, newsletter)
        sample = sample_message(templates, name, case, wish.language or reader.language)
        made = version(CompiledEdition.alone(sample.message, sample.language), reader, sample.language)
        made = replace(
            made, source_html=made.source_html or sample.source_html, preheader=made.preheader or sample.preheader
        )
        remarks = [Remark(f"Template {name}", finding) for finding in sample.findings]
        shown = replace(
            _shown(made, remarks, house, name),
            title=f"Template {name}",
            languages=sample.languages,
            samples=samples,
            sample=case,
            pictures=sample.pictures,
            warnings=tuple(unknown),
            account=table.provider if table else "",
        )
        sender = sender_of(house.settings, sample.title, sample.from_name, sample.language, table)
        sent = _made(house, shown, made, sender, reader, before, newsletter=newsletter)
        if not sample.notice:
            return sent
        # A notice belongs to no list.
        fields = tuple(field for field in sent.letter.headers if not field[0].startswith("List-"))
        return sent._replace(letter=replace(sent.letter, headers=fields))


def _shown(made: Version, remarks: Iterable[Remark], house: House, template: str) -> PreviewMessage:
    """What a version says of itself; what its slots change is empty."""
    ordered = tuple(sorted(remarks, key=lambda remark: list(Severity).index(remark.finding.severity)))
    return PreviewMessage(
        title="",
        subject=made.message.subject,
        preheader=made.preheader,
        html="",
        text="",
        raw=b"",
        source_html=made.source_html,
        remarks=ordered,
        heaviest=made.heaviest,
        language=made.language,
        languages=(made.language,),
        reader=made.told,
        whole=made.whole,
        files=_files(house, template, ordered),
    )


def _made(
    house: House,
    shown: PreviewMessage,
    made: Version,
    sender: Sender,
    reader: Reader,
    before: str,
    *,
    newsletter: str,
    edition_id: int = 0,
    scheduled: bool = False,
) -> _Made:
    values = Values(
        edition_id=edition_id,
        newsletter=newsletter,
        sender=sender,
        sent_to=made.message.sent_to,
        key=house.keys[0],
    )
    sent = letter(made.message, sender, scheduled=scheduled, subject=before + made.message.subject)
    return _Made(shown, sent, values, reader)


def _remarks(findings: Iterable[Finding], stories: Iterable[Story]) -> list[Remark]:
    remarks = [Remark("The edition", finding) for finding in findings]
    return remarks + [Remark(story.headline, finding) for story in stories for finding in story.findings]


def _files(house: House, template: str, remarks: Iterable[Remark]) -> dict[str, str]:
    """The files that findings point into; the first folder that has one wins."""
    named = {place.part.rpartition(":")[0] for _, finding in remarks for place in finding.places}
    found: dict[str, str] = {}
    for folder in house.templates.folders:
        for path in folder.glob("*/*.*") if template else ():
            name = path.relative_to(folder).as_posix()
            if name in named and name not in found:
                found[name] = path.read_text("utf-8", "replace")
    return found


def _warnings(built: Built) -> list[str]:
    unread = [f"Not read: {problem.ref}: {problem.message}" for problem in built.problems]
    left_out = [f"{story.findings[-1].message} “{story.headline}”" for story in built.draft.left_out]
    return [*unread, *left_out]


def _stamp(file: Path | None) -> tuple[int, int] | None:
    """What tells one saved state of a file from another."""
    try:
        status = file.stat() if file else None
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size) if status else None
