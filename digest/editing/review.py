"""What stands in the way of an edition, and what a person may do about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from digest.errors import FindingsBlock, UsageError
from digest.model import Edition, Finding

NO_STORIES = "no-stories"
"""The error of an edition without a story. No reason overrides it, since there is nothing to send."""


class Blocking(NamedTuple):
    """An error finding that nobody overrode; `story` is its headline, None for the edition itself."""

    story: str | None
    finding: Finding


def blocking(edition: Edition) -> list[Blocking]:
    """Every error finding of the edition and of the stories in it that no override covers."""
    mended = edition.overrides.keys() - {NO_STORIES}
    found = [Blocking(None, finding) for finding in edition.findings if _blocks(finding, mended)]
    for story in edition.stories:
        found.extend(Blocking(story.headline, finding) for finding in story.errors if finding.code not in mended)
    return found


def _blocks(finding: Finding, mended: Collection[str]) -> bool:
    return finding.severity == "error" and finding.code not in mended


def require_clear(edition: Edition) -> None:
    """Raise FindingsBlock when an error finding stands."""
    found = blocking(edition)
    if not found:
        return
    lines = [f"  {story or 'the edition'}: {finding.message} [{finding.code}]" for story, finding in found]
    codes = [finding.code for _, finding in found if finding.code != NO_STORIES]
    advice = (
        f'Mend the article and build again, or send all the same with --override {codes[0]}="the reason".'
        if codes
        else found[0].finding.advice
    )
    raise FindingsBlock(
        f"edition {edition.id} is not sent, because of {len(found)} error finding{'s'[: len(found) > 1]}:\n"
        + "\n".join(lines)
        + f"\n{advice}"
    )


def parse_overrides(texts: tuple[str, ...]) -> dict[str, str]:
    """`CODE=REASON` → code and reason. Raises UsageError for anything else, and for an empty reason."""
    overrides = {}
    for text in texts:
        code, sign, reason = (part.strip() for part in text.partition("="))
        if not (code and sign and reason):
            raise UsageError(
                f"--override {text!r}: expected CODE=REASON, for example quote-not-in-body=checked by phone"
            )
        overrides[code] = reason
    return overrides


def recorded(
    overrides: Mapping[str, str], before: Mapping[str, dict[str, str]], by: str, at: datetime
) -> dict[str, dict[str, str]]:
    """Each override with who gave it and when: for the same reason, whoever gave it first."""
    return {
        code: before[code]
        if before.get(code, {}).get("reason") == reason
        else {"reason": reason, "by": by, "at": at.isoformat()}
        for code, reason in overrides.items()
    }
