"""The desk: runs every check over a story and applies the operator's severities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from digest.model import Finding, Severity
from digest.writing.checks.claims import check_hedges, check_names, check_negations, check_numbers
from digest.writing.checks.form import check_body, check_caption, check_characters, check_metadata, check_takes
from digest.writing.checks.proof import Proof
from digest.writing.checks.quoted import check_quoted, check_speakers
from digest.writing.checks.times import check_conflicts, check_undated
from digest.writing.checks.titles import check_titles

_CHECKS: tuple[Callable[[Proof], Iterator[Finding]], ...] = (
    check_body,
    check_titles,
    check_conflicts,
    check_quoted,
    check_speakers,
    check_undated,
    check_negations,
    check_hedges,
    check_numbers,
    check_names,
    check_metadata,
    check_caption,
    check_takes,
    check_characters,
)
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def check(proof: Proof, severities: Mapping[str, str]) -> tuple[Finding, ...]:
    """Every finding about a story, errors first.

    `severities` maps a code to `error`, `warning`, `info` or `off`; other values change nothing.
    """
    found = []
    for run in _CHECKS:
        for finding in run(proof):
            wanted = severities.get(finding.code)
            if wanted == "off":
                continue
            if wanted in tuple(Severity):
                finding = replace(finding, severity=Severity(wanted))
            found.append(finding)
    return tuple(sorted(found, key=lambda f: _ORDER[f.severity]))
