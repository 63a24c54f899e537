"""A folder of articles."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.errors import SourceError
from digest.sources import FolderSource
from digest.sources.folder import LARGEST, article_from_text, read_article

EXAMPLES = Path(__file__).parents[3] / "examples" / "articles"
PAGE = "<title>A page</title><article><h1>A page</h1>" + "<p>Nine ships went out of the harbour at dawn.</p>" * 9


def test_each_kind_of_file_is_an_article_in_the_order_of_names(tmp_path: Path) -> None:
    """Text, Markdown and HTML under every suffix; hidden files, folders and other suffixes are ignored."""
    for name in ("b.txt", "A.TXT", "c.md", "d.markdown"):
        (tmp_path / name).write_text(f"Headline of {name}\n\nBody.\n")
    for name in ("e.html", "f.htm"):
        (tmp_path / name).write_text(PAGE)
    for name in (".hidden.txt", "notes.pdf", "README", "x.txt~"):
        (tmp_path / name).write_text("Not an article.")
    (tmp_path / "folder.txt").mkdir()
    fetched = FolderSource("wire", tmp_path).fetch()
    assert [Path(article.ref).name for article in fetched.articles] == [
        "A.TXT",
        "b.txt",
        "c.md",
        "d.markdown",
        "e.html",
        "f.htm",
    ]
    assert {article.source for article in fetched.articles} == {"wire"}
    assert fetched.problems == ()


def test_what_cannot_be_read_is_left_out_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Each bad file is one problem with its path and the reason."""
    outside = tmp_path / "outside.txt"
    outside.write_text("Secret\n\nBody.")
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.txt").write_text("Headline\n\nBody.")
    (folder / "binary.txt").write_bytes(b"GIF89a\x00\x01")
    (folder / "empty.txt").write_bytes(b" \n\n")
    (folder / "encoding.txt").write_bytes("Вчера в Москве".encode("koi8-r"))
    (folder / "front.md").write_text("---\ndate: someday\n---\nBody.")
    (folder / "huge.txt").write_bytes(b"a" * (LARGEST + 1))
    (folder / "link.txt").symlink_to(outside)
    (folder / "nopage.html").write_text("<title>Nothing</title><p>Accept cookies?")
    (folder / "nowhere.txt").symlink_to(folder / "missing")
    os.mkfifo(folder / "pipe.txt")
    fetched = FolderSource("wire", folder).fetch()
    assert [Path(article.ref).name for article in fetched.articles] == ["good.txt"]
    found = {Path(problem.ref).name: problem.message for problem in fetched.problems}
    expected = {
        "binary.txt": "binary",
        "empty.txt": "empty",
        "encoding.txt": "line 1 is not UTF-8",
        "front.md": "line 2: date is 'someday'",
        "huge.txt": "more than 5,000,000 bytes",
        "link.txt": "leads out of the folder",
        "nopage.html": "no article was found",
        "nowhere.txt": "no such file",
        "pipe.txt": "no such file",
    }
    assert found.keys() == expected.keys()
    for name, reason in expected.items():
        assert reason in found[name]


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    """Also when the folder is itself reached through a link."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "one.txt").write_text("One\n\nBody.")
    (home / "two.txt").symlink_to("one.txt")
    (tmp_path / "alias").symlink_to(home)
    fetched = FolderSource("wire", tmp_path / "alias").fetch()
    assert len(fetched.articles) == 2
    assert fetched.problems == ()


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A missing folder and a file in its place; an empty folder is none."""
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(SourceError, match="cannot be read"):
            FolderSource("wire", path).fetch()
    (tmp_path / "empty").mkdir()
    assert FolderSource("wire", tmp_path / "empty").fetch().articles == ()


def test_the_error_of_one_file_names_it(tmp_path: Path) -> None:
    """For somebody who gave the file on the command line."""
    with pytest.raises(SourceError, match=r"missing\.txt: there is no such file"):
        read_article(tmp_path / "missing.txt", source="command line")
    (tmp_path / "empty.txt").touch()
    with pytest.raises(SourceError, match=r"empty\.txt: the file is empty"):
        read_article(tmp_path / "empty.txt", source="command line")


def test_a_plain_text_is_taken_as_it_is() -> None:
    """Offsets into the text of the author hold, but for the mark and CRLF."""
    text = "Headline\n\n  • a  \n\nBody “so”.  \n\n"
    article = article_from_text("\ufeff" + text.replace("\n", "\r\n"), ref="standard input", source="command line")
    assert article.text == text
    assert (article.headline, article.published_at, article.language) == (None, None, "en")


def test_front_matter_of_a_text_becomes_metadata_and_the_top_of_the_text() -> None:
    """So that the headline is the first line whichever way it is given."""
    article = article_from_text("---\ntitle: T\ndate: 2026-11-23\n---\n\nBody.\n", ref="r", source="s")
    assert article.text == "T\n\nBody."
    assert (article.headline, article.published_at) == ("T", datetime(2026, 11, 23, tzinfo=UTC))


def test_every_sample_article_parses() -> None:
    """Each has a headline as its first line and no problem; those with metadata have all of it."""
    fetched = FolderSource("samples", EXAMPLES).fetch()
    assert fetched.problems == ()
    assert len(fetched.articles) >= 8
    assert {Path(article.ref).suffix for article in fetched.articles} == {".txt", ".md", ".html"}
    for article in fetched.articles:
        top = article.text.split("\n\n")
        assert len(top) >= 6
        if article.headline is not None:
            assert top[0] == article.headline
            assert None not in (article.dek, article.byline, article.published_at, article.url, article.publisher)
        assert article.text.count(top[0]) == 1


def test_a_file_name_that_is_not_utf_8_is_a_problem(tmp_path: Path) -> None:
    """Archives of old systems hold such names: the file is to be renamed, its ref can be stored, the rest goes on."""
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("Headline\n\nBody.")
    (tmp_path / "good.txt").write_text("Headline\n\nBody.")
    fetched = FolderSource("wire", tmp_path).fetch()
    assert [Path(article.ref).name for article in fetched.articles] == ["good.txt"]
    (problem,) = fetched.problems
    assert problem.ref == f"{tmp_path}/caf\\xe9.txt"
    assert problem.message == "the file's name is not UTF-8; rename the file"


def test_a_file_named_by_hand_may_have_any_name(tmp_path: Path) -> None:
    """`digest story` keeps nothing, so it reads the file; its ref is printable."""
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    path.write_text("Headline\n\nBody.")
    assert read_article(path, source="command line").ref == f"{tmp_path}/caf\\xe9.txt"
