"""Catalogs of words: the shipped ones are whole, and one that would break a sentence is refused with file and line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from digest.errors import RenderError
from digest.rendering.catalog import read
from digest.resources import CHECKOUT, shipped

SHIPPED = sorted(shipped("templates/locales").glob("*.po"))
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {}\\n"\n\n'
TWO = HEADER.format("nplurals=2; plural=(n != 1);")


def catalog(folder: Path, text: str) -> Path:
    path = folder / "xx.po"
    path.write_text(text, "utf-8")
    return path


def test_every_word_is_translated() -> None:
    """No catalog lacks a message of the templates and the code, has an untranslated one, or one nobody says."""
    tool = [sys.executable, CHECKOUT / "tools/words.py", "--check"]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_every_shipped_catalog_is_sound(path: Path) -> None:
    """It can be read, says the same number of things as the others, and its header tells how readers are addressed."""
    read_one = read(path)
    assert len(read_one.messages) == len(read(SHIPPED[0]).messages) > 40
    assert "Addresses readers" in path.read_text("utf-8").split("msgid", 1)[0]


def test_the_languages_that_ship() -> None:
    """German, French, Spanish and Arabic beside English."""
    assert [path.stem for path in SHIPPED] == ["ar", "de", "es", "fr"]


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('msgid "Source: %(publisher)s"\nmsgstr "Quelle"\n', 6, r"lacks %\(publisher\)s"),
        ('\nmsgid "Source: %(publisher)s"\nmsgstr "%(publisher)s %(reader)s"\n', 7, r"has %\(reader\)s"),
        ('msgid "Source: %(publisher)s"\nmsgstr "%(publisher)d"\n', 6, r"has %,|lacks"),
        ('msgid "Unsubscribe"\nmsgstr "100 % weg"\n', 6, "write percent as %%"),
        ('msgid "Unsubscribe"\nmsgstr "%s"\n', 6, "has %"),
        ('msgid "Unsubscribe"\nmsgstr "ab\\nbestellen"\n', 6, "line break"),
        ('msgid "Unsubscribe"\nmsgstr "\u202eab"\n', 6, "invisible control"),
        (
            'msgid "%(num)s day"\nmsgid_plural "%(num)s days"\nmsgstr[0] "%(num)s Tag"\nmsgstr[1] ""\n',
            6,
            "2 plural forms",
        ),
        (
            'msgid "%(num)s day"\nmsgid_plural "%(num)s days"\nmsgstr[0] "ein Tag"\nmsgstr[1] "%(nun)s"\n',
            6,
            r"%\(nun\)s",
        ),
        ("garbage\n", 6, "PO file"),
    ],
)
def test_a_translation_that_breaks_a_sentence_is_refused(tmp_path: Path, text: str, line: int, told: str) -> None:
    """A missing or foreign placeholder, a bare percent sign, a control, missing plural forms: with file and line."""
    with pytest.raises(RenderError, match=rf"xx\.po, line {line}: .*({told})"):
        read(catalog(tmp_path, TWO + text))


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("nplurals=3; plural=(n != 1);", "nplurals=3, but its rule chooses"),
        ("nplurals=2; plural=(n > 1 ? 2 : n);", "nplurals=2, but its rule chooses"),
        ("nplurals=two; plural=(n != 1);", "header cannot be used"),
        ("nplurals=2; plural=__import__('os');", "header cannot be used"),
        ("nplurals=2; plural=1/(n-5);", "plural rule .* fails"),
    ],
)
def test_a_plural_rule_that_does_not_fit_is_refused(tmp_path: Path, rule: str, told: str) -> None:
    """Every form must be chosen for some count, and no other; a rule is arithmetic, never a program."""
    with pytest.raises(RenderError, match=rf"xx\.po: .*{told}"):
        read(catalog(tmp_path, HEADER.format(rule)))


def test_other_files_are_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are named by line; a folder or a missing file by what is wrong."""
    path = tmp_path / "xx.po"
    path.write_bytes(TWO.encode() + 'msgid "a"\nmsgstr "ä"\n'.encode("latin-1"))
    with pytest.raises(RenderError, match=r"xx\.po, line 7: .*UTF-8"):
        read(path)
    with pytest.raises(RenderError, match="readable"):
        read(tmp_path)


def test_what_is_not_translated_is_not_there(tmp_path: Path) -> None:
    """Empty and fuzzy messages fall back to the next catalog, and in the end to English."""
    made = read(
        catalog(tmp_path, TWO + 'msgid "a"\nmsgstr ""\n\n#, fuzzy\nmsgid "b"\nmsgstr "B"\n\nmsgid "c"\nmsgstr "C"\n')
    )
    assert dict(made.messages) == {"c": ("C",)}
