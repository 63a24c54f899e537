"""The roll as a file, and back."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine

from subscribers import roll, suppression
from subscribers.errors import SubscriberError
from subscribers.exporting import export_csv, export_jsonl
from subscribers.importing import import_csv
from subscribers.model import SubscriptionState, SuppressionReason
from subscribers.newcomers import newcomer
from subscribers.tables import metadata

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def memory() -> Engine:
    """An empty roll that lives as long as the engine."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    return engine


def known(conn: Connection) -> set[tuple[object, ...]]:
    """Everything an export carries, of every line that is not suppressed."""
    return {
        (e.subscriber.shown, e.subscriber.name, e.subscriber.language, e.subscriber.zone, e.subscription.state,
         e.subscription.since, e.subscription.ended_at)
        for e in roll.listing(conn)
        if not e.suppressed
    }  # fmt: skip


LOCALS = st.text("abA1'=+-.", min_size=1, max_size=6)
NAMES = st.text(max_size=20) | st.text("'=+-@ a\"\n,;", max_size=6)
INSTANTS = st.none() | st.datetimes(datetime(1990, 1, 1, tzinfo=UTC).replace(tzinfo=None), timezones=st.just(UTC))
PEOPLE = st.lists(st.tuples(LOCALS, NAMES, st.sampled_from(["", "en", "zh-Hant"]), INSTANTS, INSTANTS), max_size=12)


@given(PEOPLE, st.sets(st.integers(0, 11), max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_export_imported_elsewhere_is_the_same_roll(
    tmp_path: Path, people: list[tuple[str, str, str, datetime | None, datetime | None]], barred: set[int]
) -> None:
    """Readers, states and instants are equal, and who was suppressed here is suppressed there."""
    here, there = memory(), memory()
    with here.begin() as conn:
        for number, (local, name, language, since, ended_at) in enumerate(people):
            try:
                person = newcomer(f"{local}@example.org", name=name, language=language, since=since, ended_at=ended_at)
            except SubscriberError:
                continue
            roll.enrol(conn, [person], newsletter="brief", at=NOON, source="t")
            if number in barred:
                address = person.address.address
                suppression.suppress(conn, address=address, reason=SuppressionReason.BOUNCED, at=NOON)
        expected, stopped = known(conn), {line.address for line in suppression.listing(conn)}
        with (tmp_path / "roll.csv").open("w", encoding="utf-8", newline="") as out:
            export_csv(conn, out, newsletter="brief")
    report = import_csv(
        there.begin, tmp_path / "roll.csv", newsletter="brief", at=NOON, rejects=tmp_path / "rejects.csv"
    )
    assert report.rejected == 0
    with there.begin() as conn:
        assert known(conn) == expected
        assert {line.address for line in suppression.listing(conn)} == stopped
    here.dispose()
    there.dispose()


def test_a_csv_export_runs_no_formula(conn: Connection) -> None:
    """A hostile name, and an address that begins like a formula, are text in a spreadsheet."""
    roll.add(conn, address="=cmd@example.org", newsletter="brief", name='=HYPERLINK("x")', at=NOON, source="t")
    out = io.StringIO(newline="")
    assert export_csv(conn, out, newsletter="brief") == 1
    assert out.getvalue().splitlines() == [
        "email,name,language,zone,topics,status,since,ended_at,suppressed",
        '\'=cmd@example.org,"\'=HYPERLINK(""x"")",,,,active,2026-11-23T12:00:00+00:00,,',
    ]


def test_json_lines_carry_the_values_as_they_are(conn: Connection) -> None:
    """One object a line, in order, unescaped letters, of one state where asked."""
    roll.add(conn, address="zoe@example.org", newsletter="brief", name="=Zoë", at=NOON, source="t")
    left = roll.add(conn, address="left@example.org", newsletter="brief", at=NOON, source="t").subscriber_id
    assert left is not None
    roll.unsubscribe(conn, subscriber_id=left, newsletter="brief", at=NOON, source="t")
    out = io.StringIO()
    assert export_jsonl(conn, out, newsletter="brief", state=SubscriptionState.ACTIVE) == 1
    assert '"=Zoë"' in out.getvalue()
    assert json.loads(out.getvalue()) == {
        "email": "zoe@example.org", "name": "=Zoë", "language": "", "zone": "", "topics": "",
        "status": "active", "since": "2026-11-23T12:00:00+00:00", "ended_at": "", "suppressed": "",
    }  # fmt: skip
    out = io.StringIO()
    assert export_jsonl(conn, out, newsletter="brief") == 2
