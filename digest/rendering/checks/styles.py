"""Style blocks: what Gmail drops whole, and what loses to an inlined value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.model import Finding, Place, Severity
from digest.rendering.checks.css import Rule, declarations
from digest.rendering.checks.proof import EXCERPT, Proof, at, finding

STYLE_LIMIT = 16_384
"""Bytes of all style blocks together; Gmail drops the block that passes it (hteumeuleu/email-bugs #90)."""
STYLE_BUDGET = 8_192
"""Bytes: the limit of older Gmail apps."""

_SPACED_COLOUR = re.compile(r"\b(?:rgba?|hsla?)\(\s*[\d.%]+(?:deg)?\s+[\d.]", re.IGNORECASE)
_IMPORTANT = re.compile(r"(.?)!\s*(important)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RECOLOURED = re.compile(r"^\[data-ogs[cb]\]\s*")
_DARK = "prefers-color-scheme"


def check_style_size(proof: Proof) -> Iterator[Finding]:
    """`style-size`: all blocks together."""
    size = sum(len(css.encode()) for css, _ in proof.sheets)
    if size > STYLE_BUDGET:
        yield finding(
            "style-size",
            Severity.ERROR if size > STYLE_LIMIT else Severity.WARNING,
            f"The style blocks take {size:,} bytes of {STYLE_BUDGET:,}; Gmail drops what passes {STYLE_LIMIT:,}.",
            "Move rules that need no media query into the plain style block, which is inlined.",
        )


def check_dropped(proof: Proof) -> Iterator[Finding]:
    """`style-syntax`, `style-nesting`, `style-colour`: for each of them Gmail drops the whole block or attribute."""
    for css, sheet in proof.sheets:
        for error in sheet.errors[:1]:
            yield finding(
                "style-syntax",
                Severity.ERROR,
                f"A style block cannot be parsed ({error}); Gmail drops the whole block.",
                "Mend the rule; a validator of CSS shows where.",
                _in_block(css),
            )
        for path in sheet.at_rules:
            if len(path) > 1:
                yield finding(
                    "style-nesting",
                    Severity.ERROR,
                    f"A style block has “@{path[1]}” inside “@{path[0]}”; Gmail drops the whole block.",
                    "Write one level of @ rules, its conditions joined by “and”.",
                    _in_block(f"@{path[0]} {{ @{path[1]}"),
                )
        spaced = _SPACED_COLOUR.search(_COMMENT.sub("", css))
        if spaced:
            yield _colour("the whole block", Place("style block", None, spaced[0]))
    seen = set()
    for element in proof.elements:
        style = element.get("style")
        if style is None or style in seen:
            continue
        seen.add(style)
        spaced = _SPACED_COLOUR.search(style)
        if spaced:
            yield _colour("the whole style of the element", at(element, spaced[0]))
        errors = declarations(style)[1]
        if errors:
            yield finding(
                "style-syntax",
                Severity.ERROR,
                f"A style attribute cannot be parsed ({errors[0]}); clients drop what follows.",
                "Mend the declaration in the template.",
                at(element, style),
            )


def check_losing(proof: Proof) -> Iterator[Finding]:
    """`style-loses`, `style-important`, `style-mixed`, `dark-mirror`: rules that stand there and do nothing."""
    for css, sheet in proof.sheets:
        for rule in sheet.rules:
            weak = [declared for declared in rule.declarations if not declared.important]
            if weak and _overrides(rule):
                selector = ",".join(rule.selectors)
                yield finding(
                    "style-loses",
                    Severity.ERROR,
                    "A rule for phones or dark mode lacks !important, so the inlined value wins and it does nothing.",
                    "Add !important to each of its declarations.",
                    _in_block(f"{selector}{{{weak[0].name}:{weak[0].value}}}"),
                )
        for before, word in _IMPORTANT.findall(_COMMENT.sub("", css)):
            if word != "important" or not before.isspace():
                yield finding(
                    "style-important",
                    Severity.WARNING,
                    "Some clients read !important only in small letters and after a space, and drop the declaration.",
                    "Write “ !important”.",
                    _in_block(css[max(0, css.find(f"!{word}") - 40) :]),
                )
                break
        if len({_DARK in path[0] for path in sheet.at_rules if path[0].startswith("media")}) > 1:
            yield finding(
                "style-mixed",
                Severity.WARNING,
                "One style block holds rules for phones and for dark mode; a client that drops one drops both.",
                "Give each kind of rule a style block of its own.",
                _in_block(css),
            )
    yield from _mirror(proof)


def _overrides(rule: Rule) -> bool:
    """Whether the rule is there to beat what was inlined."""
    return bool(rule.inside) or any(_RECOLOURED.match(selector) for selector in rule.selectors)


def _mirror(proof: Proof) -> Iterator[Finding]:
    """Dark colours that Outlook's own dark mode is not told: `[data-ogsc]` for text, `[data-ogsb]` for backgrounds."""
    dark: set[tuple[str, str]] = set()
    told: set[tuple[str, str]] = set()
    for _, sheet in proof.sheets:
        for rule in sheet.rules:
            for declared in rule.declarations:
                if declared.name not in ("color", "background-color"):
                    continue
                for selector in rule.selectors:
                    if any(_DARK in path for path in rule.inside):
                        dark.add((selector, declared.name))
                    elif _RECOLOURED.match(selector):
                        told.add((_RECOLOURED.sub("", selector), declared.name))
    missing = sorted(dark - told)
    if missing:
        selector, name = missing[0]
        yield finding(
            "dark-mirror",
            Severity.WARNING,
            f"{len(missing)} dark colours are not repeated for Outlook's own dark mode, which then chooses its own.",
            "Repeat each rule with [data-ogsc] before it for a text colour, with [data-ogsb] for a background.",
            _in_block(f"{selector}{{{name}"),
        )


def _colour(what: str, place: Place) -> Finding:
    return finding(
        "style-colour",
        Severity.ERROR,
        f"A colour is written with spaces between its numbers; Gmail drops {what}.",
        "Write it with commas or in hexadecimal.",
        place,
    )


def _in_block(excerpt: str) -> Place:
    return Place("style block", None, excerpt.strip()[:EXCERPT])
