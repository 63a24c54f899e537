"""The tables of the roll. `digest.storage` creates them beside its own, by the same migrations."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    MetaData,
    Table,
    Text,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from subscribers.columns import Id, UTCDateTime
from subscribers.model import ConsentEvent, SubscriptionState, SuppressionReason

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, values: type[SubscriptionState | SuppressionReason | ConsentEvent]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True, comment="never used again: tokens in old e-mails carry it"),
    Column("address", Text, nullable=False, unique=True, comment="the key: lower case, IDNA; one row per mailbox"),
    Column("shown", Text, nullable=False, comment="what mail is addressed to: the reader's own spelling"),
    Column("name", Text, nullable=False, comment="as the reader wrote it; empty if unknown"),
    Column("language", Text, nullable=False, comment="BCP 47 tag; empty for the newsletter's own"),
    Column("zone", Text, nullable=False, comment="IANA zone; empty for the newsletter's own"),
    Column("created_at", UTCDateTime, nullable=False, comment="when the row was made"),
    comment="a person on the roll",
    # Without it SQLite gives the highest id of a deleted row to the next one.
    sqlite_autoincrement=True,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscriber_id", Id, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, comment="who"),
    Column("newsletter", Text, primary_key=True, comment="key of the newsletter in config.toml"),
    Column("state", Text, nullable=False, comment="active: mailed unless suppressed; unsubscribed: left"),
    Column("since", UTCDateTime, comment="when the reader joined; null if unknown"),
    Column("ended_at", UTCDateTime, comment="when the reader left; null while active"),
    Column("topics", Text, nullable=False, comment="comma-separated; empty for every story"),
    _one_of("state", SubscriptionState),
    Index(None, "newsletter", "state", "subscriber_id"),
    comment="one subscriber and one newsletter",
    sqlite_with_rowid=False,
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address", Text, primary_key=True, comment="the key form of the address; needs no subscriber"),
    Column("reason", Text, nullable=False, comment="complained, bounced, unsubscribed, erased or by-hand"),
    Column("detail", Text, nullable=False, comment="the provider's or the operator's words"),
    Column("at", UTCDateTime, nullable=False, comment="when it was recorded"),
    _one_of("reason", SuppressionReason),
    comment="addresses never to be mailed again, by any newsletter",
)

consents = Table(
    "consents",
    metadata,
    Column("id", Id, primary_key=True, comment="order of the log"),
    Column("subscriber_id", Id, nullable=False, index=True, comment="who; evidence outlives the row"),
    Column("newsletter", Text, nullable=False, comment="key of the newsletter in config.toml"),
    Column("event", Text, nullable=False, comment="subscribed or unsubscribed"),
    Column("at", UTCDateTime, nullable=False, comment="when it was recorded"),
    Column("source", Text, nullable=False, comment="how it came: import, command line, one-click, page"),
    Column("detail", Text, nullable=False, comment="what proves it: file and line, or who did it"),
    _one_of("event", ConsentEvent),
    comment="append-only: who agreed to what, when and how; nothing updates or deletes a line",
)


def lock(conn: Connection, *who: ColumnElement[bool]) -> None:
    """Before anything is changed that decides whether these are mailed: their rows, locked until the transaction ends.

    A flight locks them, too (`subscribers.roll.kept`), so one of the two is before the other. SQLite has
    one writer at a time and needs no locks.
    """
    if conn.dialect.name == "postgresql":
        rows = select(subscribers.c.id).where(*who).order_by(subscribers.c.id)
        conn.execute(rows.with_for_update(key_share=True))


def insert_missing(conn: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that leaves a row alone which is there already, in the words of this database."""
    if conn.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
