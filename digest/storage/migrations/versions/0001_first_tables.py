"""The ledger, its editions and the roll."""

import sqlalchemy as sa
from alembic import op

from subscribers.columns import Id, UTCDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256 of the text"),
        sa.Column("text", sa.Text(), nullable=False, comment="as fetched; every span points into it"),
        sa.Column("source", sa.Text(), nullable=False, comment="the source's name in config.toml"),
        sa.Column("ref", sa.Text(), nullable=False, comment="file path or address, for messages"),
        sa.Column("url", sa.Text(), nullable=True, comment="where readers find it"),
        sa.Column("fetched_at", UTCDateTime(), nullable=False, comment="when it was first seen"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "editions",
        sa.Column("id", Id, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False, comment="in the address of the page online; random"),
        sa.Column("newsletter", sa.Text(), nullable=False, comment="its name in config.toml"),
        sa.Column("issue_date", sa.Date(), nullable=False, comment="the local date of the newsletter's zone"),
        sa.Column("state", sa.Text(), nullable=False, comment="digest.model.EditionState"),
        sa.Column("scheduled", sa.Boolean(), nullable=False, comment="opened by the schedule, not by a person"),
        sa.Column("due_at", UTCDateTime(), nullable=True, comment="when the schedule wanted it sent"),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="stories, what was left out, findings; JSON"),
        sa.Column("message", sa.Text(), nullable=False, comment="the compiled message, JSON"),
        sa.Column("sender", sa.JSON(), nullable=False, comment="sender, list and footer addresses as approved"),
        sa.Column("provider", sa.Text(), nullable=False, comment="the account's name in config.toml"),
        sa.Column("fingerprint", sa.Text(), nullable=False, comment="SHA-256 of everything that approval freezes"),
        sa.Column("overrides", sa.JSON(), nullable=False, comment="finding code: reason, who and when"),
        sa.Column("reason", sa.Text(), server_default="", nullable=False, comment="why it is held or cancelled"),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("approved_at", UTCDateTime(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("started_at", UTCDateTime(), nullable=True, comment="when its audience was frozen"),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column(
            "planned", sa.Integer(), server_default="0", nullable=False, comment="readers in the frozen audience"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("newsletter", "issue_date", name="one_edition_each_date"),
        sa.UniqueConstraint("public_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "batches",
        sa.Column("edition_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="from 1 in its edition"),
        sa.Column("first", Id, nullable=False, comment="lowest subscriber id of its deliveries"),
        sa.Column("last", Id, nullable=False, comment="highest; the ranges of an edition's batches never meet"),
        sa.Column("state", sa.Text(), nullable=False, comment="digest.model.BatchState"),
        sa.Column(
            "fence",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="rises with every claim; a stale one is refused",
        ),
        sa.Column("owner", sa.Text(), nullable=True, comment="the worker that claimed it last"),
        sa.Column(
            "lease_until", sa.Float(), server_default="0", nullable=False, comment="seconds since 1970, database clock"
        ),
        sa.Column(
            "not_before", sa.Float(), server_default="0", nullable=False, comment="seconds since 1970, database clock"
        ),
        sa.Column(
            "refusals", sa.Integer(), server_default="0", nullable=False, comment="requests proved not taken so far"
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["editions.id"],
        ),
        sa.PrimaryKeyConstraint("edition_id", "number"),
    )
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.create_index("batches_to_claim", ["edition_id", "state", "number"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("edition_id", Id, nullable=False),
        sa.Column("subscriber_id", Id, nullable=False),
        sa.Column("address", sa.Text(), nullable=False, comment="normalised: one row for one mailbox"),
        sa.Column("shown", sa.Text(), nullable=False, comment="the address as the reader gave it"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=True, comment="subscribed since, if known"),
        sa.Column(
            "language", sa.Text(), nullable=False, comment="the reader's wish, BCP 47; empty for the edition's own"
        ),
        sa.Column("topics", sa.Text(), nullable=False, comment="the reader's, comma-separated; empty for every story"),
        sa.Column("state", sa.Text(), nullable=False, comment="digest.model.DeliveryState"),
        sa.Column("attempt", sa.Text(), nullable=True, comment="the latest attempt that carried it"),
        sa.Column("provider_id", sa.Text(), nullable=True, comment="the provider's id of the message"),
        sa.Column("reason", sa.Text(), nullable=True, comment="normalised, see digest.model.Outcome"),
        sa.Column("detail", sa.Text(), nullable=True, comment="the provider's own code and words"),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"]).ddl_if(dialect="sqlite"),
        sa.PrimaryKeyConstraint("edition_id", "subscriber_id"),
        sa.UniqueConstraint("edition_id", "address", name="one_delivery_each_address"),
        sqlite_with_rowid=False,
        postgresql_partition_by="LIST (edition_id)",
    )
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(
            "deliveries_uncertain",
            "deliveries",
            ["edition_id", "state"],
            sqlite_where=sa.text("state IN ('unknown', 'held', 'quarantined', 'rejected')"),
        )

    op.create_table(
        "edition_stories",
        sa.Column("edition_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="from 1, the lead"),
        sa.Column("newsletter", sa.Text(), nullable=False, comment="for the rule that no story is sent twice"),
        sa.Column("article", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"],
            ["articles.digest"],
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["editions.id"],
        ),
        sa.PrimaryKeyConstraint("edition_id", "position"),
    )
    with op.batch_alter_table("edition_stories", schema=None) as batch_op:
        batch_op.create_index("stories_sent_before", ["newsletter", "article"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("id", sa.Text(), nullable=False, comment="random; the idempotency key where the provider knows one"),
        sa.Column("edition_id", Id, nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False, comment="the account's name in config.toml"),
        sa.Column("evidence", sa.Text(), nullable=False, comment="SHA-256 of what makes the body, before it left"),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True, comment="answered, refused or unknown; empty while in flight"),
        sa.Column("status", sa.Integer(), nullable=True, comment="HTTP status, if an answer came"),
        sa.Column(
            "detail", sa.Text(), nullable=True, comment="what the provider or the network said, without addresses"
        ),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["edition_id", "batch"],
            ["batches.edition_id", "batches.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index("attempts_of_a_batch", ["edition_id", "batch"], unique=False)

    op.create_table(
        "consents",
        sa.Column("id", Id, nullable=False, comment="order of the log"),
        sa.Column("subscriber_id", Id, nullable=False, comment="who; evidence outlives the row"),
        sa.Column("newsletter", sa.Text(), nullable=False, comment="key of the newsletter in config.toml"),
        sa.Column("event", sa.Text(), nullable=False, comment="subscribed or unsubscribed"),
        sa.Column("at", UTCDateTime(), nullable=False, comment="when it was recorded"),
        sa.Column("source", sa.Text(), nullable=False, comment="how it came: import, command line, one-click, page"),
        sa.Column("detail", sa.Text(), nullable=False, comment="what proves it: file and line, or who did it"),
        sa.CheckConstraint("event IN ('subscribed', 'unsubscribed')", name=op.f("ck_consents_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        comment="append-only: who agreed to what, when and how; nothing updates or deletes a line",
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consents_subscriber_id"), ["subscriber_id"], unique=False)

    op.create_table(
        "pictures",
        sa.Column("address", sa.Text(), nullable=False, comment="where it was fetched"),
        sa.Column("etag", sa.Text(), nullable=True, comment="as its server gave it, to ask whether it changed"),
        sa.Column("last_modified", sa.Text(), nullable=True, comment="as its server gave it"),
        sa.Column(
            "name",
            sa.Text(),
            nullable=True,
            comment="of the file in the media folder; empty when there is none to show",
        ),
        sa.Column("width", sa.Integer(), nullable=False, comment="pixels"),
        sa.Column("height", sa.Integer(), nullable=False, comment="pixels"),
        sa.Column("refused", sa.Text(), nullable=False, comment="why there is none to show"),
        sa.Column("asked_at", UTCDateTime(), nullable=False, comment="when its server was asked last"),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_table(
        "pushed_articles",
        sa.Column("id", Id, nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="the source's name in config.toml"),
        sa.Column("key", sa.Text(), nullable=False, comment="the sender's own, else the article's digest"),
        sa.Column("sha256", sa.Text(), nullable=False, comment="of what was sent under that key"),
        sa.Column("digest", sa.Text(), nullable=False, comment="the article's"),
        sa.Column("article", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "key", name="one_push_each_key"),
    )
    with op.batch_alter_table("pushed_articles", schema=None) as batch_op:
        batch_op.create_index("pushed_lately", ["source", "received_at"], unique=False)

    op.create_table(
        "source_states",
        sa.Column("source", sa.Text(), nullable=False, comment="the source's name in config.toml"),
        sa.Column("url", sa.Text(), nullable=True, comment="the address that was looked at"),
        sa.Column("etag", sa.Text(), nullable=True, comment="as its server gave it, to ask whether it changed"),
        sa.Column("last_modified", sa.Text(), nullable=True, comment="as its server gave it"),
        sa.Column(
            "pages", sa.Text(), nullable=False, comment="etag and last_modified of the pages that it led to; JSON"
        ),
        sa.Column("articles", sa.Text(), nullable=False, comment="what it had when it was last read; JSON"),
        sa.Column("error", sa.Text(), nullable=False, comment="why it could not be read the last time"),
        sa.Column("fetched_at", UTCDateTime(), nullable=True, comment="when it was last read without error"),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", Id, nullable=False, comment="never used again: tokens in old e-mails carry it"),
        sa.Column("address", sa.Text(), nullable=False, comment="the key: lower case, IDNA; one row per mailbox"),
        sa.Column("shown", sa.Text(), nullable=False, comment="what mail is addressed to: the reader's own spelling"),
        sa.Column("name", sa.Text(), nullable=False, comment="as the reader wrote it; empty if unknown"),
        sa.Column("language", sa.Text(), nullable=False, comment="BCP 47 tag; empty for the newsletter's own"),
        sa.Column("zone", sa.Text(), nullable=False, comment="IANA zone; empty for the newsletter's own"),
        sa.Column("created_at", UTCDateTime(), nullable=False, comment="when the row was made"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("address", name=op.f("uq_subscribers_address")),
        comment="a person on the roll",
        sqlite_autoincrement=True,
    )
    op.create_table(
        "suppressions",
        sa.Column("address", sa.Text(), nullable=False, comment="the key form of the address; needs no subscriber"),
        sa.Column("reason", sa.Text(), nullable=False, comment="complained, bounced, unsubscribed, erased or by-hand"),
        sa.Column("detail", sa.Text(), nullable=False, comment="the provider's or the operator's words"),
        sa.Column("at", UTCDateTime(), nullable=False, comment="when it was recorded"),
        sa.CheckConstraint(
            "reason IN ('complained', 'bounced', 'unsubscribed', 'erased', 'by-hand')",
            name=op.f("ck_suppressions_reason"),
        ),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_suppressions")),
        comment="addresses never to be mailed again, by any newsletter",
    )
    op.create_table(
        "subscriptions",
        sa.Column("subscriber_id", Id, nullable=False, comment="who"),
        sa.Column("newsletter", sa.Text(), nullable=False, comment="key of the newsletter in config.toml"),
        sa.Column("state", sa.Text(), nullable=False, comment="active: mailed unless suppressed; unsubscribed: left"),
        sa.Column("since", UTCDateTime(), nullable=True, comment="when the reader joined; null if unknown"),
        sa.Column("ended_at", UTCDateTime(), nullable=True, comment="when the reader left; null while active"),
        sa.Column("topics", sa.Text(), nullable=False, comment="comma-separated; empty for every story"),
        sa.CheckConstraint("state IN ('active', 'unsubscribed')", name=op.f("ck_subscriptions_state")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_subscriptions_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "newsletter", name=op.f("pk_subscriptions")),
        comment="one subscriber and one newsletter",
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_subscriptions_newsletter_state_subscriber_id"),
            ["newsletter", "state", "subscriber_id"],
            unique=False,
        )
