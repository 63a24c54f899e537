"""`digest deliveries`: what became of each reader, for people, programs and spreadsheets."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from sink import Sink
from terminal import Digest

HOSTILE = "=1+1@example.org", "+1@example.org", "-2@example.org"


@pytest.fixture
def sent(digest: Digest, sink: Sink) -> Digest:
    """Readers with addresses that a spreadsheet would run, one of them refused."""
    file: Path = digest.here.folder / "readers.csv"
    file.write_text("email,name\nada@example.org,Ada\n")
    digest("subscribers", "import", file)
    for address in HOSTILE:
        assert digest("subscribers", "add", "--", address).code == 0
    sink.reject["ada@example.org"] = 300
    digest("send", "morning")
    return digest


def test_a_listing_for_people(sent: Digest) -> None:
    """Address, state and why; the counts at the end."""
    done = sent("deliveries", "1")
    assert done.code == 0
    assert "ada@example.org  rejected  invalid: Postmark 300" in done.out
    assert done.out.splitlines()[-1].endswith("1 rejected")


def test_a_listing_for_programs(sent: Digest) -> None:
    """One JSON object a line, of one state if asked."""
    rows = sent("deliveries", "1", "--json").lines
    assert {row["state"] for row in rows} == {"accepted", "rejected"}
    (refused,) = sent("deliveries", "1", "--json", "--state", "rejected").lines
    assert refused["address"] == "ada@example.org"
    assert sent("deliveries", "1", "--json", "--state", "unknown").out == ""


def test_no_cell_is_a_formula(sent: Digest) -> None:
    """Every cell that a spreadsheet would run begins with an apostrophe; the header line names the columns."""
    done = sent("deliveries", "1", "--csv")
    header, *rows = csv.reader(io.StringIO(done.out))
    assert header == ["subscriber_id", "address", "state", "reason", "detail", "provider_id", "attempt"]
    assert len(rows) == len(HOSTILE) + 1
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r")]
    assert {row[1] for row in rows} == {"ada@example.org", *("'" + address for address in HOSTILE)}
