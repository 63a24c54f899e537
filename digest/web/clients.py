"""How an e-mail looks where a mail program takes something away from it or changes its colours: for display only.

Approximations in a browser. They show what breaks; they are not the programs.
"""

from __future__ import annotations

import colorsys
import re
from typing import Literal, NamedTuple

from digest.colours import luminance

Scheme = Literal["light", "dark", "forced"]
Styles = Literal["all", "inline", "none"]

LIGHT = 0.4
"""Luminance from which a ground counts as light."""
DARKEST = 0.07
"""Lightness that white becomes, as #121212."""

WORD_IGNORES = (
    "animation", "background-image", "background-position", "background-repeat", "background-size", "border-radius",
    "box-shadow", "clip", "clip-path", "filter", "flex", "float", "max-height", "max-width", "min-width", "object-fit",
    "opacity", "overflow", "position", "text-shadow", "transform", "transition",
)  # fmt: skip
"""Properties that Outlook for Windows, which renders with Word, does not know."""

_STYLE_BLOCK = re.compile(r"<style\b.*?</style\s*>", re.IGNORECASE | re.DOTALL)
_STYLE_CONTENT = re.compile(r"<style\b[^>]*>(.*?)</style\s*>", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SCHEME_META = re.compile(r"""<meta\b[^>]*\bname=["']?(?:supported-)?color-schemes?["'\s][^>]*>""", re.IGNORECASE)
_TAG = re.compile(r"<[a-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_STYLE = re.compile(r"""(\sstyle=)("[^"]*"|'[^']*')""", re.IGNORECASE)
_DECLARATION = re.compile(
    r"(?<![\w-])([a-z-]+)(\s*:\s*)((?:[^;\"'(]|\([^)]*\)|'[^']*'|\"[^\"]*\")*)(;?)", re.IGNORECASE
)
_COLOUR_ATTRIBUTE = re.compile(r"""(\s(bgcolor|color)=["']?)(#[0-9a-f]{3,6}|[a-z]+)""", re.IGNORECASE)
_COLOUR = re.compile(r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b|\b(?:white|black)\b|rgb\(\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\)", re.I)
_SOURCE = re.compile(r"""(\s(?:src|background)=)("[^"]*"|'[^']*')""", re.IGNORECASE)
_SET = re.compile(r"""\ssrcset=("[^"]*"|'[^']*')""", re.IGNORECASE)
_URL = re.compile(r"url\((?:\"[^\"]*\"|'[^']*'|[^)]*)\)", re.IGNORECASE)
_XML = re.compile(r"<xml\b.*?</xml>", re.IGNORECASE | re.DOTALL)
_FOR_OTHERS = re.compile(r"<!--\[if\s*!\s*mso[^\]]*\]>\s*(?:<!-*>|-->)?.*?<!(?:--<!)?\[endif\]-->", re.I | re.DOTALL)
_FOR_WORD = re.compile(r"<!--\[if\s+[^\]!]*mso[^\]]*\]>(.*?)<!\[endif\]-->", re.IGNORECASE | re.DOTALL)
_HEAD_END = re.compile(r"</head\s*>", re.IGNORECASE)


class Look(NamedTuple):
    """What a mail program leaves of an e-mail."""

    scheme: Scheme = "light"
    """`forced`: recoloured by a program that asks nobody, as Gmail on Android does."""
    images: bool = True
    styles: Styles = "all"
    """`inline`: without style blocks, as in Gmail's apps for accounts of other providers."""
    word: bool = False
    """As Outlook for Windows: no style blocks, its conditional comments, without what Word does not know."""


def looked_at(html: str, look: Look) -> str:
    """The inlined HTML as such a program would have it."""
    if look.word:
        html = _unwrapped(html)
        html = _TAG.sub(lambda tag: _STYLE.sub(_known_to_word, tag[0]), html)
    if look.word or look.styles != "all" or look.scheme == "forced":
        html = _STYLE_BLOCK.sub("", html)
    if look.styles == "none":
        html = _TAG.sub(lambda tag: _STYLE.sub("", tag[0]), html)
    if not look.images:
        html = _TAG.sub(lambda tag: _without_pictures(tag[0]), _STYLE_BLOCK.sub(lambda block: _bare(block[0]), html))
    if look.scheme == "forced":
        html = _TAG.sub(lambda tag: _recoloured(tag[0]), _SCHEME_META.sub("", html))
        ground = "<style>html{background:#121212;color:#e3e3e3;color-scheme:light}a{color:#8ab4f8}</style>"
        html = _HEAD_END.sub(lambda end: ground + end[0], html, count=1)
    return html


def style_bytes(html: str) -> int:
    """Bytes of all style blocks together."""
    return sum(len(css.encode()) for css in _STYLE_CONTENT.findall(_COMMENT.sub("", html)))


def _unwrapped(html: str) -> str:
    """What only Word reads, open; what it must not read, gone."""
    return _XML.sub("", _FOR_WORD.sub(r"\1", _FOR_OTHERS.sub("", html)))


def _known_to_word(style: re.Match[str]) -> str:
    kept = _DECLARATION.sub(lambda found: "" if found[1].lower() in WORD_IGNORES else found[0], style[2])
    return style[1] + kept


def _without_pictures(tag: str) -> str:
    tag = _STYLE.sub(lambda style: style[1] + _bare(style[2]), _SET.sub("", tag))
    # An address that holds no picture: the browser shows the alt text where the picture would be.
    return _SOURCE.sub(r'\1"data:,"', tag)


def _bare(css: str) -> str:
    return _URL.sub("none", css)


def _recoloured(tag: str) -> str:
    tag = _COLOUR_ATTRIBUTE.sub(lambda found: found[1] + _turned(found[3], ground=found[2].lower() == "bgcolor"), tag)
    return _STYLE.sub(lambda style: style[1] + _DECLARATION.sub(_turned_declaration, style[2]), tag)


def _turned_declaration(found: re.Match[str]) -> str:
    name = found[1].lower()
    if not name.startswith(("background", "border", "color")):
        return found[0]
    ground = name.startswith("background")
    return found[1] + found[2] + _COLOUR.sub(lambda colour: _turned(colour[0], ground=ground), found[3]) + found[4]


def _turned(colour: str, *, ground: bool) -> str:
    """A light ground becomes dark, and what is dark on it light; the hue stays, and so does what is dark already."""
    known = _hex(colour)
    if known is None or (luminance(known) >= LIGHT) != ground:
        return colour
    red, green, blue = (int(known[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, lightness, colourfulness = colorsys.rgb_to_hls(red, green, blue)
    turned = DARKEST + (1 - lightness) * (1 - DARKEST)
    # As much colour as before: near black and near white the same saturation is far less, or far more, of it.
    colourfulness *= (1 - abs(2 * lightness - 1)) / max(0.01, 1 - abs(2 * turned - 1))
    return "#" + "".join(
        f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, turned, min(1.0, colourfulness))
    )


def _hex(colour: str) -> str | None:
    colour = {"white": "#ffffff", "black": "#000000"}.get(colour.lower(), colour.lower())
    if colour.startswith("rgb("):
        colour = "#" + "".join(f"{min(255, int(part)):02x}" for part in re.findall(r"\d+", colour))
    if len(colour) == 4:
        colour = "#" + "".join(digit * 2 for digit in colour[1:])
    return colour if re.fullmatch("#[0-9a-f]{6}", colour) else None
