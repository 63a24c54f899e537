"""The instant as a database column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, create_engine, select
from sqlalchemy.exc import StatementError

from subscribers.columns import UTCDateTime

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(timezones=ZONES).filter(lambda at: 1 < at.year < 9999)
TABLE = Table("instants", MetaData(), Column("at", UTCDateTime, primary_key=True))


@given(st.lists(INSTANTS, max_size=20, unique=True))
def test_instants_come_back_in_utc_and_in_order(instants: list[datetime]) -> None:
    """What is stored is the same instant, aware, in UTC, and the database sorts it as Python does."""
    engine = create_engine("sqlite://")
    with engine.begin() as conn:
        TABLE.create(conn)
        for at in instants:
            conn.execute(TABLE.insert(), [{"at": at}])
        back = list(conn.scalars(select(TABLE.c.at).order_by(TABLE.c.at)))
    engine.dispose()
    assert back == sorted(instants)
    assert all(at.utcoffset() == timedelta(0) for at in back)


def test_a_naive_instant_is_a_defect() -> None:
    """Nothing guesses a zone."""
    engine = create_engine("sqlite://")
    naive = datetime(2026, 11, 23, tzinfo=UTC).replace(tzinfo=None)
    with engine.begin() as conn:
        TABLE.create(conn)
        with pytest.raises(StatementError, match="has no zone"):
            conn.execute(TABLE.insert(), [{"at": naive}])
    engine.dispose()
