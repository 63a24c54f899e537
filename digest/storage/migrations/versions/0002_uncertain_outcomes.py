"""Uncertain outcomes and what is done about them; the pace of accounts; which copy of the data this is; events."""

import sqlalchemy as sa
from alembic import op

from subscribers.columns import Id, UTCDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "batches",
        sa.Column(
            "readers", sa.Integer(), server_default="0", nullable=False, comment="deliveries in its range, for ever"
        ),
    )
    op.add_column(
        "batches",
        sa.Column("provider", sa.Text(), server_default="", nullable=False, comment="the account that is to carry it"),
    )
    op.add_column(
        "batches",
        sa.Column(
            "flown_at",
            sa.Float(),
            nullable=True,
            comment="when it last left on its own; seconds since 1970, database clock",
        ),
    )
    op.add_column(
        "batches",
        sa.Column(
            "again_at",
            sa.Float(),
            nullable=True,
            comment="while unknown: when a policy looks at it; same clock; empty for never",
        ),
    )
    op.add_column(
        "batches",
        sa.Column(
            "look_at",
            sa.Float(),
            nullable=True,
            comment="while unknown: when it is looked up or held; same clock; empty for never",
        ),
    )
    op.add_column(
        "attempts",
        sa.Column(
            "key",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="idempotency key: the first attempt with this body",
        ),
    )
    op.execute("UPDATE attempts SET key = id")
    op.execute("UPDATE batches SET provider = (SELECT provider FROM editions WHERE editions.id = batches.edition_id)")
    op.execute(
        "UPDATE batches SET readers = (SELECT count(*) FROM deliveries WHERE deliveries.edition_id = batches.edition_id"
        " AND deliveries.subscriber_id BETWEEN batches.first AND batches.last)"
    )
    # A flight without an answer is at most a lease older than the end of its lease.
    op.execute("UPDATE batches SET flown_at = lease_until WHERE state IN ('flying', 'unknown')")
    op.execute("UPDATE batches SET again_at = 0, look_at = flown_at + 300 WHERE state = 'unknown'")
    op.create_index(
        "batches_under_way",
        "batches",
        ["provider"],
        unique=False,
        sqlite_where=sa.text("state IN ('claimed', 'flying')"),
        postgresql_where=sa.text("state IN ('claimed', 'flying')"),
    )
    op.create_index(
        "batches_in_doubt",
        "batches",
        ["edition_id", "number"],
        unique=False,
        sqlite_where=sa.text("state = 'unknown'"),
        postgresql_where=sa.text("state = 'unknown'"),
    )
    op.create_table(
        "accounts",
        sa.Column("name", sa.Text(), nullable=False, comment="in config.toml; without a row nothing is known of it"),
        sa.Column(
            "open_at",
            sa.Float(),
            server_default="0",
            nullable=False,
            comment="when its rate and its provider let the next request go; seconds since 1970, database clock",
        ),
        sa.Column(
            "failures",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="requests in a row that came to nothing",
        ),
        sa.Column(
            "width",
            sa.Float(),
            nullable=True,
            comment="requests that may be under way at once while it recovers; empty for any number",
        ),
        sa.Column("reason", sa.Text(), server_default="", nullable=False, comment="why it was stopped last"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "edition_accounts",
        sa.Column("edition_id", Id, nullable=False),
        sa.Column("account", sa.Text(), nullable=False, comment="its name in config.toml"),
        sa.Column("position", sa.Integer(), nullable=False, comment="from 1: which one is next when another refuses"),
        sa.Column(
            "refused", sa.Text(), server_default="", nullable=False, comment="what it said; empty while it carries"
        ),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"]),
        sa.PrimaryKeyConstraint("edition_id", "account"),
    )
    op.create_index("editions_of_an_account", "edition_accounts", ["account", "edition_id"], unique=False)
    op.execute(
        "INSERT INTO edition_accounts (edition_id, account, position)"
        " SELECT id, provider, 1 FROM editions WHERE planned > 0"
    )
    op.create_table(
        "decisions",
        sa.Column("id", Id, nullable=False),
        sa.Column("edition_id", Id, nullable=False),
        sa.Column(
            "decision",
            sa.Text(),
            nullable=False,
            comment="paused, resumed, cancelled, accepted, not-accepted or resent",
        ),
        sa.Column("readers", sa.Integer(), nullable=False, comment="deliveries that it moved"),
        sa.Column("detail", sa.Text(), nullable=False, comment="the person's reason, or whom it was about"),
        sa.Column("by", sa.Text(), nullable=False, comment="who"),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("decisions_of_an_edition", "decisions", ["edition_id"], unique=False)
    op.create_table(
        "instance",
        sa.Column("id", sa.Integer(), nullable=False, comment="always 1"),
        sa.Column(
            "epoch",
            sa.Integer(),
            nullable=False,
            comment="rises with every sign of life; also in a file beside the data",
        ),
        sa.Column(
            "host",
            sa.Text(),
            nullable=False,
            comment="what the operating system calls the machine; empty if nothing",
        ),
        sa.Column("place", sa.Text(), nullable=False, comment="what tells this database from a copy of it"),
        sa.Column("last_seen", UTCDateTime(), nullable=False, comment="when a sender last gave a sign of life"),
        sa.Column(
            "fenced_at",
            UTCDateTime(),
            nullable=True,
            comment="what was due before waits for a person; empty: nothing does",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "events",
        sa.Column("id", Id, nullable=False, comment="order of arrival"),
        sa.Column(
            "key", sa.Text(), nullable=False, comment="hash of what makes it this event; see digest.delivery.events"
        ),
        sa.Column("provider", sa.Text(), nullable=False, comment="the account's name in config.toml"),
        sa.Column("kind", sa.Text(), nullable=False, comment="digest.model.EventKind"),
        sa.Column("name", sa.Text(), nullable=False, comment="the provider's own word for the kind"),
        sa.Column(
            "at", UTCDateTime(), nullable=False, comment="by the provider's clock; when it came if it does not say"
        ),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("edition_id", Id, nullable=True, comment="empty when it is about no delivery of ours"),
        sa.Column("subscriber_id", Id, nullable=True),
        sa.Column("address", sa.Text(), nullable=False, comment="of our delivery; else as the provider wrote it"),
        sa.Column("message", sa.Text(), nullable=False, comment="the provider's id of the message"),
        sa.Column("permanent", sa.Boolean(), nullable=False, comment="the address is not to be mailed again"),
        sa.Column(
            "machine", sa.Boolean(), nullable=False, comment="opened or clicked by a program: shown, never counted"
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="normalised, see digest.model.Event"),
        sa.Column("detail", sa.Text(), nullable=False, comment="the words of the mail host or the provider"),
        sa.Column("link", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", name="one_event_each_key"),
    )
    op.create_index("events_of_an_edition", "events", ["edition_id", "kind", "subscriber_id"], unique=False)
    op.create_index("events_of_an_address", "events", ["address", "kind"], unique=False)
    op.create_table(
        "hook_requests",
        sa.Column("provider", sa.Text(), nullable=False, comment="the account's name in config.toml"),
        sa.Column("request", sa.Text(), nullable=False, comment="the vendor's id of it"),
        sa.Column(
            "body",
            sa.Text(),
            nullable=False,
            comment="hash of the bytes: the same again is harmless, others are refused",
        ),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "request"),
        sqlite_with_rowid=False,
    )
    op.create_index("hook_requests_lately", "hook_requests", ["received_at"], unique=False)
