"""The plain style block of a template: what every inliner puts into style attributes, and in the same way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import html as lxml_html
from lxml.html import HtmlElement

from digest.model import Finding, Place, Severity
from digest.rendering.checks.css import Declaration, Rule, Sheet, declarations, sheet
from digest.rendering.checks.proof import EXCERPT, finding, start_tag

_PLAIN = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_CONDITIONAL = re.compile(r"<!--\[if\b.*?<!\[endif\]-->", re.DOTALL)
_SIMPLE = re.compile(r"\.?-?[A-Za-z_][\w-]*")
_SIDED = re.compile(r"border-(top|right|bottom|left)-(width|style|color)")
_NOT_OF_BORDER = re.compile(r"border-(radius|collapse|spacing|image)|border-(top|bottom)-(left|right)-radius")


def check_plain_styles(source: str) -> Iterator[Finding]:
    """`plain-at-rule`, `plain-selector`, `plain-shorthand`: in the HTML before inlining."""
    sheets = [sheet(css) for css in _PLAIN.findall(_CONDITIONAL.sub("", source))]
    for each in sheets:
        yield from _form(each)
    rules = [rule for each in sheets for rule in each.rules]
    seen: set[tuple[str, str]] = set()
    for element in lxml_html.document_fromstring(source).iter():
        if not isinstance(element.tag, str):
            continue
        pair = _mixed({declared.name for declared in _of(element, rules)})
        if pair and pair not in seen:
            seen.add(pair)
            yield finding(
                "plain-shorthand",
                Severity.ERROR,
                f"An element gets both {pair[0]} and {pair[1]}; inliners and browsers disagree on which comes last.",
                f"Write {pair[1]} only, on all sides, in the rule and in the style attribute.",
                Place("HTML", None, start_tag(element)[:EXCERPT]),
            )


def _form(plain: Sheet) -> Iterator[Finding]:
    for path in plain.at_rules[:1]:
        yield finding(
            "plain-at-rule",
            Severity.ERROR,
            f"The plain style block holds “@{path[0]}”, which cannot be inlined.",
            'Move it into a <style data-premailer="ignore">.',
            Place("style block", None, f"@{path[0]}"),
        )
    for rule in plain.rules:
        wrong = [selector for selector in rule.selectors if not _SIMPLE.fullmatch(selector)]
        if wrong and not rule.inside:
            yield finding(
                "plain-selector",
                Severity.ERROR,
                f"The plain style block selects by “{wrong[0]}”; only one class, or one type, is inlined alike.",
                'Give the element a class of its own, or move the rule into a <style data-premailer="ignore">.',
                Place("style block", None, f"{wrong[0]}{{"),
            )


def _of(element: HtmlElement, rules: list[Rule]) -> Iterator[Declaration]:
    """What the plain style block and its own attribute declare for an element."""
    names = {str(element.tag), *(f".{name}" for name in (element.get("class") or "").split())}
    for rule in rules:
        if names.intersection(rule.selectors) and not rule.inside:
            yield from rule.declarations
    yield from declarations(element.get("style") or "")[0]


def _mixed(names: set[str]) -> tuple[str, str] | None:
    """A shorthand and a longhand of it, if both are among them."""
    for short in sorted(names):
        for long in sorted(names):
            if long.startswith(f"{short}-") and not (short == "border" and _NOT_OF_BORDER.fullmatch(long)):
                return short, long
            sided = _SIDED.fullmatch(long)
            if sided and short == f"border-{sided[2]}":
                return short, long
    return None
