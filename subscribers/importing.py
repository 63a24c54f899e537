"""A CSV file put on the roll: in constant memory, in small transactions, as often as you like.

Interrupted at any point, the import is simply run again: who is on the roll already is left
alone. Who has left or is suppressed stays so. A row that cannot be used goes to the rejects
file with its line and the reason, in a form that can be mended and imported itself.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection

from subscribers.cells import neutralise
from subscribers.enrolment import Outcome, enrol
from subscribers.errors import ImportRefused, SubscriberError
from subscribers.headings import Headings, Row, names_an_address
from subscribers.sheet import Record, Sheet
from subscribers.suppression import suppress

_CHUNK = 5_000
"""Rows in one transaction: short enough for other writers to get between, long enough to be fast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the rows; `rows` is the sum of the five counts below it."""

    rows: int
    added: int
    already: int
    """On the roll before, or twice in the file."""
    left: int
    """Has unsubscribed, here or by what the row says."""
    suppressed: int
    rejected: int
    rejects: Path | None
    """Where the rejected rows are; None if there are none or nobody asked for the file."""
    notes: tuple[str, ...]
    """What the operator should know, in sentences."""


def import_csv(
    begin: Callable[[], AbstractContextManager[Connection]],
    path: Path,
    *,
    newsletter: str,
    at: datetime,
    rejects: Path | None,
    progress: Callable[[int, float], None] | None = None,
) -> ImportReport:
    """Imports `path` into the roll of `newsletter`.

    `begin` opens a transaction that commits on leaving, such as `Engine.begin`; it is called once for each
    5,000 rows. `rejects` is written anew, and removed if every row was good.
    `progress` gets the rows done so far and the fraction of the file, after each transaction.
    Columns are found by their headings (`subscribers.headings`). Raises ImportRefused.
    """
    with ExitStack() as open_files:
        sheet = open_files.enter_context(Sheet(path, names_an_address))
        headings = Headings(sheet.header)
        bad = _Rejects(open_files.enter_context(_writable(rejects, path)), sheet.header) if rejects else None
        name = os.fsencode(path.name).decode("utf-8", "replace")
        tally: Counter[str] = Counter()
        records = iter(sheet)
        while chunk := list(islice(records, _CHUNK)):
            rows: list[Row] = []
            for record in chunk:
                try:
                    rows.append(_row(record, headings, at, f"{name} line {record.line}"))
                except SubscriberError as error:
                    tally["rejected"] += 1
                    if bad:
                        bad.add(record, str(error))
            with begin() as conn:
                tally.update(_put(conn, rows, newsletter=newsletter, at=at))
            if progress:
                progress(tally.total(), sheet.fraction)
    if rejects and not tally["rejected"]:
        rejects.unlink(missing_ok=True)
    return ImportReport(
        rows=tally.total(),
        added=tally[Outcome.ADDED],
        already=tally[Outcome.ALREADY],
        left=tally[Outcome.LEFT],
        suppressed=tally[Outcome.SUPPRESSED],
        rejected=tally["rejected"],
        rejects=rejects if tally["rejected"] else None,
        notes=_notes(sheet, headings),
    )


def _row(record: Record, headings: Headings, at: datetime, detail: str) -> Row:
    if record.fault:
        raise SubscriberError(record.fault)
    return headings.row(record.cells, at=at, detail=detail)


def _put(conn: Connection, rows: list[Row], *, newsletter: str, at: datetime) -> Counter[str]:
    for (
        person,
        reason,
    ) in rows:
        if reason:
            suppress(conn, address=person.address.address, reason=reason, detail=person.detail, at=at)
    people = [row.newcomer for row in rows]
    added = enrol(conn, people, newsletter=newsletter, at=at, source="import")
    return Counter(outcome for _, outcome in added)


def _notes(sheet: Sheet, headings: Headings) -> tuple[str, ...]:
    notes = []
    if headings.unused:
        notes.append(f"Columns that are not read: {', '.join(headings.unused)}.")
    if sheet.legacy_lines:
        notes.append(
            f"Lines read as Windows-1252 because they are not UTF-8: {sheet.legacy_lines}; check a name or two."
        )
    return tuple(notes)


def _writable(rejects: Path, path: Path) -> TextIO:
    if rejects.exists() and rejects.samefile(path):
        raise ImportRefused(f"{rejects} is the file to be imported; name another one for the rejected rows")
    try:
        # With a mark, because it is made to be opened in a spreadsheet.
        return rejects.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")
    except OSError as error:
        raise ImportRefused(f"{rejects} cannot be written: {error.strerror}") from None


class _Rejects:
    """The rows that were not taken: line, reason, then the cells as they were."""

    def __init__(self, file: TextIO, header: list[str]) -> None:
        self._writer = csv.writer(file)
        self._write(["line", "reason", *header])

    def add(self, record: Record, reason: str) -> None:
        self._write([str(record.line), reason, *record.cells])

    def _write(self, cells: list[str]) -> None:
        self._writer.writerow([neutralise(cell) for cell in cells])
