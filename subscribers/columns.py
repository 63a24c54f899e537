"""The instant as a database column."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, Integer
from sqlalchemy.types import TypeDecorator

Id = BigInteger().with_variant(Integer(), "sqlite")
"""A number that rows are known by: 64 bits. SQLite's INTEGER has them, and only that numbers rows by itself."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant, stored and returned in UTC.

    PostgreSQL keeps it as `timestamptz`; SQLite as text of fixed width
    (`2026-11-23 07:00:00.000000`), which sorts as the instants do. A naive value is a
    defect of the caller and raises ValueError.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is UTC:
            return value
        if value.tzinfo is None or value.utcoffset() is None:
            raise ValueError(f"{value!r} has no zone: instants are aware UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
