"""CSS as the checks read it: declarations, and rules with the at-rules around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import tinycss2
from tinycss2 import ast

Nodes = tuple[Any, ...]
"""Component values of tinycss2."""


_QUOTED = re.compile(r"""/\*.*?\*/|"[^"]*"|'[^']*'""", re.DOTALL)
_BRACKET = re.compile(r"([(\[{])|[)\]}]")
DEEPEST = 50
"""Brackets within brackets that are read; parsers and serializers of CSS call themselves for each."""
_PIXELS = re.compile(r"(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})px")


class Declaration(NamedTuple):
    """One property and its value."""

    name: str
    """In lower case."""
    value: str
    """As written, without `!important` and without space around it."""
    tokens: Nodes
    important: bool


class Rule(NamedTuple):
    """One selector list with what it declares."""

    selectors: tuple[str, ...]
    declarations: tuple[Declaration, ...]
    inside: tuple[str, ...]
    """The at-rules around it, outermost first: `media (max-width:599px)`."""


class Sheet(NamedTuple):
    """A style block."""

    rules: tuple[Rule, ...]
    at_rules: tuple[tuple[str, ...], ...]
    """Each at-rule as a path from the outermost one: two or more names where one stands in another."""
    errors: tuple[str, ...]
    """What could not be parsed, and why."""


@lru_cache(maxsize=2048)
def declarations(css: str) -> tuple[tuple[Declaration, ...], tuple[str, ...]]:
    """What a `style` attribute declares, and what in it could not be parsed."""
    if _too_deep(css):
        return (), (f"brackets stand within more than {DEEPEST} others",)
    return _declared(tinycss2.parse_blocks_contents(css, skip_comments=True, skip_whitespace=True))


@lru_cache(maxsize=64)
def sheet(css: str) -> Sheet:
    """A style block, parsed."""
    if _too_deep(css):
        return Sheet((), (), (f"brackets stand within more than {DEEPEST} others",))
    rules: list[Rule] = []
    at_rules: list[tuple[str, ...]] = []
    errors: list[str] = []
    nodes = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    _collect(nodes, (), rules, at_rules, errors)
    if _unclosed(css):
        errors.append("a brace or bracket is not closed")
    return Sheet(tuple(rules), tuple(at_rules), tuple(errors))


def pixels(value: str) -> float | None:
    """The number in a length such as `16px`; None for any other unit."""
    found = _PIXELS.fullmatch(value)
    return float(found[1]) if found else None


def functions(tokens: Nodes) -> Iterator[Any]:
    """Every function call among the values, at any depth."""
    for token in tokens:
        if token.type == "function":
            yield token
            yield from functions(tuple(token.arguments))
        elif token.type in ("() block", "[] block", "{} block"):
            yield from functions(tuple(token.content))


def _collect(
    nodes: list[Any],
    inside: tuple[str, ...],
    rules: list[Rule],
    at_rules: list[tuple[str, ...]],
    errors: list[str],
) -> None:
    for node in nodes:
        if isinstance(node, ast.ParseError):
            errors.append(node.message)
        elif isinstance(node, ast.AtRule):
            path = (*inside, f"{node.lower_at_keyword} {tinycss2.serialize(node.prelude).strip()}".strip())
            at_rules.append(path)
            if node.content is not None and node.lower_at_keyword in ("media", "supports", "layer"):
                within = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
                _collect(within, path, rules, at_rules, errors)
        elif isinstance(node, ast.QualifiedRule):
            within = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            declared, wrong = _declared(within)
            errors.extend(wrong)
            rules.append(Rule(_selectors(node.prelude), declared, inside))


def _declared(nodes: list[Any]) -> tuple[tuple[Declaration, ...], tuple[str, ...]]:
    found = tuple(
        Declaration(node.lower_name, tinycss2.serialize(node.value).strip(), tuple(node.value), node.important)
        for node in nodes
        if isinstance(node, ast.Declaration)
    )
    # Whatever is no declaration is an error here: a rule in a rule is CSS nesting, which no client reads.
    wrong = tuple(
        getattr(node, "message", "a rule stands inside a rule")
        for node in nodes
        if not isinstance(node, ast.Declaration)
    )
    empty = tuple(f"{declared.name} has no value" for declared in found if not declared.value)
    return found, wrong + empty


def _selectors(prelude: list[Any]) -> tuple[str, ...]:
    parts: list[list[Any]] = [[]]
    for node in prelude:
        if node.type == "literal" and node.value == ",":
            parts.append([])
        else:
            parts[-1].append(node)
    return tuple(tinycss2.serialize(part).strip() for part in parts)


def _unclosed(css: str) -> bool:
    """Whether braces are unequal: tinycss2 closes what is open at the end, as CSS says, and clients do not."""
    bare = _QUOTED.sub("", css)
    return bare.count("{") != bare.count("}")


def _too_deep(css: str) -> bool:
    depth = 0
    for bracket in _BRACKET.finditer(css):
        depth = depth + 1 if bracket[1] else max(0, depth - 1)
        if depth > DEEPEST:
            return True
    return False
