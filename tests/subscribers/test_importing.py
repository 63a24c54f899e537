"""A CSV file put on the roll."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, select

from subscribers import roll, suppression
from subscribers.errors import ImportRefused
from subscribers.importing import ImportReport, import_csv
from subscribers.model import SubscriptionState, SuppressionReason
from subscribers.tables import consents, metadata

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def put(engine: Engine, tmp_path: Path, content: str | bytes) -> ImportReport:
    """Imports a file of this content; rejected rows go to rejects.csv beside it."""
    path = tmp_path / "readers.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_csv(engine.begin, path, newsletter="brief", at=NOON, rejects=tmp_path / "rejects.csv")


def rejected(tmp_path: Path) -> list[list[str]]:
    """The rows of the rejects file, without its heading."""
    with (tmp_path / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def names(engine: Engine) -> dict[str, str]:
    """Name by address, for everybody on the roll."""
    with engine.begin() as conn:
        return {entry.subscriber.shown: entry.subscriber.name for entry in roll.listing(conn)}


def test_every_column_is_taken_and_proved(engine: Engine, tmp_path: Path) -> None:
    """Address, name, language, zone and date arrive; the consent log names file and line."""
    report = put(
        engine,
        tmp_path,
        "E-Mail Address,First Name,Last Name,Locale,TimeZone,OPTIN_TIME,Shoe size\r\n"
        "Ann@Example.org,Ann,Lee,pt_BR,Europe/Madrid,2024-05-01 10:30:00,38\r\n",
    )
    assert report == ImportReport(
        rows=1, added=1, already=0, left=0, suppressed=0, rejected=0, rejects=None,
        notes=("Columns that are not read: Shoe size.",),
    )  # fmt: skip
    with engine.begin() as conn:
        (entry,) = roll.listing(conn)
        proof = conn.execute(select(consents)).one()
    reader = entry.subscriber
    assert (reader.shown, reader.name, reader.language, reader.zone) == (
        "Ann@example.org",
        "Ann Lee",
        "pt-BR",
        "Europe/Madrid",
    )
    assert entry.subscription.since == datetime(2024, 5, 1, 10, 30, tzinfo=UTC)
    assert (proof.source, proof.detail, proof.at) == ("import", "readers.csv line 2", NOON)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_delimiter_ending_and_unicode_encoding(
    engine: Engine, tmp_path: Path, delimiter: str, ending: str, encoding: str
) -> None:
    """What spreadsheets call CSV is read without being told which it is."""
    note = f"says:{delimiter}{ending}bye"
    rows = [["email", "note", "name"], ["zoe@example.org", note, "Zoë Ōta"], ["bob@example.org", note, 'Bob "B"']]
    lines = [delimiter.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows]
    put(engine, tmp_path, (ending.join(lines) + ending).encode(encoding))
    assert names(engine) == {"zoe@example.org": "Zoë Ōta", "bob@example.org": 'Bob "B"'}


def test_lines_of_windows_1252_are_read_and_noted(engine: Engine, tmp_path: Path) -> None:
    """A line of the old encoding is read as such, without spoiling the UTF-8 lines around it."""
    content = "email,name\nzoe@example.org,Zoë\n".encode() + "jo@example.org,Jörg – “J”\n".encode("cp1252")
    report = put(engine, tmp_path, content)
    assert names(engine) == {"zoe@example.org": "Zoë", "jo@example.org": "Jörg – “J”"}
    assert report.notes == ("Lines read as Windows-1252 because they are not UTF-8: 1; check a name or two.",)


def test_bad_rows_are_rejected_with_line_and_reason_and_the_rest_goes_on(engine: Engine, tmp_path: Path) -> None:
    """Each kind of bad row is named at its own line, and every good row between them arrives."""
    rows = [
        ("", "the address is empty"),
        ("no-at-sign,N,,,", "no-at-sign"),
        ("a\x00b@example.org,N,,,", "control character"),
        ("ok1@example.org,N\x00,,,", "control character"),
        ("ok2@example.org," + "N" * 201 + ",,,", "201 characters"),
        ("ok3@example.org,N,Klingon!,,", "not a language"),
        ("ok4@example.org,N,,Mars/Crater,", "not a time zone"),
        ("ok5@example.org,N,,,yesterday", "not a date"),
        ("ok6@example.org,N,,,0001-01-01T00:00+14:00", "not a date"),
        ("ok7@example.org,Last, First,en,,2024-01-01", "6 cells"),
        ('ok8@example.org,"N', "quote"),
        ('ok9@example.org,"N" x,,,', "quote"),
        ("ok10@example.org," + "N" * 30_000, "more than 20000 characters"),
        ('"ok11@example.org","two\nlines",,,', "line break"),
    ]
    text, expected, line = "email,name,language,zone,since\n", [], 2
    for number, (row, reason) in enumerate(rows):
        bad = row or ",only a name,,,"
        text += f"{bad}\ngood{number}@example.org,G,,,\n"
        expected.append((line, reason))
        line += bad.count("\n") + 2
    report = put(engine, tmp_path, text)
    assert set(names(engine)) == {f"good{number}@example.org" for number in range(len(rows))}
    found = rejected(tmp_path)
    assert (report.rejected, report.rejects) == (len(rows), tmp_path / "rejects.csv")
    assert [int(row[0]) for row in found] == [line for line, _ in expected]
    for row, (_, reason) in zip(found, expected, strict=True):
        assert reason in row[1]


def test_bytes_of_no_encoding_reject_their_line_only(engine: Engine, tmp_path: Path) -> None:
    """A byte that neither UTF-8 nor Windows-1252 knows costs one row, and the rejects file can show it."""
    report = put(engine, tmp_path, b"email,name\na@example.org,\x81\nb@example.org,B\n")
    assert names(engine) == {"b@example.org": "B"}
    assert report.rejected == 1
    assert rejected(tmp_path)[0][:2] == ["2", "the line is neither UTF-8 nor Windows-1252; save the file as UTF-8"]


def test_an_unclosed_quote_costs_one_row_of_thousands(engine: Engine, tmp_path: Path) -> None:
    """The quote does not swallow the rows below it, wherever it stands."""
    lines = [f"r{n}@example.org,N" for n in range(300)]
    lines[150] = 'r150@example.org,"N'
    lines[299] = 'r299@example.org,"N'
    report = put(engine, tmp_path, "email,name\n" + "\n".join(lines))
    assert (report.added, report.rejected) == (298, 2)
    assert [row[0] for row in rejected(tmp_path)] == ["152", "301"]


def test_rejects_can_be_mended_and_imported(engine: Engine, tmp_path: Path) -> None:
    """The rejects file keeps the heading and the cells, neutralised, so it is itself a file to import."""
    put(engine, tmp_path, "email,name\nann@example,=HYPERLINK(1)\nbob@example.org,Bob\n")
    rejects = tmp_path / "rejects.csv"
    content = rejects.read_text("utf-8-sig")
    assert "'=HYPERLINK(1)" in content
    mended = tmp_path / "mended.csv"
    mended.write_text(content.replace("ann@example,", "ann@example.org,"), "utf-8")
    report = import_csv(engine.begin, mended, newsletter="brief", at=NOON, rejects=None)
    assert report.added == 1
    assert names(engine)["ann@example.org"] == "=HYPERLINK(1)"


def test_a_rejects_file_of_an_earlier_run_does_not_survive_a_clean_one(engine: Engine, tmp_path: Path) -> None:
    """It always tells of the last run."""
    put(engine, tmp_path, "email\nnonsense\n")
    assert (tmp_path / "rejects.csv").exists()
    put(engine, tmp_path, "email\nann@example.org\n")
    assert not (tmp_path / "rejects.csv").exists()


def test_nobody_is_twice_on_the_roll(engine: Engine, tmp_path: Path) -> None:
    """Doubles in the file, in any spelling, and a second import of the same file are *already* there."""
    content = "email\nann@example.org\nANN@Example.org\n jo@BÜCHER.example \njo@xn--bcher-kva.example\n"
    first = put(engine, tmp_path, content)
    assert (first.added, first.already) == (2, 2)
    second = put(engine, tmp_path, content)
    assert (second.added, second.already) == (0, 4)


def test_who_left_or_is_suppressed_stays_so(engine: Engine, tmp_path: Path) -> None:
    """An import is not anybody's own wish."""
    put(engine, tmp_path, "email\nleft@example.org\nstays@example.org\n")
    with engine.begin() as conn:
        left = roll.find(conn, "left@example.org")
        assert left is not None
        roll.unsubscribe(conn, subscriber_id=left.id, newsletter="brief", at=NOON, source="one-click")
        suppression.suppress(conn, address="gone@example.org", reason=SuppressionReason.COMPLAINED, at=NOON)
    report = put(engine, tmp_path, "email,status\nLEFT@example.org,active\nGone@example.org,\nstays@example.org,\n")
    assert (report.added, report.already, report.left, report.suppressed) == (0, 1, 1, 1)
    with engine.begin() as conn:
        assert roll.counts(conn, "brief") == (1, 1, 0)


def test_who_left_elsewhere_is_never_mailed_here(engine: Engine, tmp_path: Path) -> None:
    """By a status, by a date of leaving or by a reason of suppression; a status nobody knows is rejected."""
    report = put(
        engine,
        tmp_path,
        "email,status,unsubscribed_at,suppressed\n"
        "a@example.org,Unsubscribed,,\n"
        "b@example.org,,2024-01-02,\n"
        "c@example.org,active,,bounced\n"
        "d@example.org,cleaned,,\n"
        "e@example.org,Subscribed,,\n",
    )
    assert (report.added, report.left, report.suppressed, report.rejected) == (1, 2, 1, 1)
    with engine.begin() as conn:
        assert [row.address for row in conn.execute(roll.audience("brief"))] == ["e@example.org"]
        assert suppression.is_suppressed(conn, "c@example.org")
        left = list(roll.listing(conn, newsletter="brief", state=SubscriptionState.UNSUBSCRIBED))
    assert [entry.subscription.ended_at for entry in left] == [NOON, datetime(2024, 1, 2, tzinfo=UTC)]


def test_an_interrupted_import_is_simply_run_again(engine: Engine, tmp_path: Path) -> None:
    """What was committed stays, what was not comes with the next run, and the sum is the file."""
    path = tmp_path / "readers.csv"
    path.write_text("email\n" + "".join(f"r{n}@example.org\n" for n in range(12_000)))
    calls = 0

    @contextmanager
    def begin() -> Iterator[Connection]:
        nonlocal calls
        calls += 1
        with engine.begin() as conn:
            yield conn
            if calls == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_csv(begin, path, newsletter="brief", at=NOON, rejects=None)
    seen: list[tuple[int, float]] = []
    report = import_csv(
        engine.begin, path, newsletter="brief", at=NOON, rejects=None, progress=lambda *done: seen.append(done)
    )
    assert (report.added, report.already) == (7_000, 5_000)
    assert [rows for rows, _ in seen] == [5_000, 10_000, 12_000]
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    with engine.begin() as conn:
        assert roll.counts(conn, "brief").active == 12_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"ann@example.org\nbob@example.org\n", "expected a heading row"),
        (b"name,age\nAnn,38\n", "expected a heading row"),
        (b"email,E-Mail\na@example.org,b@example.org\n", "two columns"),
        (b"PK\x03\x04 and so on", "save it as CSV"),
        (b"\x00" * 100_000, "expected a heading row"),
    ],
)
def test_a_file_that_is_no_roll_is_refused_whole(engine: Engine, tmp_path: Path, content: bytes, message: str) -> None:
    """Before anything is written, with what to do about it."""
    with pytest.raises(ImportRefused, match=message):
        put(engine, tmp_path, content)
    assert names(engine) == {}


def test_a_file_that_cannot_be_opened_is_refused(engine: Engine, tmp_path: Path) -> None:
    """A missing file, a folder, rejects that cannot be written and rejects over the input itself."""
    good = tmp_path / "good.csv"
    good.write_text("email\nann@example.org\n")
    for path, rejects in [
        (tmp_path / "missing.csv", None),
        (tmp_path, None),
        (good, tmp_path / "no such folder" / "rejects.csv"),
        (good, good),
    ]:
        with pytest.raises(ImportRefused):
            import_csv(engine.begin, path, newsletter="brief", at=NOON, rejects=rejects)
    assert good.read_text() == "email\nann@example.org\n"
    assert names(engine) == {}


HOSTILE = st.lists(
    st.sampled_from(
        [b"a@example.org", b"b@", b'"', b'""', b",", b";", b"\n", b"\r", b"\x00", b"\xff", b"=1", "ë".encode()]
    )
    | st.binary(max_size=4),
    max_size=60,
).map(b"".join)


@given(HOSTILE)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_below_the_heading_breaks_the_import(tmp_path: Path, body: bytes) -> None:
    """Any bytes end as rows with an outcome, and as many are in the rejects file as the report says."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    report = put(engine, tmp_path, b"email,name\n" + body)
    assert report.rows == report.added + report.already + report.left + report.suppressed + report.rejected
    assert (len(rejected(tmp_path)) if report.rejected else 0) == report.rejected
    assert len(names(engine)) == report.added
    engine.dispose()
