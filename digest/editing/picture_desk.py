"""The picture desk: the lead image of each story that shows one, fetched once and kept as it is sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from digest.clock import Clock
from digest.editing.branding import brand_of
from digest.errors import DigestError, PictureError, SourceError, StorageError
from digest.fetching import Fetcher
from digest.log import get
from digest.model import Article, Finding, Image, Place, Severity, Story
from digest.rendering.brand import Brand
from digest.rendering.card import HEIGHT, WIDTH, card, headline, quotations
from digest.rendering.content import StoryImage
from digest.rendering.pictures import Picture, logo_picture, picture
from digest.rendering.untrusted import clean
from digest.settings import Newsletter, Settings
from digest.sources.apart import Apart
from digest.sources.known import said_of_image
from digest.storage.drafts import Draft
from digest.storage.media import Media
from digest.storage.pictures import CARD, Look, Pictures

log = get(__name__)

SECONDS = 10.0
"""For one picture with all its redirects."""
ALL_SECONDS = 30.0
"""For all pictures of an edition: what has not come by then is left out."""
FRESH = timedelta(hours=1)
"""A picture that was looked at within this is not asked for again."""
PATIENCE = timedelta(minutes=10)
"""After a look that failed; a server that is down must not slow every build."""
LARGEST = 10_000_000
"""Bytes of a picture as its publisher has it."""
LEFT_OUT = "picture-left-out"
"""Code of the finding that says why a story goes out without its picture."""

Make = Callable[[bytes], Picture]
"""What is served of the bytes that came."""

_NOT_MODIFIED = 304
_ACCEPT = "image/jpeg, image/png, image/webp, image/avif, image/gif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Illustrated:
    """Stories with their pictures."""

    stories: tuple[Story, ...]
    """All of them, with a warning on each whose picture is left out."""
    images: Mapping[str, StoryImage]
    """By the digest of the article."""


class PictureDesk:
    """Gets pictures for the editions of every newsletter."""

    def __init__(
        self, *, settings: Settings, media: Media, memory: Pictures, clock: Clock, seconds: float = SECONDS
    ) -> None:
        self._settings = settings
        self._media = media
        self._memory = memory
        self._clock = clock
        self._seconds = seconds

    def illustrate(
        self,
        stories: Sequence[Story],
        articles: Sequence[Article],
        *,
        places: Collection[int],
        folder: Path | None,
    ) -> Illustrated:
        """The stories, and the pictures of those at these places, from 0.

        `folder` is the one that articles of the command line came from. A picture that cannot be had or
        shown is a warning and never an error: no send waits for one.
        """
        sources = {article.digest: article.source for article in articles}
        shown: list[Story] = []
        images: dict[str, StoryImage] = {}
        with _Round(self._settings, self._seconds) as round_:
            for place, story in enumerate(stories):
                image = story.image
                if image is None or place not in places:
                    shown.append(story)
                    continue
                try:
                    look = self._look(image.url, sources[story.article], folder, round_)
                except (SourceError, StorageError) as error:
                    shown.append(replace(story, findings=(*story.findings, _left_out(image, error))))
                    continue
                shown.append(story)
                images[story.article] = StoryImage(
                    url=f"{self._settings.site.base_url}/media/{look.name}",
                    width=look.width,
                    height=look.height,
                    alt=said_of_image(clean(image.alt)) or said_of_image(clean(story.caption or "")),
                    credit=image.credit or "",
                )
        return Illustrated(stories=tuple(shown), images=images)

    def brand(self, newsletter: Newsletter) -> tuple[Brand, tuple[Finding, ...]]:
        """What a newsletter looks like, its logo kept, and why a logo on the web is left out.

        Raises ConfigError for a logo in a file that cannot be shown.
        """
        return brand_of(newsletter, settings=self._settings, media=self._media, look=self._logo)

    def _logo(self, url: str) -> Look:
        """The look at a logo on the web. Raises SourceError with the reason why there is none."""
        with _Round(self._settings, self._seconds) as round_:
            look = self._fetched(url, "", round_, logo_picture)
        if look.name is None:
            raise PictureError(look.refused)
        return look

    def draw_card(self, draft: Draft, *, accent: str) -> None:
        """Draw the quote card of a draft, once for what it says.

        One without a story, or in a script that no font has, goes without; so does one whose card cannot be
        kept, and the log has the reason.
        """
        address = CARD + draft.fingerprint
        if self._known(address) is not None or not draft.stories:
            return
        language = draft.sender.language
        drawn = card(
            quotations(draft.stories, language),
            otherwise=headline(draft.stories[0], language),
            newsletter=draft.sender.title,
            accent=accent,
        )
        if drawn is None:
            return
        try:
            name = self._media.keep(drawn, "png")
        except StorageError as error:
            log.warning("quote card not kept", newsletter=draft.newsletter, reason=str(error))
        else:
            self._memory.keep(address, Look(name=name, width=WIDTH, height=HEIGHT, asked_at=self._clock()))

    def card(self, fingerprint: str) -> bytes | None:
        """The quote card of the edition with that fingerprint, if it has one."""
        look = self._memory.look(CARD + fingerprint)
        return self._media.read(look.name) if look is not None and look.name is not None else None

    def _look(self, url: str, source: str, folder: Path | None, round_: _Round) -> Look:
        """A look that has a picture. Raises SourceError with the reason why there is none."""
        if url.startswith("file:"):
            look = self._read(url, self._folder(source, folder), round_)
        else:
            look = self._fetched(url, source, round_)
        if look.name is None:
            raise PictureError(look.refused)
        return look

    def _folder(self, source: str, folder: Path | None) -> Path:
        """The folder that the article came from."""
        table = self._settings.source.get(source)
        if table is not None and table.path is not None:
            return self._settings.resolve(table.path)
        if folder is None:
            raise PictureError("only an article in a folder can have a picture in a file")
        return folder

    def _read(self, url: str, folder: Path, round_: _Round) -> Look:
        """The look at a file, by its time and size as if they were an ETag."""
        path = Path(os.fsdecode(unquote_to_bytes(urlsplit(url).path)))
        try:
            if not path.resolve().is_relative_to(folder.resolve()):
                raise PictureError(f"{path.name} leads out of the folder of its article; put the file itself there")
            if not path.is_file():
                raise PictureError(f"there is no file {path.name} beside its article; check the path")
            state = path.stat()
            version = f"{state.st_mtime_ns}-{state.st_size}"
            before = self._known(url)
            if before is not None and before.etag == version:
                return before
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except (OSError, ValueError, RuntimeError) as error:
            raise PictureError(f"{path.name} cannot be read ({error}); check its permissions") from None
        return self._kept(url, data, round_, etag=version, last_modified=None)

    def _fetched(self, url: str, source: str, round_: _Round, make: Make = picture) -> Look:
        """The look at an address, unless the one before is recent."""
        address, fetcher = round_.fetcher(source, url)
        if make is not picture:
            # An address may be a logo and a lead image, of which different files are kept.
            address = f"{address} as it is"
        before, now = self._known(address), self._clock()
        if before is not None and now - before.asked_at < (PATIENCE if before.refused else FRESH):
            return before
        try:
            answer = fetcher.get(
                url,
                accept=_ACCEPT,
                etag=before.etag if before else None,
                last_modified=before.last_modified if before else None,
                largest=LARGEST,
            )
        except SourceError as error:
            # A picture that was fetched before stands in for one that cannot be had now.
            had = before if before is not None and before.name is not None else Look(asked_at=now)
            look = replace(had, refused=str(error), asked_at=now)
            self._memory.keep(address, look)
            return look
        if before is not None and answer.status == _NOT_MODIFIED:
            look = replace(before, refused="", asked_at=now)
            self._memory.keep(address, look)
            return look
        return self._kept(address, answer.body, round_, make, etag=answer.etag, last_modified=answer.last_modified)

    def _known(self, address: str) -> Look | None:
        """What is remembered of an address, if the file is still there."""
        look = self._memory.look(address)
        return look if look is None or look.name is None or self._media.has(look.name) else None

    def _kept(
        self,
        address: str,
        data: bytes,
        round_: _Round,
        make: Make = picture,
        *,
        etag: str | None,
        last_modified: str | None,
    ) -> Look:
        """What came of the bytes, remembered; a picture is kept before it is.

        One that was refused is looked at whole the next time: this process may have been short of time or
        memory, and a later version of the decoders may know more.
        """
        look = Look(asked_at=self._clock())
        try:
            if len(data) > LARGEST:
                raise PictureError(f"it has more than {LARGEST:,} bytes")
            made = round_.apart(make, data)
        except SourceError as error:
            look = replace(look, refused=str(error))
        else:
            name = self._media.keep(made.content, made.suffix)
            look = replace(
                look, name=name, width=made.width, height=made.height, etag=etag, last_modified=last_modified
            )
        self._memory.keep(address, look)
        return look


class _Round:
    """What the pictures of one edition are got with.

    One fetcher for all that is public, and one for each source that may be on a private network; and a
    process in which a decoder may hang or break without harm.
    """

    def __init__(self, settings: Settings, seconds: float) -> None:
        self._settings = settings
        self._seconds = seconds
        self._open: dict[str | None, Fetcher] = {}
        self._stack = ExitStack()
        self.apart = self._stack.enter_context(Apart())

    def __enter__(self) -> _Round:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def fetcher(self, source: str, url: str) -> tuple[str, Fetcher]:
        """The fetcher for pictures of a source, and under which address a look of its is remembered.

        What one source may see of a private network is not shown to another.
        """
        table = self._settings.source.get(source)
        near = table.url if table is not None and table.allow_private else None
        if near not in self._open:
            fetcher = Fetcher(near=near, seconds=self._seconds, all_seconds=ALL_SECONDS)
            self._open[near] = self._stack.enter_context(fetcher)
        return f"{url} for {source}" if near else url, self._open[near]


def _left_out(image: Image, error: DigestError) -> Finding:
    return Finding(
        code=LEFT_OUT,
        severity=Severity.WARNING,
        message=f"The story goes out without its picture: {error}.",
        advice="Give the article another picture, or build the edition again.",
        places=(Place("metadata", None, image.url),),
    )
