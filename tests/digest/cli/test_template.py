"""`digest template`: an own template is made, found, checked, and used by an edition."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal import Digest

from digest.resources import shipped


@pytest.fixture
def mine(digest: Digest) -> Path:
    """The folder of an own template called mine, in an installation that names its templates."""
    config = digest.here.config
    config.write_text('templates = "ours"\n' + config.read_text("utf-8"), "utf-8")
    assert digest("template", "new", "mine").code == 0
    return digest.here.folder / "ours" / "email" / "mine"


def test_the_list(digest: Digest) -> None:
    """Each shipped e-mail with what it is for, digests and notices, and the languages."""
    done = digest("template", "list")
    assert done.code == 0
    assert "digest  digest, shipped\n    The default: 30-second summary" in done.out
    assert "welcome  notice, shipped" in done.out
    assert "Languages: en, ar, de, es, fr" in done.out
    rows = {row["name"]: row for row in digest("template", "list", "--json").lines}
    assert rows["correction"]["kind"] == "notice"
    assert rows["digest"]["samples"] == ["sample", "sample-rtl"]
    assert all(row["description"] for row in rows.values())


def test_a_new_template_is_one_s_own(digest: Digest, mine: Path) -> None:
    """It has every file of the one that it was made from, is listed with its folder, and has no error."""
    assert sorted(path.name for path in mine.iterdir()) == sorted(
        path.name for path in (shipped("templates/email") / "digest").iterdir()
    )
    assert "mine  digest, ours/email/mine" in digest("template", "list").out
    done = digest("template", "lint", "mine")
    assert done.code == 0
    assert "mine: 2 samples in 5 languages, 0 errors" in done.out


def test_an_edition_is_made_with_it(digest: Digest, mine: Path, tmp_path: Path) -> None:
    """A newsletter that names it looks like it."""
    body = mine / "body.txt"
    body.write_text("A LINE OF OUR OWN\n" + body.read_text("utf-8"), "utf-8")
    config = digest.here.config
    config.write_text(
        config.read_text("utf-8").replace("[newsletter.morning]", '[newsletter.morning]\ntemplate = "mine"')
    )
    digest("build", "morning", "--out", tmp_path / "out")
    assert (tmp_path / "out" / "edition.txt").read_text("utf-8").startswith("A LINE OF OUR OWN\n")


def test_without_a_folder_it_says_what_to_set(digest: Digest) -> None:
    """The advice, followed, makes the template known."""
    done = digest("template", "new", "mine", "--from", "quotes")
    assert done.code == 0
    assert 'templates = "our-templates"' in done.out
    assert "digest preview" in done.out
    config = digest.here.config
    config.write_text('templates = "our-templates"\n' + config.read_text("utf-8"), "utf-8")
    assert "mine  digest, our-templates/email/mine" in digest("template", "list").out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("new", "Not A Name"), 2, "lower-case letters"),
        (("new", "../mine"), 2, "lower-case letters"),
        (("new", "mine", "--from", "nothing"), 1, "there is no template 'nothing'"),
        (("new", "hello", "--from", "welcome"), 2, "digest template new welcome"),
        (("lint", "nothing"), 1, "there is no template 'nothing'"),
    ],
)
def test_mistakes_are_told(digest: Digest, arguments: tuple[str, ...], code: int, told: str) -> None:
    """A name that cannot be, and one that is not there; nothing is written."""
    done = digest("template", *arguments)
    assert (done.code, told in done.err) == (code, True), done.err
    assert not (digest.here.folder / "our-templates").exists()


def test_nothing_is_written_over(digest: Digest, mine: Path) -> None:
    """A folder that is there stays as it is."""
    (mine / "subject.txt").write_text("ours", "utf-8")
    done = digest("template", "new", "mine")
    assert done.code == 2
    assert "is there already" in done.err
    assert (mine / "subject.txt").read_text("utf-8") == "ours"


def test_a_notice_of_one_s_own_has_its_name(digest: Digest, mine: Path) -> None:
    """It is made from the shipped one of that name, and comes before it."""
    assert digest("template", "new", "welcome").code == 0
    assert (mine.parent / "welcome" / "body.html").is_file()
    assert "welcome  notice, ours/email/welcome" in digest("template", "list").out


def test_errors_are_told_like_a_compilers(digest: Digest, mine: Path) -> None:
    """File, line, severity and code; exit code 1; one finding for all samples and languages that have it."""
    body = mine / "body.html"
    source = body.read_text("utf-8").splitlines()
    at = next(number for number, line in enumerate(source) if "{% block content %}" in line) + 1
    source.insert(
        at, '<tr><td><img class="unexplained" src="https://cdn.example.com/a.png" width="9" height="9"></td></tr>'
    )
    body.write_text("\n".join(source), "utf-8")
    done = digest("template", "lint", "mine")
    assert done.code == 1
    line = next(line for line in done.out.splitlines() if "error[image-alt]" in line)
    assert line.startswith(f"ours/email/mine/body.html:{at + 1}: error[image-alt] ")
    assert done.out.count("error[image-alt]") == 1
    rows = digest("template", "lint", "mine", "--json").lines
    assert [row["severity"] for row in rows if row["code"] == "image-alt"] == ["error"]


def test_a_broken_catalog_stops_the_check_with_its_line(digest: Digest, mine: Path) -> None:
    """An operator's words are held to the same rules as ours."""
    locales = mine.parents[1] / "locales"
    locales.mkdir()
    (locales / "de.po").write_text('msgid "Source: %(publisher)s"\nmsgstr "Quelle"\n', "utf-8")
    done = digest("template", "lint", "mine")
    assert done.code == 1
    assert "de.po, line 1:" in done.out
    assert "lacks %(publisher)s" in done.out
