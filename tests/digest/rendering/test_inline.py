"""The inliner refuses what premailer would break, and notices what it broke."""

from __future__ import annotations

import re
import socket
from dataclasses import replace

import pytest
from premailer import Premailer

from digest.errors import RenderError
from digest.rendering import edition, notice
from digest.rendering.inline import RECIPE, inline
from digest.rendering.layout import is_digest
from digest.rendering.sample import sample_content
from digest.rendering.templates import Templates

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


def by_premailer(source: str) -> str:
    return str(Premailer(source, **RECIPE).transform(pretty_print=False))


def unescaped(document: str) -> str:
    """With < and > in attributes as libxml2 leaves them."""
    return re.sub(r'="[^"]*"', lambda value: value[0].replace("&lt;", "<").replace("&gt;", ">"), document)


@pytest.mark.parametrize("name", Templates().names())
def test_kinds_are_as_good_as_elements(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Premailer, given the whole document of a shipped template, makes the same of it byte for byte."""
    sources: list[str] = []
    for module in (edition, notice):
        monkeypatch.setattr(module, "inline", lambda source: inline(sources.append(source) or source))
    templates = Templates()
    if is_digest(templates.folders, name):
        content = replace(sample_content(templates.sample(name)), template=name)
        edition.compile_edition(content, templates=templates, nonce="k3n9x2p7q1")
    else:
        notice.compile_notice(
            notice.sample_notice(name, templates.sample(name)), templates=templates, nonce="k3n9x2p7q1"
        )
    (source,) = sources
    assert inline(source) == inline(source)
    assert unescaped(inline(source)) == unescaped(by_premailer(source))


def test_another_sheet_is_another_style() -> None:
    """What is remembered of a style sheet is not used for the next one, and new kinds are asked for."""
    one, two = (page(css=f".a{{color:{colour}}}", body='<p class="a">x</p>') for colour in ("#111111", "#222222"))
    for source in (one, two, one, one.replace("<p ", '<p style="margin:0" ').replace("<p", "<b").replace("p>", "b>")):
        assert inline(source) == by_premailer(source)


@pytest.mark.parametrize("css", ["table .a{margin:0}", "p + p{margin:0}", "#x{margin:0}"])
def test_a_selector_that_looks_around_is_done_by_premailer(css: str) -> None:
    """Where an element's style depends on others, the document is given whole."""
    source = page(css=css, body='<table><tr><td id="x"><p class="a">x</p><p class="a">y</p></td></tr></table>')
    assert inline(source) == by_premailer(source)
    assert "margin:0" in inline(source)
