"""Operators' files come first, mistakes in them are found at the start, and values are escaped."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from digest.errors import RenderError
from digest.pages.pages import Pages, choices
from digest.resources import shipped

SHIPPED = shipped("templates/pages")


def text(pages: Pages, template: str, **values: object) -> str:
    return bytes(pages.page(template, values).body).decode()


def test_an_operators_file_replaces_one_and_inherits_the_rest(tmp_path: Path) -> None:
    """A copy of one template or stylesheet in the operator's folder wins; all others are the shipped ones."""
    (tmp_path / "notice.html").write_text(
        '{% extends "base.html" %}{% block main %}<h1>Ours: {{ headline }}</h1>{% endblock %}', "utf-8"
    )
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "pages.css").write_text("h1{color:teal}", "utf-8")
    own, plain = Pages(tmp_path, SHIPPED), Pages(SHIPPED)
    page = text(own, "notice.html", headline="A <b>", advice="")
    assert "<h1>Ours: A &lt;b&gt;</h1>" in page
    assert '<body class="reader">' in page
    assert page.partition("pages.css?")[2][:16] != text(plain, "unknown_link.html").partition("pages.css?")[2][:16]
    assert "This link does not work" in text(own, "unknown_link.html")


def test_a_mistake_in_a_template_is_found_at_the_start(tmp_path: Path) -> None:
    """A syntax error names file and line before any reader meets it."""
    (tmp_path / "unsubscribe.html").write_text("<p>\n{% if %}\n", "utf-8")
    with pytest.raises(RenderError, match=r"unsubscribe\.html, line 2: "):
        Pages(tmp_path, SHIPPED)


@pytest.mark.parametrize(
    "template",
    ["{{ unknown }}", "{{ headline.__class__.__mro__ }}", "{{ headline.missing }}", "{% include 'gone.html' %}"],
)
def test_a_template_gets_the_values_it_is_given_and_nothing_behind_them(tmp_path: Path, template: str) -> None:
    """A name that is not there, or a reach behind a value, is an error that names the page."""
    (tmp_path / "notice.html").write_text(template, "utf-8")
    with pytest.raises(RenderError, match=r"the page notice\.html cannot be made"):
        Pages(tmp_path, SHIPPED).page("notice.html", {"headline": "x", "advice": "y"})


def test_moments_and_sizes_in_words(tmp_path: Path) -> None:
    """Instants are shown in UTC whatever their zone; sizes in bytes or kilobytes."""
    (tmp_path / "notice.html").write_text("{{ at|moment }} {{ 999|bytes }} {{ 27_449|bytes }}", "utf-8")
    at = datetime(2026, 11, 3, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    assert text(Pages(tmp_path), "notice.html", at=at) == "2 Nov 2026, 22:05 UTC 999 B 27.4 kB"


def test_choices_change_one_parameter_and_keep_the_others() -> None:
    """Links for the macro `choice`: what is shown, where it leads, which one is current."""
    made = choices("/7", {"view": "html", "width": "600"}, "view", {"html": "HTML", "text": "Text"})
    assert made == [("HTML", "/7?view=html&width=600", True), ("Text", "/7?view=text&width=600", False)]
