"""Outlook for Windows, which renders with Word: its conditional comments, ghost tables and box model."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.model import Finding, Place, Severity
from digest.rendering.checks.css import declarations, pixels
from digest.rendering.checks.proof import EXCERPT, Proof, at, finding, tag

_OPENED = re.compile(r"<!--\[if\b")
_CLOSED = re.compile(r"<!\[endif\]-->")
_INNER_TAG = re.compile(r"<(/?)([a-z][a-z0-9:]*)\b[^>]*?(/?)>", re.IGNORECASE)
_GHOST = re.compile(r"<(table|td)\b[^>]*\b(?:width=\"?(\d+)|width:\s*(\d+)px)", re.IGNORECASE)
_VOID = {"br", "img", "hr", "meta", "link", "col"}
_PADDED = {"td", "th", "body", "html", "table", "ul", "ol"}
"""Elements on which Word reads padding, or, for a list and the page, indents by itself."""


def check_conditionals(proof: Proof) -> Iterator[Finding]:
    """`outlook-comments`: an unclosed comment hides the rest of the message; an unclosed table tears the layout."""
    opened, closed = len(_OPENED.findall(proof.html)), len(_CLOSED.findall(proof.html))
    if opened != closed or len(proof.conditionals) != opened:
        yield finding(
            "outlook-comments",
            Severity.ERROR,
            f"{opened} conditional comments for Outlook are opened, and {closed} are closed.",
            "Close every <!--[if mso]> with <![endif]-->, before the next one opens.",
        )
        return
    stack: list[str] = []
    for comment in proof.conditionals:
        for slash, name, selfclosed in _INNER_TAG.findall(comment):
            if selfclosed or name.lower() in _VOID:
                continue
            if not slash:
                stack.append(name.lower())
            elif stack and stack[-1] == name.lower():
                stack.pop()
            else:
                yield _unbalanced(f"</{name}>", comment)
                return
    if stack:
        yield _unbalanced(f"<{stack[-1]}>", proof.conditionals[-1])


def check_ghost_table(proof: Proof) -> Iterator[Finding]:
    """`outlook-width`: Word ignores max-width on all but tables, and there in newer versions only."""
    widths = {float(width or css) for comment in proof.conditionals for _, width, css in _GHOST.findall(comment)}
    for element in proof.shown:
        for declared in declarations(element.get("style", ""))[0]:
            limit = pixels(declared.value) if declared.name == "max-width" and element.tag != "img" else None
            if limit is not None and limit not in widths:
                yield finding(
                    "outlook-width",
                    Severity.ERROR,
                    f"Nothing holds Outlook to the {limit:g} pixels of this element; it fills the window there.",
                    f'Put it in a ghost table: <!--[if mso]><table role="presentation" width="{limit:g}">….',
                    at(element),
                )


def check_padding(proof: Proof) -> Iterator[Finding]:
    """`outlook-padding`: Word reads padding on table cells only; what needs it has a cell with `mso-padding-alt`."""
    padded = {}
    for element in proof.shown:
        style = element.get("style", "")
        if "padding" in style and element.tag not in _PADDED and style not in padded and _pads(style):
            parent = element.getparent()
            if "mso-padding-alt" not in (style + (parent.get("style", "") if parent is not None else "")):
                padded[style] = element
    if padded:
        first = next(iter(padded.values()))
        yield finding(
            "outlook-padding",
            Severity.WARNING,
            f"The padding of this {tag(first)} does not exist in Outlook, which reads it on table cells only.",
            "Move it to the cell around the element, or use a margin; a button's cell takes mso-padding-alt.",
            *(at(element) for element in padded.values()),
        )


def _pads(style: str) -> bool:
    return any(
        token.type == "dimension"
        for declared in declarations(style)[0]
        if declared.name.startswith("padding")
        for token in declared.tokens
    )


def _unbalanced(tag: str, comment: str) -> Finding:
    return finding(
        "outlook-comments",
        Severity.ERROR,
        f"The tags in the conditional comments for Outlook do not match: {tag} has no counterpart.",
        "Close every ghost table, row and cell in a later conditional comment.",
        Place("conditional comment", None, comment[:EXCERPT]),
    )
