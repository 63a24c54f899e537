"""What is done about uncertain outcomes, by itself and by people; which copy of the data this is."""

import sqlalchemy as sa
from alembic import op

from subscribers.columns import UTCDateTime

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
    op.execute(
        "UPDATE batches SET readers = (SELECT count(*) FROM deliveries WHERE deliveries.edition_id = batches.edition_id"
        " AND deliveries.subscriber_id BETWEEN batches.first AND batches.last)"
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
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
