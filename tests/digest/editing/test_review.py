"""What stands in the way of a send, and how a person says that it does not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from digest.editing.review import Blocking, blocking, parse_overrides, require_clear
from digest.errors import FindingsBlock, UsageError
from digest.model import Edition, EditionState, Finding, Severity, Story

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


def finding(code: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(code=code, severity=severity, message=f"About {code}.", advice="Mend it.")


def story(headline: str, *findings: Finding) -> Story:
    return Story(
        article=headline,
        ref="a.txt",
        headline=headline,
        dek=None,
        caption=None,
        takes=(),
        quotes=(),
        findings=findings,
    )


def edition(**fields: Any) -> Edition:
    return Edition(
        id=12,
        newsletter="morning",
        issue_date=date(2026, 11, 23),
        state=EditionState.DRAFT,
        subject="s",
        fingerprint="f",
        provider="main",
        created_at=NOW,
        **fields,
    )


def test_only_errors_block() -> None:
    """Warnings and remarks never do, wherever they stand; what was left out blocks nothing."""
    made = edition(
        findings=(finding("size", Severity.WARNING),),
        stories=(story("a", finding("b", Severity.INFO), finding("c", Severity.WARNING)),),
        left_out=(story("left", finding("wrong")),),
    )
    assert blocking(made) == []
    require_clear(made)


def test_every_error_is_named_with_its_story() -> None:
    """Those of the edition itself first; exit code 3 goes with it, and the advice names a code that works."""
    made = edition(findings=(finding("size"),), stories=(story("Salt", finding("title"), finding("london")),))

    assert blocking(made) == [
        Blocking(None, finding("size")),
        Blocking("Salt", finding("title")),
        Blocking("Salt", finding("london")),
    ]
    with pytest.raises(FindingsBlock) as block:
        require_clear(made)
    assert block.value.exit_code == 3
    assert str(block.value).splitlines() == [
        "edition 12 is not sent, because of 3 error findings:",
        "  the edition: About size. [size]",
        "  Salt: About title. [title]",
        "  Salt: About london. [london]",
        'Mend the article and build again, or send all the same with --override size="the reason".',
    ]


def test_an_override_covers_its_code_everywhere() -> None:
    """In every story and in the edition; other codes still block."""
    made = edition(
        findings=(finding("title"),),
        stories=(story("Salt", finding("title")), story("Fish", finding("title"), finding("london"))),
        overrides={"title": "checked"},
    )
    assert blocking(made) == [Blocking("Fish", finding("london"))]
    with pytest.raises(FindingsBlock, match="because of 1 error finding:"):
        require_clear(made)


def test_no_reason_sends_an_edition_without_a_story() -> None:
    """There is nothing to send: an override of that code changes nothing, and none is advised."""
    made = edition(findings=(finding("no-stories"),), overrides={"no-stories": "send it"})
    with pytest.raises(FindingsBlock) as block:
        require_clear(made)
    assert str(block.value).endswith("\n  the edition: About no-stories. [no-stories]\nMend it.")


def test_overrides_are_code_and_reason() -> None:
    """White space around both is dropped, a reason may hold the sign, the last of one code counts."""
    assert parse_overrides(("a-b=checked", " c = by phone = twice ", "a-b=again")) == {
        "a-b": "again",
        "c": "by phone = twice",
    }
    assert parse_overrides(()) == {}


@pytest.mark.parametrize("text", ["", "=", "code", "code=", "code=  ", "=reason", "  =reason"])
def test_an_override_without_a_reason_is_refused(text: str) -> None:
    """A wrong usage, with an example of the right one."""
    with pytest.raises(UsageError, match="expected CODE=REASON, for example"):
        parse_overrides((text,))
