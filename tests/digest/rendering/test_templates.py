"""The template environment: whose file wins, what is escaped, and how a mistake is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import RenderError
from digest.rendering.sample import sample_content
from digest.rendering.templates import TEXT_WIDTH, Templates, fold, glue


def folder(root: Path, **files: str) -> Path:
    """A folder of templates with one e-mail called mine."""
    (root / "mine").mkdir()
    for name, text in files.items():
        (root / "mine" / name.replace("_", ".")).write_text(text, "utf-8")
    return root


def test_an_operators_file_wins(tmp_path: Path) -> None:
    """A file in the operator's folder replaces the shipped one of that name; the others stay."""
    (tmp_path / "digest").mkdir()
    (tmp_path / "digest" / "subject.txt").write_text("News: {{ subject }}", "utf-8")
    templates = Templates([tmp_path])
    assert templates.render("digest/subject.txt", {"subject": "A & B"}) == "News: A & B"
    assert "digest" in templates.names()
    assert templates.sample("digest")["newsletter"]


def test_names_are_folders_with_a_body(tmp_path: Path) -> None:
    """E-mails of all folders, without the parts that begin with an underscore."""
    names = Templates([folder(tmp_path, body_html="x")]).names()
    assert "mine" in names
    assert "digest" in names
    assert not [name for name in names if name.startswith("_")]


def test_html_is_escaped_and_text_is_not(tmp_path: Path) -> None:
    """By the end of the file's name, also through an include."""
    templates = Templates([folder(tmp_path, body_html="{{ x }}", body_txt="{{ x }}")])
    assert templates.render("mine/body.html", {"x": "<b>&"}) == "&lt;b&gt;&amp;"
    assert templates.render("mine/body.txt", {"x": "<b>&"}) == "<b>&"


def test_a_saved_change_is_seen(tmp_path: Path) -> None:
    """A preview shows what is on disk now."""
    templates = Templates([folder(tmp_path, body_txt="one")])
    assert templates.render("mine/body.txt", {}) == "one"
    (tmp_path / "mine" / "body.txt").write_text("another", "utf-8")
    assert templates.render("mine/body.txt", {}) == "another"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{% if %}", r"mine/body\.txt, line 1"),
        ("one\n{{ nobody }}", r"mine/body\.txt, line 2: 'nobody' is undefined"),
        ("{{ 1 / 0 }}", r"mine/body\.txt, line 1: division by zero"),
        ("{{ story + 1 }}", r"mine/body\.txt, line 1: unsupported operand"),
        ("{% include 'mine/body.txt' %}", r"mine/body\.txt: its files extend or include one another"),
        ("{{ story.nothing }}", "no attribute 'nothing'"),
        ('{% include "mine/absent.txt" %}', r"no template 'mine/absent\.txt'"),
        ("{{ 'x' | nofilter }}", "nofilter"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, body: str, expected: str) -> None:
    """A broken template gives one sentence that names the file."""
    with pytest.raises(RenderError, match=expected):
        Templates([folder(tmp_path, body_txt=body)]).render("mine/body.txt", {"story": {}})


def test_a_file_in_another_encoding_is_said(tmp_path: Path) -> None:
    """One that an editor saved in Latin-1 names itself."""
    folder(tmp_path)
    (tmp_path / "mine" / "body.txt").write_bytes("Grüße".encode("latin-1"))
    with pytest.raises(RenderError, match=r"mine/body\.txt, or a file that it uses, is not UTF-8"):
        Templates([tmp_path]).render("mine/body.txt", {})


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [
        ("issue_date = 2027-03-16", 'issue_date = "yesterday"', r"date.*issue_date"),
        ('postal_address = "', 'postal_address = 7 # "', r"Expected `str`, got `int`.*postal_address"),
        ("headline = ", "headline = 7 # ", r"Expected `str`, got `int`.*stories\[0\]\.headline"),
    ],
)
def test_a_value_of_another_type_in_a_sample_is_said(tmp_path: Path, was: str, becomes: str, expected: str) -> None:
    """The message tells where it stands and what was expected."""
    raw = (Templates().folders[-1] / "digest" / "sample.toml").read_text("utf-8")
    assert was in raw
    templates = Templates([folder(tmp_path, sample_toml=raw.replace(was, becomes, 1))])
    with pytest.raises(RenderError, match=expected):
        sample_content(templates.sample("mine"))


def test_no_template_reaches_outside_its_folders() -> None:
    """A path that climbs is not a template."""
    with pytest.raises(RenderError, match="no template"):
        Templates().render("../../pyproject.toml", {})


def test_samples(tmp_path: Path) -> None:
    """A missing or broken sample says so, and one with a wrong key names it."""
    templates = Templates([folder(tmp_path, body_html="x")])
    with pytest.raises(RenderError, match=r"has no sample\.toml"):
        templates.sample("mine")
    (tmp_path / "mine" / "sample.toml").write_text("x = ", "utf-8")
    with pytest.raises(RenderError, match=r"sample\.toml.*expected TOML"):
        templates.sample("mine")
    with pytest.raises(RenderError, match="colour"):
        sample_content({"newsletter": {"colour": "red"}, "story": []})


def test_fold_and_glue() -> None:
    """Lines of at most 72 columns under a hanging indent; long words stay whole; glued text never breaks."""
    lines = fold("word " * 40 + "x" * 90, "* ").splitlines()
    assert lines[0].startswith("* word")
    assert all(line.startswith("  ") for line in lines[1:])
    assert all(len(line) <= TEXT_WIDTH for line in lines[:-1])
    assert lines[-1].strip() == "x" * 90
    assert glue("3 min read").split(" ") == ["3\xa0min\xa0read"]
