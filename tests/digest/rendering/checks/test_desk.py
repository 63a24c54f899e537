"""Each check of a message finds the fault that it is there for, and nothing in a sound message."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
from broken import BROKEN, SOUND

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
    for html in ("", "<html></html>", "<p>"):
        assert {"title", "headings", "unsubscribe-missing"} <= {f.code for f in check(replace(SOUND, html=html))}
