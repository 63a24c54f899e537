"""The desk: runs every check over a proof and applies the operator's severities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from digest.model import Finding, Severity
from digest.rendering.checks.accessibility import (
    check_headings,
    check_language,
    check_link_text,
    check_tables,
    check_targets,
    check_title,
    check_type_size,
)
from digest.rendering.checks.clipping import check_characters, check_size
from digest.rendering.checks.contrast import check_contrast
from digest.rendering.checks.envelope import check_headers, check_wire
from digest.rendering.checks.images import check_images
from digest.rendering.checks.leaving import check_leaving
from digest.rendering.checks.links import check_links
from digest.rendering.checks.outlook import check_conditionals, check_ghost_table, check_padding
from digest.rendering.checks.parity import check_text
from digest.rendering.checks.proof import Proof
from digest.rendering.checks.spam import check_disguise, check_hidden, check_image_only
from digest.rendering.checks.styles import check_dropped, check_losing, check_style_size
from digest.rendering.checks.subject import check_preheader, check_subject
from digest.rendering.checks.support import check_support

_CHECKS: tuple[Callable[[Proof], Iterator[Finding]], ...] = (
    check_size,
    check_characters,
    check_subject,
    check_preheader,
    check_leaving,
    check_headers,
    check_wire,
    check_text,
    check_links,
    check_images,
    check_contrast,
    check_language,
    check_title,
    check_tables,
    check_headings,
    check_link_text,
    check_type_size,
    check_targets,
    check_style_size,
    check_dropped,
    check_losing,
    check_conditionals,
    check_ghost_table,
    check_padding,
    check_support,
    check_disguise,
    check_hidden,
    check_image_only,
)
_ORDER = list(Severity)


def check(proof: Proof, severities: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """Everything that is wrong with a message, worst first.

    `severities` maps a code to `error`, `warning`, `info` or `off`; other values change nothing.
    """
    return graded((found for run in _CHECKS for found in run(proof)), severities or {})


def graded(findings: Iterable[Finding], severities: Mapping[str, str]) -> tuple[Finding, ...]:
    """The findings with an operator's severities, worst first; those that are off are left out."""
    kept = [
        replace(found, severity=Severity(wanted)) if (wanted := severities.get(found.code)) in _ORDER else found
        for found in findings
        if severities.get(found.code) != "off"
    ]
    return tuple(sorted(kept, key=lambda found: _ORDER.index(found.severity)))
