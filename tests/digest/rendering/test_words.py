"""What our e-mails say in which language."""

from __future__ import annotations

import os
from datetime import date
from html import escape
from pathlib import Path

import pytest

from digest.errors import RenderError
from digest.message import LONGEST
from digest.rendering.language import listing, long_date, number, plain_date
from digest.rendering.templates import Templates
from digest.rendering.words import ENGLISH
from digest.resources import shipped

LOCALES = shipped("templates/locales")
HEADER = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
MINUTES = "%(num)s min read"


def locales(root: Path, **catalogs: str) -> Path:
    for name, messages in catalogs.items():
        (root / f"{name.replace('_', '-')}.po").write_text(HEADER + messages, "utf-8")
    return root


@pytest.mark.parametrize(
    ("language", "spoken", "said"),
    [
        ("en", "en", "Unsubscribe"),
        ("en-GB", "en-GB", "Unsubscribe"),
        ("de", "de", "Abbestellen"),
        ("de-AT", "de-AT", "Abbestellen"),
        ("fr-CA", "fr-CA", "Se désabonner"),
        ("es", "es", "Cancelar la suscripción"),
        ("ar-EG", "ar-EG", "إلغاء الاشتراك"),
        ("pt-BR", "en", "Unsubscribe"),
        ("xx", "en", "Unsubscribe"),
    ],
)
def test_a_language_without_a_catalog_speaks_english(language: str, spoken: str, said: str) -> None:
    """And says so, so that no screen reader takes English words for another language."""
    words = Templates().words(language)
    assert (words.language, words.gettext("Unsubscribe")) == (spoken, said)


def test_an_operators_words_win_one_by_one(tmp_path: Path) -> None:
    """A catalog of one message changes that message alone; English words can be changed, and a region has its own."""
    own = locales(
        tmp_path,
        de='msgid "Top story"\nmsgstr "Aufmacher"\n',
        en='msgid "Top story"\nmsgstr "The lead"\n',
        de_AT='msgid "Unsubscribe"\nmsgstr "Abmelden"\n',
    )
    templates = Templates([], [own])
    assert templates.words("de").gettext("Top story") == "Aufmacher"
    assert templates.words("de").gettext("Unsubscribe") == "Abbestellen"
    assert templates.words("de-AT").gettext("Unsubscribe") == "Abmelden"
    assert templates.words("de-AT").gettext("Top story") == "Aufmacher"
    assert templates.words("en-GB").gettext("Top story") == "The lead"
    assert Templates().words("de").gettext("Top story") == "Topthema"


def test_a_saved_change_is_heard(tmp_path: Path) -> None:
    """A preview says what the catalog says now."""
    templates = Templates([], [locales(tmp_path, pt='msgid "Unsubscribe"\nmsgstr "Sair"\n')])
    assert templates.words("pt").gettext("Unsubscribe") == "Sair"
    locales(tmp_path, pt='msgid "Unsubscribe"\nmsgstr "Cancelar"\n')
    os.utime(tmp_path / "pt.po", ns=(1, 1))
    assert templates.words("pt").gettext("Unsubscribe") == "Cancelar"
    assert templates.words("pt") is templates.words("pt")


def test_a_broken_catalog_of_an_operator_is_named(tmp_path: Path) -> None:
    """The words are not used in part: the error tells which line to mend."""
    own = locales(tmp_path, de='msgid "Source: %(publisher)s"\nmsgstr "Quelle"\n')
    with pytest.raises(RenderError, match=r"de\.po, line 5: "):
        Templates([], [own]).words("de")


@pytest.mark.parametrize(
    ("language", "counts"),
    [
        ("en", {1: "1 min read", 2: "2 min read", 1000: "1,000 min read"}),
        ("de", {1: "1\u00a0Min. Lesezeit", 1000: "1.000\u00a0Min. Lesezeit"}),
        ("fr", {0: "0\u00a0min de lecture", 1234: "1\u202f234\u00a0min de lecture"}),
        (
            "ar",
            {
                0: "قراءة في أقل من دقيقة",
                1: "قراءة في دقيقة واحدة",
                2: "قراءة في دقيقتين",
                3: "قراءة في 3\u00a0دقائق",
                11: "قراءة في 11\u00a0دقيقة",
                100: "قراءة في 100\u00a0دقيقة",
                103: "قراءة في 103\u00a0دقائق",
            },
        ),
    ],
)
def test_plural_forms(language: str, counts: dict[int, str]) -> None:
    """The form that the count asks for, the number as the language writes it; Arabic has six."""
    words = Templates().words(language)
    assert {count: words.ngettext(MINUTES, MINUTES, count) for count in counts} == counts


def test_english_counts() -> None:
    """One day and two days need no catalog."""
    forms = ("The link works for %(num)s day.", "The link works for %(num)s days.")
    assert [ENGLISH.ngettext(*forms, count) for count in (0, 1, 2)] == [
        "The link works for 0 days.",
        "The link works for 1 day.",
        "The link works for 2 days.",
    ]


def test_typography() -> None:
    """Titles in the marks of the language, French with its narrow no-break spaces."""
    why = "You get this because you signed up for %(title)s."
    said = {language: Templates().words(language).gettext(why, title="Tide") for language in ("de", "fr", "es", "ar")}
    assert "„Tide“" in said["de"]
    assert "«\u202fTide\u202f»" in said["fr"]
    assert "«Tide»" in said["es"]
    assert "«Tide»" in said["ar"]
    for text in LOCALES.joinpath("fr.po").read_text("utf-8").splitlines():
        if text.startswith("msgstr"):
            assert not any(f" {mark}" in text or "« " in text for mark in ":;!?»"), text


@pytest.mark.parametrize("language", Templates().languages())
def test_the_sentence_about_a_reader_fits_its_slot(language: str) -> None:
    """In bytes, escaped, on the day with the longest date: the size budget counts on it."""
    sent_to = Templates().words(language).sent_to()
    days = (date(2026, month, 28) for month in range(1, 13))
    longest = max(
        len(escape(sent_to.dated % {"address": "", "date": plain_date(day, language)}).encode()) for day in days
    )
    assert max(longest, len(escape(sent_to.plain % {"address": ""}).encode())) + 254 <= LONGEST["sent_to"]


def test_words_are_escaped_once(tmp_path: Path) -> None:
    """In HTML the translation is text like any other, and so is what is put into it; plain text stays plain."""
    own = locales(tmp_path, de='msgid "Source: %(publisher)s"\nmsgstr "<b>Q&A</b> %(publisher)s 100 %%"\n')
    (tmp_path / "mine").mkdir()
    source = '{{ _("Source: %(publisher)s", publisher=p) }}{% trans publisher=p %}Source: {{ publisher }}{% endtrans %}'
    for name in ("body.html", "body.txt"):
        (tmp_path / "mine" / name).write_text(source, "utf-8")
    templates = Templates([tmp_path], [own])
    words = templates.words("de")
    shown = "&lt;b&gt;Q&amp;A&lt;/b&gt; &lt;i&gt; %(x)s {y} 100 %"
    view = {"p": "<i> %(x)s {y}"}
    assert templates.render("mine/body.html", view, words) == shown * 2
    assert templates.render("mine/body.txt", view, words) == "<b>Q&A</b> <i> %(x)s {y} 100 %" * 2


def test_words_without_their_value_name_the_sentence(tmp_path: Path) -> None:
    """A template that forgets a value is told which."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "body.txt").write_text('{{ _("Source: %(publisher)s") }}', "utf-8")
    with pytest.raises(RenderError, match=r"Source: %\(publisher\)s.*'publisher'"):
        Templates([tmp_path]).render("mine/body.txt", {})


def test_each_language_keeps_its_own_words(tmp_path: Path) -> None:
    """One environment renders many languages, also through an imported macro, without mixing them."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "parts.html").write_text('{% macro out() %}{{ _("Unsubscribe") }}{% endmacro %}', "utf-8")
    (tmp_path / "mine" / "body.html").write_text('{% import "mine/parts.html" as p %}{{ p.out() }}', "utf-8")
    templates = Templates([tmp_path])
    said = [templates.render("mine/body.html", {}, templates.words(language)) for language in ("de", "en", "es", "de")]
    assert said == ["Abbestellen", "Unsubscribe", "Cancelar la suscripción", "Abbestellen"]


@pytest.mark.parametrize(
    ("language", "long", "full"),
    [
        ("en-GB", "1 March 2027", "Monday, 1 March 2027"),
        ("de", "1. März 2027", "Montag, 1. März 2027"),
        ("fr", "1er mars 2027", "lundi 1er mars 2027"),
        ("es", "1 de marzo de 2027", "lunes, 1 de marzo de 2027"),
        ("ar", "1 مارس 2027", "الاثنين، 1 مارس 2027"),
    ],
)
def test_dates(language: str, long: str, full: str) -> None:
    """As the language writes them, the first of a month in French too."""
    day = date(2027, 3, 1)
    assert plain_date(day, language) == long
    assert long_date(day, language) == full
    assert plain_date(date(2027, 3, 11), "fr") == "11 mars 2027"


def test_numbers_and_lists() -> None:
    """Separators and joining words of the language."""
    assert [number(1234567, language) for language in ("en", "de", "fr")] == [
        "1,234,567",
        "1.234.567",
        "1\u202f234\u202f567",
    ]
    assert [listing(["A", "B", "C"], language) for language in ("en", "en-GB", "de", "ar")] == [
        "A, B, and C",
        "A, B and C",
        "A, B und C",
        "A وB وC",
    ]
    assert listing([], "en") == ""
