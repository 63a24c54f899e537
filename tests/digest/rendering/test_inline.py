"""The inliner refuses what premailer would break, and notices what it broke."""

from __future__ import annotations

import socket

import pytest

from digest.errors import RenderError
from digest.rendering.inline import inline

PAGE = (
    "<!DOCTYPE html>\n<html><head><style>.a{{color:#FFFFFF}}{css}</style>{head}</head>"
    '<body><p class="a">One</p>{body}</body></html>'
)
NARROW = '<style data-premailer="ignore">@media (max-width:599px){.a{color:#000000 !important}}</style>'


def page(*, css: str = "", head: str = "", body: str = "") -> str:
    return PAGE.format(css=css, head=head, body=body)


def test_classes_become_styles_and_stay() -> None:
    """A class rule is inlined with its six digits; the class stays for the media queries."""
    assert '<p class="a" style="color:#FFFFFF">One</p>' in inline(page())


def test_kept_blocks_and_outlook_comments_survive() -> None:
    """Media queries keep their !important, hooks that match nothing stay, comments for Outlook are untouched."""
    hooks = '<style data-premailer="ignore">u + .body a{color:inherit}</style>'
    ghost = '<!--[if mso]><table width="600"><tr><td class="a"><![endif]-->'
    inlined = inline(page(head=NARROW + hooks, body=f"{ghost}<p>x</p><!--[if !mso]><!--><b>y</b><!--<![endif]-->"))
    assert "{.a{color:#000000 !important}}</style>" in inlined
    assert "u + .body a{color:inherit}" in inlined
    assert ghost in inlined
    assert "<!--[if !mso]><!--><b>y</b><!--<![endif]-->" in inlined


def test_no_legacy_attributes_are_invented() -> None:
    """premailer's own width, align and bgcolor float tables and break sizes: none of them appears."""
    css = ".t{width:100%;text-align:left;background-color:#000000;vertical-align:top;height:5px}"
    inlined = inline(page(css=css, body='<table class="t" width="600"><tr><td>x</td></tr></table>'))
    table = inlined[inlined.index("<table") : inlined.index("<tr>")]
    assert 'width="600"' in table
    assert not [name for name in ("align=", "bgcolor=", "height=") if name in table.split("style=")[0]]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "complete document"),
        ("<p>part</p>", "complete document"),
        ("<!DOCTYPE html><html><body>", "complete document"),
        (page(head='<link rel="stylesheet" href="x.css">'), "<link"),
        (page(body="<![if !mso]>x<![endif]>"), "<!\\[if"),
        (page(css="@font-face{font-family:x}.b:hover{color:red}"), "kept style blocks"),
        (page(css="@media print{.a{color:red}}"), "kept style blocks"),
        (page(css='a[title="a,b"]{color:red}'), "cannot be inlined"),
        (page(body="<!--[if mso]><p>never closed"), "comment for Outlook"),
    ],
)
def test_what_would_break_is_refused(source: str, reason: str) -> None:
    """Each breach of the recipe is an error that says what to write instead."""
    with pytest.raises(RenderError, match=reason):
        inline(source)


def test_an_import_is_refused_before_anything_is_fetched() -> None:
    """The style parser fetches @import even when told not to use the network: it never sees one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        with pytest.raises(RenderError, match="@import"):
            inline(page(css=f'@import url("http://127.0.0.1:{port}/x.css");'))
        with pytest.raises(TimeoutError):
            server.accept()


def test_every_value_is_in_double_quotes() -> None:
    """A label with quotation marks of its own, and one with an apostrophe: what fills a slot there is escaped."""
    label = "The &quot;Tide&quot; &amp; O'Neil &lt;b&gt;"
    tag = f'<p aria-label="{label}" title="&quot;x&quot;" lang="en">'
    assert tag in inline(page(body=f"{tag}x</p>"))
