"""The tables of the ledger and of what it sends, with a word on every column.

The roll has tables of its own in `subscribers.tables`; migrations know both. Times are aware
UTC, except leases: those are seconds since 1970 by the database's own clock, because a lease
must mean the same to every host.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from subscribers.columns import Id, UTCDateTime

metadata = MetaData()

articles = Table(
    "articles",
    metadata,
    Column("digest", Text, primary_key=True, comment="SHA-256 of the text"),
    Column("text", Text, nullable=False, comment="as fetched; every span points into it"),
    Column("source", Text, nullable=False, comment="the source's name in config.toml"),
    Column("ref", Text, nullable=False, comment="file path or address, for messages"),
    Column("url", Text, comment="where readers find it"),
    Column("fetched_at", UTCDateTime, nullable=False, comment="when it was first seen"),
)

source_states = Table(
    "source_states",
    metadata,
    Column("source", Text, primary_key=True, comment="the source's name in config.toml"),
    Column("url", Text, comment="the address that was looked at"),
    Column("etag", Text, comment="as its server gave it, to ask whether it changed"),
    Column("last_modified", Text, comment="as its server gave it"),
    Column("pages", Text, nullable=False, comment="etag and last_modified of the pages that it led to; JSON"),
    Column("articles", Text, nullable=False, comment="what it had when it was last read; JSON"),
    Column("error", Text, nullable=False, comment="why it could not be read the last time"),
    Column("fetched_at", UTCDateTime, comment="when it was last read without error"),
)

pushed_articles = Table(
    "pushed_articles",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", Text, nullable=False, comment="the source's name in config.toml"),
    Column("key", Text, nullable=False, comment="the sender's own, else the article's digest"),
    Column("sha256", Text, nullable=False, comment="of what was sent under that key"),
    Column("digest", Text, nullable=False, comment="the article's"),
    Column("article", Text, nullable=False, comment="JSON"),
    Column("received_at", UTCDateTime, nullable=False),
    UniqueConstraint("source", "key", name="one_push_each_key"),
    Index("pushed_lately", "source", "received_at"),
)

pictures = Table(
    "pictures",
    metadata,
    Column("address", Text, primary_key=True, comment="where it was fetched"),
    Column("etag", Text, comment="as its server gave it, to ask whether it changed"),
    Column("last_modified", Text, comment="as its server gave it"),
    Column("name", Text, comment="of the file in the media folder; empty when there is none to show"),
    Column("width", Integer, nullable=False, comment="pixels"),
    Column("height", Integer, nullable=False, comment="pixels"),
    Column("refused", Text, nullable=False, comment="why there is none to show"),
    Column("asked_at", UTCDateTime, nullable=False, comment="when its server was asked last"),
)

editions = Table(
    "editions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("public_id", Text, nullable=False, unique=True, comment="in the address of the page online; random"),
    Column("newsletter", Text, nullable=False, comment="its name in config.toml"),
    Column("issue_date", Date, nullable=False, comment="the local date of the newsletter's zone"),
    Column("state", Text, nullable=False, comment="digest.model.EditionState"),
    Column("scheduled", Boolean, nullable=False, comment="opened by the schedule, not by a person"),
    Column("due_at", UTCDateTime, comment="when the schedule wanted it sent"),
    Column("subject", Text, nullable=False),
    Column("content", Text, nullable=False, comment="stories, what was left out, findings; JSON"),
    Column("message", Text, nullable=False, comment="the compiled message, JSON"),
    Column("sender", JSON, nullable=False, comment="sender, list and footer addresses as approved"),
    Column("provider", Text, nullable=False, comment="the account's name in config.toml"),
    Column("fingerprint", Text, nullable=False, comment="SHA-256 of everything that approval freezes"),
    Column("overrides", JSON, nullable=False, comment="finding code: reason, who and when"),
    Column("reason", Text, nullable=False, server_default="", comment="why it is held or cancelled"),
    Column("created_at", UTCDateTime, nullable=False),
    Column("approved_at", UTCDateTime),
    Column("approved_by", Text),
    Column("started_at", UTCDateTime, comment="when its audience was frozen"),
    Column("finished_at", UTCDateTime),
    Column("planned", Integer, nullable=False, server_default="0", comment="readers in the frozen audience"),
    UniqueConstraint("newsletter", "issue_date", name="one_edition_each_date"),
    sqlite_autoincrement=True,
)

edition_stories = Table(
    "edition_stories",
    metadata,
    Column("edition_id", Id, ForeignKey("editions.id"), nullable=False),
    Column("position", Integer, nullable=False, comment="from 1, the lead"),
    Column("newsletter", Text, nullable=False, comment="for the rule that no story is sent twice"),
    Column("article", Text, ForeignKey("articles.digest"), nullable=False),
    PrimaryKeyConstraint("edition_id", "position"),
    Index("stories_sent_before", "newsletter", "article"),
)

batches = Table(
    "batches",
    metadata,
    Column("edition_id", Id, ForeignKey("editions.id"), nullable=False),
    Column("number", Integer, nullable=False, comment="from 1 in its edition"),
    Column("first", Id, nullable=False, comment="lowest subscriber id of its deliveries"),
    Column("last", Id, nullable=False, comment="highest; the ranges of an edition's batches never meet"),
    Column("state", Text, nullable=False, comment="digest.model.BatchState"),
    Column(
        "fence", Integer, nullable=False, server_default="0", comment="rises with every claim; a stale one is refused"
    ),
    Column("owner", Text, comment="the worker that claimed it last"),
    Column("lease_until", Float, nullable=False, server_default="0", comment="seconds since 1970, database clock"),
    Column("not_before", Float, nullable=False, server_default="0", comment="seconds since 1970, database clock"),
    Column("refusals", Integer, nullable=False, server_default="0", comment="requests proved not taken so far"),
    Column("readers", Integer, nullable=False, server_default="0", comment="deliveries in its range, for ever"),
    Column("provider", Text, nullable=False, server_default="", comment="the account that is to carry it"),
    Column("flown_at", Float, comment="when it last left on its own; seconds since 1970, database clock"),
    Column("again_at", Float, comment="while unknown: when a policy looks at it; same clock; empty for never"),
    Column("look_at", Float, comment="while unknown: when it is looked up or held; same clock; empty for never"),
    PrimaryKeyConstraint("edition_id", "number"),
    Index("batches_to_claim", "edition_id", "state", "number"),
    Index(
        "batches_under_way",
        "provider",
        sqlite_where=text("state IN ('claimed', 'flying')"),
        postgresql_where=text("state IN ('claimed', 'flying')"),
    ),
    Index(
        "batches_in_doubt",
        "edition_id",
        "number",
        sqlite_where=text("state = 'unknown'"),
        postgresql_where=text("state = 'unknown'"),
    ),
)

accounts = Table(
    "accounts",
    metadata,
    Column("name", Text, primary_key=True, comment="in config.toml; without a row nothing is known of it"),
    Column(
        "open_at",
        Float,
        nullable=False,
        server_default="0",
        comment="when its rate and its provider let the next request go; seconds since 1970, database clock",
    ),
    Column("failures", Integer, nullable=False, server_default="0", comment="requests in a row that came to nothing"),
    Column("width", Float, comment="requests that may be under way at once while it recovers; empty for any number"),
    Column("reason", Text, nullable=False, server_default="", comment="why it was stopped last"),
)

edition_accounts = Table(
    "edition_accounts",
    metadata,
    Column("edition_id", Id, ForeignKey("editions.id"), nullable=False),
    Column("account", Text, nullable=False, comment="its name in config.toml"),
    Column("position", Integer, nullable=False, comment="from 1: which one is next when another refuses"),
    Column("refused", Text, nullable=False, server_default="", comment="what it said; empty while it carries"),
    PrimaryKeyConstraint("edition_id", "account"),
    Index("editions_of_an_account", "account", "edition_id"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Text, primary_key=True, comment="random"),
    Column("edition_id", Id, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("provider", Text, nullable=False, comment="the account's name in config.toml"),
    Column("evidence", Text, nullable=False, comment="SHA-256 of what makes the body, before it left"),
    Column("readers", Integer, nullable=False),
    Column("started_at", UTCDateTime, nullable=False),
    Column("outcome", Text, comment="answered, refused or unknown; empty while in flight"),
    Column("status", Integer, comment="HTTP status, if an answer came"),
    Column("detail", Text, comment="what the provider or the network said, without addresses"),
    Column("ended_at", UTCDateTime),
    Column("key", Text, nullable=False, server_default="", comment="idempotency key: the first attempt with this body"),
    ForeignKeyConstraint(["edition_id", "batch"], ["batches.edition_id", "batches.number"]),
    Index("attempts_of_a_batch", "edition_id", "batch"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("edition_id", Id, nullable=False),
    Column("subscriber_id", Id, nullable=False),
    Column("address", Text, nullable=False, comment="normalised: one row for one mailbox"),
    Column("shown", Text, nullable=False, comment="the address as the reader gave it"),
    Column("name", Text, nullable=False),
    Column("since", UTCDateTime, comment="subscribed since, if known"),
    Column("language", Text, nullable=False, comment="the reader's wish, BCP 47; empty for the edition's own"),
    Column("topics", Text, nullable=False, comment="the reader's, comma-separated; empty for every story"),
    Column("state", Text, nullable=False, comment="digest.model.DeliveryState"),
    Column("attempt", Text, comment="key of the latest attempt that carried it"),
    Column("provider_id", Text, comment="the provider's id of the message"),
    Column("reason", Text, comment="normalised, see digest.model.Outcome"),
    Column("detail", Text, comment="the provider's own code and words"),
    PrimaryKeyConstraint("edition_id", "subscriber_id"),
    UniqueConstraint("edition_id", "address", name="one_delivery_each_address"),
    # On PostgreSQL the edition is the partition, see `digest.storage.postgres`: it needs no key to say that it exists,
    # and without an index on what changes with every request, rows change in place.
    ForeignKeyConstraint(["edition_id"], ["editions.id"]).ddl_if(dialect="sqlite"),
    Index(
        "deliveries_uncertain",
        "edition_id",
        "state",
        sqlite_where=text("state IN ('unknown', 'held', 'quarantined', 'rejected')"),
    ).ddl_if(dialect="sqlite"),
    sqlite_with_rowid=False,
    postgresql_partition_by="LIST (edition_id)",
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True, comment="order of arrival"),
    Column("key", Text, nullable=False, comment="hash of what makes it this event; see digest.delivery.events"),
    Column("provider", Text, nullable=False, comment="the account's name in config.toml"),
    Column("kind", Text, nullable=False, comment="digest.model.EventKind"),
    Column("name", Text, nullable=False, comment="the provider's own word for the kind"),
    Column("at", UTCDateTime, nullable=False, comment="by the provider's clock; when it came if it does not say"),
    Column("received_at", UTCDateTime, nullable=False),
    Column("edition_id", Id, ForeignKey("editions.id"), comment="empty when it is about no delivery of ours"),
    Column("subscriber_id", Id),
    Column("address", Text, nullable=False, comment="of our delivery; else as the provider wrote it"),
    Column("message", Text, nullable=False, comment="the provider's id of the message"),
    Column("permanent", Boolean, nullable=False, comment="the address is not to be mailed again"),
    Column("machine", Boolean, nullable=False, comment="opened or clicked by a program: shown, never counted"),
    Column("reason", Text, nullable=False, comment="normalised, see digest.model.Event"),
    Column("detail", Text, nullable=False, comment="the words of the mail host or the provider"),
    Column("link", Text, nullable=False),
    UniqueConstraint("key", name="one_event_each_key"),
    Index("events_of_an_edition", "edition_id", "kind", "subscriber_id"),
    Index("events_of_an_address", "address", "kind"),
)

hook_requests = Table(
    "hook_requests",
    metadata,
    Column("provider", Text, nullable=False, comment="the account's name in config.toml"),
    Column("request", Text, nullable=False, comment="the vendor's id of it"),
    Column("body", Text, nullable=False, comment="hash of the bytes: the same again is harmless, others are refused"),
    Column("received_at", UTCDateTime, nullable=False),
    PrimaryKeyConstraint("provider", "request"),
    Index("hook_requests_lately", "received_at"),
    sqlite_with_rowid=False,
)
"""The requests of vendors that number them, for as long as their signatures count."""

decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("edition_id", Id, ForeignKey("editions.id"), nullable=False),
    Column("decision", Text, nullable=False, comment="paused, resumed, cancelled, accepted, not-accepted or resent"),
    Column("readers", Integer, nullable=False, comment="deliveries that it moved"),
    Column("detail", Text, nullable=False, comment="the person's reason, or whom it was about"),
    Column("by", Text, nullable=False, comment="who"),
    Column("at", UTCDateTime, nullable=False),
    Index("decisions_of_an_edition", "edition_id"),
)
"""What people decided about editions under way; append-only."""

instance = Table(
    "instance",
    metadata,
    Column("id", Integer, primary_key=True, comment="always 1"),
    Column("epoch", Integer, nullable=False, comment="rises with every sign of life; also in a file beside the data"),
    Column("host", Text, nullable=False, comment="what the operating system calls the machine; empty if nothing"),
    Column("place", Text, nullable=False, comment="what tells this database from a copy of it"),
    Column("last_seen", UTCDateTime, nullable=False, comment="when a sender last gave a sign of life"),
    Column("fenced_at", UTCDateTime, comment="what was due before waits for a person; empty: nothing does"),
)
"""One row: which copy of the data this is, so that a restored one mails nothing by itself."""
