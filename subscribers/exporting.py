"""The roll of a newsletter as CSV or JSON lines, streamed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from typing import TextIO

from sqlalchemy import Connection

from subscribers.cells import neutralise
from subscribers.model import SubscriptionState
from subscribers.roll import Entry, listing

FIELDS = ("email", "name", "language", "zone", "topics", "status", "since", "ended_at", "suppressed")
"""Columns of the CSV and keys of each JSON line; `subscribers.importing` reads them all back."""


def export_csv(conn: Connection, out: TextIO, *, newsletter: str, state: SubscriptionState | None = None) -> int:
    """Writes a heading row and one row for each subscription; the number of those.

    No cell can run as a formula in a spreadsheet, and importing the file takes the guard off again.
    `out` must have been opened with `newline=""`. Instants are ISO 8601 in UTC.
    """
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    rows = 0
    for fields in _rows(conn, newsletter, state):
        writer.writerow([neutralise(value) for value in fields])
        rows += 1
    return rows


def export_jsonl(conn: Connection, out: TextIO, *, newsletter: str, state: SubscriptionState | None = None) -> int:
    """Writes one JSON object a line for each subscription; the number of those. Unknown values are empty strings."""
    rows = 0
    for fields in _rows(conn, newsletter, state):
        out.write(json.dumps(dict(zip(FIELDS, fields, strict=True)), ensure_ascii=False) + "\n")
        rows += 1
    return rows


def _rows(conn: Connection, newsletter: str, state: SubscriptionState | None) -> Iterator[tuple[str, ...]]:
    return map(_fields, listing(conn, newsletter=newsletter, state=state))


def _fields(entry: Entry) -> tuple[str, ...]:
    subscriber, subscription, suppressed = entry
    return (
        subscriber.shown,
        subscriber.name,
        subscriber.language,
        subscriber.zone,
        subscription.topics,
        subscription.state.value,
        _iso(subscription.since),
        _iso(subscription.ended_at),
        suppressed.value if suppressed else "",
    )


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""
