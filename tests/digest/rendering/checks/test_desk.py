"""Each check of a message finds the fault that it is there for, and nothing in a sound message."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
from broken import BROKEN, SOUND, Change, block, header, html, shown, subject, text

import digest.rendering.checks
from digest.model import Severity
from digest.rendering.checks import check, graded

ELSEWHERE = {"mime-lines", "mime-parts", "link-dead", "link-unchecked"}
"""Codes whose fault needs a raw message or a network; their own tests have them."""


def codes() -> set[str]:
    """Every code that a module of the checks gives: the first argument of `finding`."""
    found = set()
    for path in Path(digest.rendering.checks.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "finding":
                first = node.args[0]
                found |= {first.value} if isinstance(first, ast.Constant) else {"text-quotes", "text-headlines"}
    return found


def test_a_sound_message_has_no_finding() -> None:
    """Warnings and what is only recorded included."""
    assert check(SOUND) == ()


@pytest.mark.parametrize("fault", BROKEN)
def test_each_fault_is_found(fault: str) -> None:
    """A message that was broken on purpose gives the finding of that name, of that severity, with advice."""
    severity, change = BROKEN[fault]
    named = [finding for finding in check(change(SOUND)) if finding.code == fault.split()[0]]
    assert [finding.severity for finding in named] == [severity] * max(1, len(named))
    for finding in named:
        assert finding.message.endswith(".")
        assert finding.advice.endswith(".")
        assert finding.places


HARMLESS: dict[str, Change] = {
    "text in a cell for fillers": shown(
        '<p class="ink" style="font-size:1px"><span style="font-size:16px">Words</span></p>'
    ),
    "a filler without letters": shown('<p style="font-size:1px; line-height:1px">&nbsp;&#847;</p>'),
    "a table of data": shown('<table class="ink"><tr><th scope="col">Crowns</th></tr><tr><td>4</td></tr></table>'),
    "a decoration": html('alt="The ferry at the quay, lit from within"', 'alt=""'),
    "an image of this machine": html("https://post.example.com/media", "http://127.0.0.1:8025/media"),
    "a host that is part of the target's": html("Read of the yard at The Ledger", "example.com"),
    "words with a dot": html("Read of the yard at The Ledger", "No. 7 at the yard"),
    "the same words to the same place": shown(
        '<a class="link" style="color:blue" href="https://ledger.example.com/yard">Read of the yard at The Ledger</a>'
    ),
    "an acronym": subject("NATO, UN"),
    "one mark": subject("Night ferry keeps its promise!"),
    "a subject in another script": subject("عبّارة الليل تفي بوعدها ولا تترك أحدًا"),
    "other marks in the text part": text(
        "“We said that nobody stays behind,\n    and nobody did.”",
        '"We said that nobody\nstays behind, and nobody did."',
    ),
    "a long address": text(
        "https://ledger.example.com/ferry", "https://ledger.example.com/ferry\nhttps://a.example/" + "x" * 90
    ),
    "a link to write to": shown(
        '<a class="link" style="color:#0B57A4" href="mailto:post@example.com">Write to The Ferry Post</a>'
    ),
    "no padding": html(
        '<p class="ink" style="margin:0; font-size:14px', '<p class="ink" style="margin:0; padding:0; font-size:14px'
    ),
    "two addresses to leave by": header("List-Unsubscribe", "<mailto:a@example.com>, <https://reader.example/u>"),
    "a rule for print": block("@media print{.pad{padding:0 !important}}"),
    "colours with commas": block("@media print{.pad{color:rgb(0, 128, 0) !important}}"),
}
"""What looks like a fault and is none."""


@pytest.mark.parametrize("change", HARMLESS)
def test_what_only_looks_like_a_fault_is_none(change: str) -> None:
    """A sound message stays sound."""
    assert check(HARMLESS[change](SOUND)) == ()


def test_every_code_has_a_fault() -> None:
    """No check stands without a message that proves that it can fail."""
    assert codes() - ELSEWHERE == {fault.split()[0] for fault in BROKEN}


def test_every_code_is_documented() -> None:
    """The table of docs/message-checks.md has each code once, and no other."""
    page = Path(__file__).parents[4] / "docs/message-checks.md"
    listed = re.findall(r"^\| `([a-z-]+)` \|", page.read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(codes())


def test_worst_first() -> None:
    """Errors stand before warnings, and warnings before what is only recorded."""
    worse = replace(SOUND, preheader="", html=SOUND.html.replace("The last boat", "x" * 999 + "\x92"))
    found = [finding.severity for finding in check(worse)]
    assert found == sorted(found, key=list(Severity).index)
    assert set(found) == set(Severity)


def test_an_operator_sets_severities() -> None:
    """A code is raised, lowered or switched off; an unknown severity changes nothing."""
    plain = check(replace(SOUND, subject="Night ferry! It came!", headers=None))
    assert [finding.code for finding in plain] == ["subject-marks"]
    assert graded(plain, {"subject-marks": "error"})[0].severity is Severity.ERROR
    assert graded(plain, {"subject-marks": "off"}) == ()
    assert graded(plain, {"subject-marks": "loud", "title": "off"}) == plain


def test_an_empty_document_is_judged_too() -> None:
    """A message without a body is full of faults, and none of the checks falls over it."""
    for document in ("", "<html></html>", "<p>", "<!--"):
        assert {"title", "headings", "unsubscribe-missing"} <= {f.code for f in check(replace(SOUND, html=document))}
