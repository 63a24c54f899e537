"""CSS into style attributes: the only module that knows premailer.

premailer with its defaults drops `!important` from media queries, so that every inlined value
beats them: no phone layout, no dark mode. It also floats tables through `align`, and forgets
rules whose selector matches nothing. Hence one recipe:

* one plain `<style>` holds only what can be inlined;
* blocks marked `data-premailer="ignore"` (media queries, client hooks) come out untouched;
* width, height, align, valign and bgcolor attributes are written by hand in the template;
* what must survive is compared before and after.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import cssutils
from lxml import etree
from premailer import Premailer

from digest.errors import RenderError

CONDITIONAL = re.compile(r"<!--\[if.*?<!\[endif\]-->", re.DOTALL)
KEPT_BLOCK = re.compile(r'<style data-premailer="ignore">(.*?)</style>', re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_ANY_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL)
_CLASS = re.compile(r'class="([^"]*)"')

# Comments and style blocks pass whole; of a start tag, the quoted values.
_TAG = re.compile(r"""<!--.*?-->|<style\b.*?</style>|<[a-zA-Z](?:[^"'>]|"[^"]*"|'[^']*')*>""", re.DOTALL)

_VALUE = re.compile(r""""[^"]*"|'[^']*'""")

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]*)\{[^{}]*\}")
_SIMPLE = re.compile(r"[a-zA-Z][a-zA-Z0-9]*(?:\.[\w-]+)*|(?:\.[\w-]+)+")

Kind = tuple[str, str | None, str | None]
"""Tag, class and style of an element."""
KINDS_KEPT = 5_000
"""Of one style sheet; a template has a hundred."""

RECIPE: Mapping[str, Any] = {
    "strip_important": False,
    "disable_validation": True,
    "allow_network": False,
    "cache_css_parsing": False,
    "align_floating_images": False,
    "disable_basic_attributes": ["width", "height", "align", "valign", "bgcolor"],
    "cssutils_logging_level": logging.CRITICAL,
    "keep_style_tags": False,
    "remove_classes": False,
}
"""How premailer is called."""

_FORBIDDEN = {
    "<link": "a linked style sheet is not fetched; write the rules into the template",
    "<![if": "a revealed conditional is broken by every inliner; write <!--[if !mso]><!--> instead",
}

# Lotus Notes and old Outlooks read only six digits.
cssutils.ser.prefs.minimizeColorHash = False


def inline(source: str) -> str:
    """A complete HTML document with its plain style sheet moved into style attributes.

    Raises RenderError when the document breaks the recipe, or when something that must survive did not.
    """
    _require(source)
    try:
        inlined = _inlined(source)
    except Exception as error:  # lxml, cssutils and cssselect each raise their own
        raise RenderError(
            f"the style sheet of this template cannot be inlined: {error}; use plain class selectors"
        ) from error
    inlined = _TAG.sub(_escape_attributes, inlined)
    _compare(source, inlined)
    return inlined


def _inlined(source: str) -> str:
    """What premailer makes of the document, byte for byte.

    With the selectors of the recipe an element's style follows from its kind: its tag, class and style attribute.
    A document has thousands of elements of a hundred kinds, and the kinds of a template are always the same: so
    premailer is given one element of each that it was not given before.
    """
    tree = etree.fromstring(source.strip(), etree.HTMLParser()).getroottree()
    sheets = [style for style in tree.iter("style") if style.get("data-premailer") != "ignore"]
    css = "\n".join(style.text or "" for style in sheets)
    unusual = tree.find("head") is None or any(style.get("media") for style in sheets)
    if unusual or not _follows_from_kinds(css):
        return str(Premailer(source, **RECIPE).transform(pretty_print=False))
    known = _styles(css)
    elements = [(element, (str(element.tag), element.get("class"), element.get("style"))) for element in tree.iter("*")]
    fresh = [kind for kind in dict.fromkeys(kind for _, kind in elements) if kind not in known and kind[0] != "style"]
    if len(known) + len(fresh) > KINDS_KEPT:
        known.clear()
        fresh = [kind for kind in dict.fromkeys(kind for _, kind in elements) if kind[0] != "style"]
    if fresh:
        known.update(zip(fresh, _by_premailer(css, fresh), strict=True))
    for element, kind in elements:
        if style := known.get(kind):
            element.set("style", style)
    for sheet in sheets:
        sheet.getparent().remove(sheet)  # type: ignore[union-attr]
    for kept in tree.iter("style"):
        kept.attrib.pop("data-premailer", None)
    root = tree if source.strip().startswith(str(tree.docinfo.doctype)) else tree.getroot()
    return etree.tostring(root, method="html", encoding="utf-8").decode()


def _follows_from_kinds(css: str) -> bool:
    """Whether every selector is made of a tag and classes of one element."""
    rest, selectors = _COMMENT.sub("", css), list[str]()
    while found := _RULE.match(rest):
        selectors += found[1].split(",")
        rest = rest[found.end() :]
    return not rest.strip() and all(_SIMPLE.fullmatch(selector.strip()) for selector in selectors)


@lru_cache(maxsize=8)
def _styles(css: str) -> dict[Kind, str | None]:
    """The style of each kind under a sheet, as far as premailer was asked."""
    return {}


def _by_premailer(css: str, kinds: Iterable[Kind]) -> list[str | None]:
    html = etree.Element("html")
    etree.SubElement(etree.SubElement(html, "head"), "style").text = css
    body = etree.SubElement(html, "body")
    made = []
    for tag, classes, style in kinds:
        named = (("class", classes), ("style", style))
        made.append(etree.SubElement(body, tag, {name: value for name, value in named if value is not None}))
    Premailer(html, **RECIPE).transform()
    return [element.get("style") for element in made]


def _escape_attributes(tag: re.Match[str]) -> str:
    """Each value in double quotes, with < and > escaped, whatever is in it.

    libxml2 sets a value that holds double quotes in single ones, where what fills a slot is not escaped for, and
    writes < and > as they are: Word would see a conditional comment in a label.
    """
    if tag[0].startswith(("<!--", "<style")) or ("'" not in tag[0] and tag[0].count("<") + tag[0].count(">") == 2):
        return tag[0]
    inner = tag[0][1:-1].replace("<", "&lt;").replace(">", "&gt;")
    return f"<{_VALUE.sub(_in_double_quotes, inner)}>"


def _in_double_quotes(value: re.Match[str]) -> str:
    if value[0].startswith('"'):
        return value[0]
    return '"' + value[0][1:-1].replace('"', "&quot;") + '"'


def _require(source: str) -> None:
    if not re.match(r"\s*<!DOCTYPE html>\s*<html\b.*</html>\s*\Z", source, re.DOTALL | re.IGNORECASE):
        raise RenderError("a template must give one complete document, from <!DOCTYPE html> to </html>")
    for word, why in _FORBIDDEN.items():
        if word in source:  # never from an article: its "<" is escaped
            raise RenderError(f"this template holds {word!r}: {why}")
    if any("@import" in block for block in _ANY_STYLE.findall(source)):
        raise RenderError(
            "a style block of this template holds @import, which premailer fetches even when told not to; "
            "write the rules into the template"
        )


def _compare(source: str, inlined: str) -> None:
    """Refuse an inlined document that lost a conditional comment, a kept style block or a class."""
    comments = CONDITIONAL.findall(source)
    if len(comments) != source.count("<!--[if") or comments != CONDITIONAL.findall(inlined):
        raise RenderError("inlining changed a conditional comment for Outlook; look for an unclosed <!--[if mso]>")
    if KEPT_BLOCK.findall(source) != _STYLE.findall(CONDITIONAL.sub("", inlined)):
        raise RenderError(
            "inlining changed the kept style blocks; rules with @ or a pseudo-class belong "
            'into a <style data-premailer="ignore">'
        )
    lost = Counter(_CLASS.findall(source)) - Counter(_CLASS.findall(inlined))
    if lost:
        raise RenderError(f"inlining lost the classes {sorted(lost)}; is every element closed?")
