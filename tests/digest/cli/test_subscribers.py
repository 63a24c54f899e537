"""`digest subscribers`: the roll, in and out."""

from __future__ import annotations

import csv
import io

import pytest
from terminal import Digest


def test_importing_a_file(digest: Digest) -> None:
    """Counted; bad rows go to a file with line and reason while the others go on; twice changes nothing."""
    file = digest.here.folder / "readers.csv"
    file.write_text("Email Address,First Name\nada@example.org,Ada\nnot an address,X\nbo@example.org,Bo\n,\n")

    done = digest("subscribers", "import", file)

    assert "2 added" in done.out
    assert "readers.rejects.csv" in done.out
    rejects = (digest.here.folder / "readers.rejects.csv").read_text()
    assert "not an address" in rejects
    assert "3" in rejects
    again = digest("subscribers", "import", file)
    assert "0 added, 2 on the roll before" in again.out


@pytest.mark.parametrize("folder", [".", "..", "/", "articles"])
def test_a_folder_is_no_file(digest: Digest, folder: str) -> None:
    """Wrong usage, told in a sentence."""
    done = digest("subscribers", "import", folder)
    assert done.code == 2
    assert f"File '{folder}' is a directory." in done.err


def test_a_file_that_is_no_text(digest: Digest) -> None:
    """The message shows little of it, and nothing that drives a terminal."""
    (digest.here.folder / "photo.csv").write_bytes(b"\x89\x1b[31m\xff\x00" * 99)
    done = digest("subscribers", "import", "photo.csv")
    assert done.code == 1
    assert "expected a heading row" in done.err
    assert done.err.strip().isprintable()
    assert len(done.err) < 250


def test_mended_rejects_are_imported_beside_themselves(digest: Digest) -> None:
    """What is still wrong in a rejects file goes to a file of its own; the first is left as it was mended."""
    (digest.here.folder / "readers.csv").write_text("email\nada@example.org\nnot an address\n")
    digest("subscribers", "import", "readers.csv")
    rejects = digest.here.folder / "readers.rejects.csv"
    before = rejects.read_bytes()
    done = digest("subscribers", "import", rejects)
    assert "1 rejected" in done.out
    assert "readers.rejects.rejects.csv" in done.out
    assert rejects.read_bytes() == before
    refused = digest("subscribers", "import", rejects, "--rejects", rejects)
    assert refused.code == 1
    assert "is the file to be imported" in refused.err
    assert rejects.read_bytes() == before


def test_adding_listing_and_leaving(digest: Digest) -> None:
    """One person on, twice is the same; off, and not on again without their word."""
    added = digest("subscribers", "add", "Ada@Example.ORG", "--name", "Ada")
    assert (added.code, added.out) == (0, "Ada@Example.ORG gets morning from now on.\n")
    twice = digest("subscribers", "add", "ada@example.org")
    assert (twice.code, twice.out) == (0, "ada@example.org is on the roll of morning already.\n")
    assert digest("subscribers", "list").out.splitlines()[-1] == "1 active, 0 unsubscribed, 0 suppressed"

    assert digest("subscribers", "unsubscribe", "ada@example.org").out == "ada@example.org no longer gets morning.\n"
    assert "nothing changed" in digest("subscribers", "unsubscribe", "ada@example.org").out
    back = digest("subscribers", "add", "ada@example.org")
    assert back.code == 1
    assert "add --revive" in back.out
    assert digest("subscribers", "add", "ada@example.org", "--revive").code == 0
    assert [row["status"] for row in digest("subscribers", "list", "--json").lines] == ["active"]
    assert digest("subscribers", "list", "--state", "unsubscribed", "--json").out == ""


def test_an_export_is_read_back(digest: Digest) -> None:
    """UTF-8 on standard output, formulas neutralised, and `import` of it elsewhere gives the same roll."""
    digest("subscribers", "add", "ada@example.org", "--name", "=1+1 Ö \U0001f41f", "--zone", "Europe/Oslo")
    done = digest("subscribers", "export")
    (row,) = csv.DictReader(io.StringIO(done.out))
    assert row["email"] == "ada@example.org"
    assert row["name"] == "'=1+1 Ö \U0001f41f"

    (digest.here.folder / "export.csv").write_text(done.out)
    before = digest("subscribers", "list", "--json").lines
    (digest.here.folder / "var" / "digest.sqlite3").unlink()
    for leftover in (digest.here.folder / "var").glob("digest.sqlite3-*"):
        leftover.unlink()
    assert digest("subscribers", "import", "export.csv").code == 0
    after = digest("subscribers", "list", "--json").lines
    assert [(each["email"], each["name"], each["zone"]) for each in after] == [
        (each["email"], each["name"], each["zone"]) for each in before
    ]


def test_which_newsletter(digest: Digest) -> None:
    """With two in config.toml the name must be given, and must be one of them."""
    text = digest.here.config.read_text()
    digest.here.config.write_text(text + text[text.index("[newsletter.morning]") :].replace("morning", "evening", 1))
    unclear = digest("subscribers", "list")
    assert unclear.code == 2
    assert "Give --newsletter with one of: morning, evening" in unclear.err
    assert digest("subscribers", "list", "--newsletter", "noon").code == 1
    assert digest("subscribers", "add", "a@example.org", "--newsletter", "evening").code == 0
    assert "1 active" in digest("subscribers", "list", "--newsletter", "evening").out
    assert "0 active" in digest("subscribers", "list", "--newsletter", "morning").out


def test_a_reader_who_stops_reading(digest: Digest) -> None:
    """`digest … | head` is no failure: exit code 0 and no complaint, for short and for long output."""
    import subprocess
    import sys

    digest("subscribers", "import", digest.here.roll(3000))
    for command in ("subscribers list --json", "db check"):
        script = f'"{sys.executable}" -m digest {command} | true; exit ${{PIPESTATUS[0]}}'
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=digest.here.folder,
            env=dict(digest.here.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_choosing_topics(digest: Digest) -> None:
    """Set, shown, and set back to every story; each topic once, whatever its capitals."""
    digest("subscribers", "add", "ada@example.org")
    assert "every story" in digest("subscribers", "topics", "ada@example.org").out
    assert (
        "World, Science" in digest("subscribers", "topics", "ada@example.org", "--topics", "World, Science,world").out
    )
    assert "World, Science" in digest("subscribers", "topics", "ada@example.org").out
    (row,) = csv.DictReader(io.StringIO(digest("subscribers", "export").out))
    assert row["topics"] == "World,Science"
    assert "every story" in digest("subscribers", "topics", "ada@example.org", "--topics", "").out


@pytest.mark.parametrize(
    ("address", "wanted", "told"),
    [
        ("bo@example.org", "World", "not on the roll"),
        ("ada@example.org", "World\nSport", "expected topics such as"),
        ("ada@example.org", "x" * 1001, "at most 1000 characters"),
    ],
)
def test_topics_that_cannot_be_chosen(digest: Digest, address: str, wanted: str, told: str) -> None:
    """Told in a sentence; nothing is changed."""
    digest("subscribers", "add", "ada@example.org")
    done = digest("subscribers", "topics", address, "--topics", wanted)
    assert done.code == 1
    assert told in done.err
    assert "every story" in digest("subscribers", "topics", "ada@example.org").out


def test_topics_are_imported(digest: Digest) -> None:
    """Parted by commas or semicolons; an export reads back."""
    (digest.here.folder / "readers.csv").write_text(
        'email,topics\nada@example.org,"World, Science"\nbo@example.org,Sport;\n'
    )
    assert "2 added" in digest("subscribers", "import", "readers.csv").out
    rows = csv.DictReader(io.StringIO(digest("subscribers", "export").out))
    assert [row["topics"] for row in rows] == ["World,Science", "Sport"]
