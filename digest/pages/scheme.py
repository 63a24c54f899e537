"""Shows an e-mail as a reader in light or dark mode sees it, whatever the mode of this browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

Scheme = Literal["light", "dark", "auto"]

_ALWAYS = "(min-width:0)"
_NEVER = "(max-width:0)"

_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style\s*>)", re.IGNORECASE | re.DOTALL)
_MEDIA = re.compile(r"""(<[a-z][^<>]*?\smedia=)("[^"]*"|'[^']*')""", re.IGNORECASE)
_META = re.compile(r"""<meta\b[^>]*\bname=["']?(?:supported-)?color-schemes?["'\s][^>]*>""", re.IGNORECASE)
_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_PROPERTY = re.compile(r"(?<![\w-])((?:supported-)?color-schemes?\s*:\s*)[^;}\"]+", re.IGNORECASE)
_CONTENT = re.compile(r"""(\bcontent=)("[^"]*"|'[^']*')""", re.IGNORECASE)


def force_scheme(html: str, scheme: Scheme) -> str:
    """The HTML with every `prefers-color-scheme` condition decided for `scheme`; for display only.

    No browser lets a page choose the colour scheme of a frame, so the condition itself is
    rewritten: in style elements and media attributes it becomes one that always or never holds,
    and `color-scheme` in metas and styles names `scheme` alone. Text is never touched. `auto`
    leaves all as it is.
    """
    if scheme == "auto":
        return html
    decide = _decided(scheme)
    html = _STYLE.sub(lambda m: m[1] + _PROPERTY.sub(rf"\g<1>{scheme}", decide(m[2])) + m[3], html)
    html = _MEDIA.sub(lambda m: m[1] + decide(m[2]), html)
    return _META.sub(lambda m: _CONTENT.sub(rf'\g<1>"{scheme}"', m[0]), html)


def _decided(scheme: str) -> Callable[[str], str]:
    return lambda css: _PREFERS.sub(lambda m: _ALWAYS if m[1].lower() == scheme else _NEVER, css)
