"""The nouns of the digest as frozen values, and the states that they pass through.

Times are aware UTC. Spans are half-open ranges of code points into `Article.text`.
Nothing here reads a file, a clock or a network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple


class Span(NamedTuple):
    """`text[start:end]`, in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The picture that an article opens with; what it says to readers is the article's `caption`."""

    url: str
    """Absolute, http or https; as the source says it, so nothing behind it is to be trusted. Of an article in
    a folder also `file:`, which only counts inside of that folder."""
    alt: str = ""
    """What it shows, for who cannot see it: never the name of a file; empty when the source does not say."""
    credit: str | None = None
    """Who took or made it."""


@dataclass(frozen=True, kw_only=True)
class Article:
    """A source text as fetched: immutable, identified by the SHA-256 of its text.

    `text` is plain text whose blocks are parted by blank lines: headline, optional caption
    and dek, an optional list under a label such as "Quick Takes", subheads and paragraphs.
    What a source knows for certain (front matter, page metadata) stands in the other fields
    and wins over what `digest.writing` can read from the text.
    """

    text: str
    source: str
    """Name of the source in config.toml, or "command line"."""
    ref: str
    """Where it came from, for messages: a file path or an address."""
    headline: str | None = None
    dek: str | None = None
    caption: str | None = None
    byline: str | None = None
    published_at: datetime | None = None
    url: str | None = None
    publisher: str | None = None
    """The name that readers know: "The Harbour Ledger"."""
    topic: str | None = None
    image: Image | None = None
    language: str = "en"
    """BCP 47 tag."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the text's UTF-8 bytes, in hexadecimal."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


class Validators(NamedTuple):
    """What a server said of a page, to ask it with later whether the page changed (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is remembered of a source from one look to the next."""

    url: str | None = None
    """The address that was looked at; what another one said counts for nothing."""
    articles: tuple[Article, ...] = ()
    """What it had when it was last read, or what was pushed to it; they stand in while it cannot be read."""
    etag: str | None = None
    last_modified: str | None = None
    pages: Mapping[str, Validators] = field(default_factory=dict)
    """Of each article that was read from a page of its own, by its `ref`."""
    error: str = ""
    """Why it could not be read the last time; empty when it could."""
    fetched_at: datetime | None = None
    """When it was last read without error."""


class TakeOrigin(StrEnum):
    """Who wrote a quick take."""

    AUTHOR = "author"  # an item of the article's own list, verbatim
    EXTRACTED = "extracted"  # a sentence of the body, verbatim
    EDITED = "edited"  # either, with a suggestion that an editor accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickTake:
    """One bullet of a story; `article.text[span.start:span.end] == text` unless it was edited."""

    text: str
    span: Span
    origin: TakeOrigin


class Attribution(StrEnum):
    """How a quotation was given its speaker."""

    NAMED = "named"  # a name beside the cue verb: “…,” Rubio said
    PRONOUN = "pronoun"  # “…,” he said, resolved to a person of the article
    NOUN = "noun"  # “…,” the minister said, resolved or kept as it stands
    CARRIED = "carried"  # no cue of its own: the speaker of the quotation before
    COLON = "colon"  # Rubio was blunt: “…”
    DASH = "dash"  # “…” — Marco Rubio
    TRANSCRIPT = "transcript"  # RUBIO: …
    ACCORDING = "according"  # according to Rubio, “…”
    NARRATIVE = "narrative"  # only the subject of the sentences around it: a guess
    NONE = "none"  # nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A quotation of an article, without its marks; a *key quote* when it has a rank.

    `article.text[span.start:span.end] == text`, always. `confidence` is the probability,
    between 0 and 1, that `speaker` is the person who said it. `rank` counts from 1.
    """

    text: str
    span: Span
    speaker: str | None
    role: str | None
    attribution: Attribution
    confidence: float
    rank: int | None = None
    speaker_span: Span | None = None
    """Where the words that name the speaker stand, when they do."""
    why: str = ""
    """One clause for an editor: why it is a key quote, or why it is not."""

    @property
    def key(self) -> bool:
        return self.rank is not None


class Severity(StrEnum):
    """What a finding does to a send."""

    ERROR = "error"  # blocks until it is mended or overridden with a reason
    WARNING = "warning"  # a person should look
    INFO = "info"  # recorded


class Place(NamedTuple):
    """Where a finding points: a part of the story, and the span in the article if it has one."""

    part: str
    """`headline`, `dek`, `caption`, `take 3`, `body`, `quote 2`, `edition`, `metadata`; of a message, a part or line of
    it (`subject`, `HTML line 12`) or the line of a template (`digest/body.html:12`)."""
    span: Span | None = None
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check says about a story or an edition, in one sentence for an editor."""

    code: str
    """Stable and kebab-case: `office-title-conflict`."""
    severity: Severity
    message: str
    advice: str
    places: tuple[Place, ...] = ()
    suggestion: str | None = None
    """Text that could safely replace the first place; never applied by itself."""


class Report(NamedTuple):
    """The same story at another publisher."""

    publisher: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a digest shows of an article."""

    article: str
    """The article's digest."""
    ref: str
    headline: str
    dek: str | None
    caption: str | None
    takes: tuple[QuickTake, ...]
    quotes: tuple[Quote, ...]
    """Every quotation found, in the order of the text."""
    findings: tuple[Finding, ...]
    byline: str | None = None
    published_at: datetime | None = None
    url: str | None = None
    publisher: str | None = None
    topic: str | None = None
    image: Image | None = None
    language: str = "en"
    words: int = 0
    """Length of the body, for the reading time."""
    also: tuple[Report, ...] = ()
    """Who else has the same story."""

    @property
    def key_quotes(self) -> tuple[Quote, ...]:
        """The key quotes, best first."""
        return tuple(sorted((q for q in self.quotes if q.rank is not None), key=lambda q: q.rank or 0))

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A suggestion of a check that an editor accepted, on record."""

    code: str
    story: str
    """The headline as it was."""
    part: str
    before: str
    after: str
    by: str
    at: datetime


class EditionState(StrEnum):
    """Where an edition stands. `digest.editing.review` and `digest.delivery` hold the transitions."""

    DRAFT = "draft"  # assembled; may be built again
    HELD = "held"  # waits for a person: findings, grace passed, or nothing to send; the reason says which
    APPROVED = "approved"  # frozen: content, sender, provider account and audience rule
    SENDING = "sending"  # audience frozen; workers claim its batches
    FINISHED = "finished"  # nothing pending or in flight, and the sum balances
    CANCELLED = "cancelled"  # a person stopped it; what was accepted before stays accepted


class BatchState(StrEnum):
    """Where the recipients of one provider call stand."""

    READY = "ready"  # nobody works on it; may be claimed from `not_before` on
    CLAIMED = "claimed"  # a worker holds the lease; nothing has left this host
    FLYING = "flying"  # the attempt is on record and its request may have left
    SETTLED = "settled"  # every delivery in it has an outcome
    UNKNOWN = "unknown"  # the request may or may not have been accepted; never sent again by itself


class DeliveryState(StrEnum):
    """What became of one edition for one subscriber: exactly one of these, always."""

    PENDING = "pending"  # not yet in any request
    IN_FLIGHT = "in_flight"  # in a request whose attempt is on record
    ACCEPTED = "accepted"  # the provider took it and said so
    REJECTED = "rejected"  # the provider refused this reader, and said why
    SUPPRESSED = "suppressed"  # left, complained or bounced before the flight
    CANCELLED = "cancelled"  # a person stopped the edition before the flight
    QUARANTINED = "quarantined"  # the message could not be made or was refused by itself again and again
    UNKNOWN = "unknown"  # sent, never answered: evidence or a person settles it
    HELD = "held"  # unknown for so long that only a person can settle it


class OutcomeKind(StrEnum):
    """What one provider answer proves about one delivery."""

    ACCEPTED = "accepted"  # taken, with the provider's id
    REJECTED = "rejected"  # refused for this reader only
    RETRY = "retry"  # proved not taken; may be sent again after `retry_after` seconds
    PAUSE = "pause"  # proved not taken, and the account itself is at fault
    SPLIT = "split"  # proved not taken as a whole: too large, or one member spoils the batch
    UNKNOWN = "unknown"  # proves nothing


class Outcome(NamedTuple):
    """What is known about one delivery after one request."""

    delivery: str
    """Our delivery id."""
    kind: OutcomeKind
    provider_id: str | None = None
    reason: str | None = None
    """Normalised: invalid, suppressed, content, auth, sender, quota, rate, too-large, transport, answer, other."""
    detail: str = ""
    """The provider's own code and words, without addresses."""
    retry_after: float | None = None
    """Seconds."""
    suppress: bool = False
    """The provider itself says never to mail this address again."""


class EventKind(StrEnum):
    """What a provider reported later about a message that it was given."""

    ACCEPTED = "accepted"  # the provider has it and goes on
    DELIVERED = "delivered"  # the reader's mail host took it
    DEFERRED = "deferred"  # not yet; the provider tries again by itself
    BOUNCED = "bounced"  # the reader's mail host refused it
    REJECTED = "rejected"  # the provider itself did not send it
    COMPLAINED = "complained"  # the reader called it spam
    UNSUBSCRIBED = "unsubscribed"  # the reader left by a link or button of the provider
    OPENED = "opened"  # its pictures were loaded
    CLICKED = "clicked"  # a link in it was followed
    OTHER = "other"  # kept, and nothing follows from it


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One report of a provider. Everything in it is a stranger's claim until the delivery is found that it is about."""

    kind: EventKind
    name: str
    """The provider's own word for the kind."""
    at: datetime | None = None
    """When it happened, by the provider's clock; None when the report does not say."""
    message: str = ""
    """The provider's id of the message, without angle brackets."""
    delivery: str = ""
    """Our delivery id, where the provider repeats it."""
    address: str = ""
    """The reader's, as the provider writes it."""
    permanent: bool = False
    """Bounced or rejected for good: the address is not to be mailed again."""
    reason: str = ""
    """Normalised: bounced, invalid, blocked, spam, unsubscribed, content, other; empty when nothing went wrong."""
    detail: str = ""
    """The words of the mail host or the provider."""
    link: str = ""
    """Where a click led to."""
    machine: bool = False
    """Opened or clicked by a program, by the provider's own judgement or by the name that the program gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One digest: a newsletter's issue date, its stories and where it stands."""

    id: int
    newsletter: str
    issue_date: date
    state: EditionState
    subject: str
    fingerprint: str
    """SHA-256 of everything that approval freezes."""
    provider: str
    created_at: datetime
    due_at: datetime | None = None
    approved_at: datetime | None = None
    approved_by: str | None = None
    finished_at: datetime | None = None
    scheduled: bool = False
    reason: str = ""
    """Why it is held or cancelled."""
    planned: int = 0
    """Readers in the frozen audience."""
    stories: tuple[Story, ...] = ()
    left_out: tuple[Story, ...] = ()
    findings: tuple[Finding, ...] = ()
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Finding code → the recorded reason for sending all the same."""
    corrections: tuple[Correction, ...] = ()
    folder: str | None = None
    """The folder that a person took in place of the newsletter's sources."""
