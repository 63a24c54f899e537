"""A rehearsal finds what is wrong with a template, where it stands, and nothing in the shipped ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.model import Severity
from digest.rendering.rehearsal import rehearse
from digest.rendering.templates import Templates
from digest.resources import shipped

SHIPPED = Templates()


def changed(root: Path, file: str, old: str, new: str) -> Templates:
    """The shipped templates with one file changed, as an operator would."""
    path = root / file
    path.parent.mkdir(exist_ok=True)
    source = (shipped("templates/email") / file).read_text("utf-8")
    assert old in source
    path.write_text(source.replace(old, new, 1), "utf-8")
    return Templates([root])


def codes(templates: Templates, name: str = "digest", language: str = "en-GB") -> dict[str, str]:
    """Code → the part of its first place, without what is also found in the shipped templates."""
    usual = {found.code for found in rehearse(SHIPPED, name, "sample", language)}
    found = rehearse(templates, name, "sample", language)
    return {each.code: each.places[0].part for each in found if each.code not in usual}


@pytest.mark.parametrize("name", SHIPPED.names())
def test_no_shipped_template_has_an_error(name: str) -> None:
    """Each of its samples, in its own language and in the others."""
    for case in SHIPPED.cases(name):
        for language in ("en-GB", *SHIPPED.languages()[1:]):
            found = rehearse(SHIPPED, name, case, language)
            assert [each for each in found if each.severity is Severity.ERROR] == [], (case, language)


@pytest.mark.parametrize("bad", ["{{ loop.index }}", "{% if loop.first %}first{% endif %}", "{{ loop.last }}"])
def test_an_item_that_depends_on_its_place_is_found(tmp_path: Path, bad: str) -> None:
    """A reader with other stories would get another text than the template makes."""
    templates = changed(
        tmp_path, "digest/body.txt", "{% for story in stories %}", "{% for story in stories %}{{ story.cut }}" + bad
    )
    source = (tmp_path / "digest/body.txt").read_text("utf-8")
    (tmp_path / "digest/body.txt").write_text(source.replace(bad + "\n{{ story.cut }}", bad + "\n", 1), "utf-8")
    assert codes(templates) == {"cut-marks": "text"}


def test_a_broken_template_is_one_finding_with_its_line(tmp_path: Path) -> None:
    """What cannot be rendered is told as the engine tells it, as an error."""
    templates = changed(tmp_path, "confirm/body.html", "{% block heading %}", "{% block heading %}{{ nobody }}")
    (found,) = rehearse(templates, "confirm", "sample", "en")
    assert (found.code, found.severity) == ("rendering", Severity.ERROR)
    assert "nobody" in found.message


@pytest.mark.parametrize(
    ("file", "after"), [("digest/body.html", "{% block content %}"), ("_base/parts.html", "{% macro footer() %}")]
)
def test_a_template_that_uses_itself_is_one_finding(tmp_path: Path, file: str, after: str) -> None:
    """It names the way round, and is found before anything is rendered: that would not end."""
    templates = changed(tmp_path, file, after, after + '{% if title %}{% include "digest/body.html" %}{% endif %}')
    (found,) = rehearse(templates, "digest", "sample", "en-GB")
    way = " → ".join(dict.fromkeys(("digest/body.html", file)))
    assert f"without an end: {way} → digest/body.html; take one of these out" in found.message


def test_a_rule_of_the_plain_styles_is_found_where_it_stands(tmp_path: Path) -> None:
    """With the file and the line that wrote it."""
    templates = changed(tmp_path, "_base/inlined.css", "\nbody{", "\n.sheet .pad{margin:0}\nbody{")
    line = (tmp_path / "_base/inlined.css").read_text("utf-8").splitlines().index(".sheet .pad{margin:0}") + 1
    assert codes(templates)["plain-selector"] == f"_base/inlined.css:{line}"


def test_words_that_a_catalog_lacks_are_named(tmp_path: Path) -> None:
    """An own template's own words, in each language that has a catalog; English needs none."""
    templates = changed(tmp_path, "confirm/body.txt", "{% block message %}", '{% block message %}\n{{ _("Ahoy!") }}')
    line = (tmp_path / "confirm/body.txt").read_text("utf-8").splitlines().index('{{ _("Ahoy!") }}') + 1
    (missing,) = [each for each in rehearse(templates, "confirm", "sample", "de") if each.code == "words-missing"]
    assert missing.message.startswith("1 of the words")
    assert missing.places[0] == (f"confirm/body.txt:{line}", None, "Ahoy!")
    assert codes(templates, "confirm") == {}


def test_a_new_language_is_asked_for_every_word(tmp_path: Path) -> None:
    """Also for those that no template holds."""
    header = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    (tmp_path / "pt.po").write_text(header + 'msgid "Unsubscribe"\nmsgstr "Sair"\n', "utf-8")
    templates = Templates([], [tmp_path])
    (missing,) = [each for each in rehearse(templates, "goodbye", "sample", "pt") if each.code == "words-missing"]
    assert missing.message.startswith(f"{len(templates.shipped_messages()) - 1} of the words")
