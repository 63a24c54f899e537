"""An e-mail's own HTML as an answer: harmless, and in light or dark as its reader would see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from starlette.responses import HTMLResponse

Scheme = Literal["light", "dark", "auto"]

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; form-action 'none'; base-uri 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors {}"
)
"""Content-Security-Policy, to be completed with who may frame it: no script, no request but for images."""

_ALWAYS = "(min-width:0)"
_NEVER = "(max-width:0)"

_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style\s*>)", re.IGNORECASE | re.DOTALL)
_MEDIA = re.compile(r"""(<[a-z][^<>]*?\smedia=)("[^"]*"|'[^']*')""", re.IGNORECASE)
_META = re.compile(r"""<meta\b[^>]*\bname=["']?(?:supported-)?color-schemes?["'\s][^>]*>""", re.IGNORECASE)
_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_PROPERTY = re.compile(r"(?<![\w-])((?:supported-)?color-schemes?\s*:\s*)[^;}\"]+", re.IGNORECASE)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_CONTENT = re.compile(r"""(\bcontent=)("[^"]*"|'[^']*')""", re.IGNORECASE)


def mail_page(html: str) -> HTMLResponse:
    """The HTML as a page of its own, unchanged."""
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY.format("'none'")})


def mail_frame(html: str, scheme: Scheme, *, pane: bool = False) -> HTMLResponse:
    """The HTML for a frame of ours, in that scheme; its links open in a new tab.

    In a frame they would open inside it, where most sites refuse to be shown. In a `pane` no scroll bar takes
    away from the width of the frame, as on a telephone; it scrolls by wheel, finger and keys.
    """
    ours = '<base target="_blank">' + ("<style>html{scrollbar-width:none}</style>" if pane else "")
    shown = _HEAD.sub(lambda head: head[0] + ours, force_scheme(html, scheme), count=1)
    headers = {
        "Content-Security-Policy": POLICY.format("'self'"),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(shown, headers=headers)


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
