"""An e-mail in a frame is light or dark as told, whatever the browser prefers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from digest.pages.mail import Scheme, force_scheme

HTML = """<!DOCTYPE html><html><head>
<meta name="color-scheme" content="light dark"><meta content='light dark' name=supported-color-schemes>
<style>:root{color-scheme:light dark;supported-color-schemes:light dark} p,i,b,u{color:rgb(1,1,1)}
@media (prefers-color-scheme:dark){p{color:rgb(2,2,2)!important}}
@media screen and (max-width: 599px) and ( Prefers-Color-Scheme : DARK ){i{color:rgb(2,2,2)}}
@media (prefers-color-scheme: light){b{color:rgb(3,3,3)}}</style>
<style media="(prefers-color-scheme: dark)">u{color:rgb(2,2,2)}</style></head>
<body><p>Write @media (prefers-color-scheme: dark) in CSS, and color-scheme: light dark;</p><i>i</i><b>b</b><u>u</u>
<picture><source media="(prefers-color-scheme:dark)" srcset="data:,dark"><img src="data:,light" alt=""></picture>
</body></html>"""


@pytest.mark.browser
@pytest.mark.parametrize("browsers", ["light", "dark"])
@pytest.mark.parametrize(
    ("scheme", "colours", "canvas"), [("light", "1131", "light"), ("dark", "2212", "dark"), ("auto", None, None)]
)
def test_the_scheme_is_decided_everywhere(
    browser: Browser, browsers: str, scheme: Scheme, colours: str | None, canvas: str | None
) -> None:
    """Style elements, combined conditions, media attributes, metas and properties all follow; auto asks the browser."""
    wanted = colours or {"light": "1131", "dark": "2212"}[browsers]
    page = browser.new_page(viewport={"width": 500, "height": 300}, color_scheme=browsers)  # type: ignore[arg-type]
    page.set_content(force_scheme(HTML, scheme))
    found = page.evaluate(
        "['p','i','b','u'].map(name => getComputedStyle(document.querySelector(name)).color.match(/\\d/)[0]).join('')"
    )
    source = page.evaluate("document.querySelector('img').currentSrc")
    root = page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    page.close()
    assert found == wanted
    assert source == ("data:,dark" if wanted == "2212" else "data:,light")
    assert root == (canvas or "light dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_never_touched(scheme: Scheme) -> None:
    """What an article says about CSS stays as it was written."""
    body = HTML.partition("<body>")[2].partition("<picture>")[0]
    assert body in force_scheme(HTML, scheme)


def test_auto_changes_nothing() -> None:
    """The bytes are those of the message."""
    assert force_scheme(HTML, "auto") == HTML
