"""A sound message, and one fault for each check of a message: what the check must catch.

`BROKEN` maps a name that begins with the code to the severity and the change that makes the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from digest.model import Severity
from digest.rendering.checks import Proof

Change = Callable[[Proof], Proof]

HERE = Path(__file__).parent

SOUND = Proof(
    subject="Night ferry keeps its promise",
    preheader="Also: the yard at Orsund closes, and the library finds a novel",
    html=(HERE / "sound.html").read_text("utf-8"),
    text=(HERE / "sound.txt").read_text("utf-8"),
    headers={
        "From": "The Ferry Post <post@example.com>",
        "To": "reader@example.org",
        "Subject": "Night ferry keeps its promise",
        "Date": "Tue, 16 Mar 2027 07:00:00 +0000",
        "Message-ID": "<7.1@example.com>",
        "List-Unsubscribe": "<https://reader.example/unsubscribe_url>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": '"The Ferry Post" <post.example.com>',
    },
    unsubscribe_url="https://reader.example/unsubscribe_url",
    view_url="https://post.example.com/editions/7",
    postal_address="The Ferry Post, 3 Quay Street, Port Ellery",
    story_urls=("https://ledger.example.com/ferry", "https://ledger.example.com/yard"),
)
"""A message with nothing to find."""


def html(old: str, new: str) -> Change:
    """The message with a piece of its HTML replaced, wherever it stands."""

    def change(proof: Proof) -> Proof:
        assert old in proof.html, f"{old!r} is not in the HTML"
        return replace(proof, html=proof.html.replace(old, new))

    return change


def text(old: str, new: str) -> Change:
    def change(proof: Proof) -> Proof:
        assert old in proof.text, f"{old!r} is not in the text part"
        return replace(proof, text=proof.text.replace(old, new))

    return change


def shown(markup: str) -> Change:
    """The message with more at its end."""
    return html("</td></tr>\n</table>\n<!--[if mso]>", f"{markup}</td></tr>\n</table>\n<!--[if mso]>")


def block(css: str) -> Change:
    """The message with one more style block."""
    return html("</head>", f"<style>{css}</style></head>")


def subject(line: str) -> Change:
    return lambda proof: replace(proof, subject=line, headers={**(proof.headers or {}), "Subject": line})


def header(name: str, value: str) -> Change:
    return lambda proof: replace(proof, headers={**(proof.headers or {}), name: value})


def words(count: int) -> str:
    return "<p>" + "word " * count + "</p>"


IMAGE = '<img src="https://post.example.com/media/a1.jpg" alt="The ferry at the quay, lit from within" width="600"'

BROKEN: Mapping[str, tuple[Severity, Change]] = {
    "message-size 103 kB": (Severity.ERROR, html("</body>", f"<!--{'x' * 103_000}--></body>")),
    "message-size 91 kB": (Severity.WARNING, html("</body>", f"<!--{'x' * 87_000}--></body>")),
    "message-size with long slots": (
        Severity.WARNING,
        lambda proof: replace(proof, longest_html=proof.html + "x" * 87_000),
    ),
    "message-size of another selection": (Severity.ERROR, lambda proof: replace(proof, heaviest=102_401)),
    "encoded-size": (Severity.WARNING, html("</body>", f"<!--{'=' * 40_000}--></body>")),
    "control-character html": (Severity.ERROR, html("The last boat", "The\x92last boat")),
    "control-character text": (Severity.ERROR, text("The last boat", "The\x07last boat")),
    "subject-length none": (Severity.ERROR, subject(" ")),
    "subject-length long": (Severity.WARNING, subject("Ferry " * 14)),
    "subject-capitals": (Severity.WARNING, subject("NIGHT FERRY KEEPS ITS PROMISE")),
    "subject-marks": (Severity.WARNING, subject("Night ferry!! Keeps its promise")),
    "subject-marks apart": (Severity.WARNING, subject("Night ferry! Keeps its promise!")),
    "subject-encoding": (Severity.ERROR, header("Subject", "Another subject")),
    "preheader none": (Severity.WARNING, lambda proof: replace(proof, preheader="")),
    "preheader same": (Severity.WARNING, lambda proof: replace(proof, preheader=proof.subject)),
    "preheader short": (Severity.WARNING, lambda proof: replace(proof, preheader="Also: the yard")),
    "preheader elsewhere": (
        Severity.WARNING,
        html(
            '<div lang="en" dir="ltr" style="display',
            '<div lang="en" dir="ltr">Welcome</div><div lang="en" dir="ltr" style="display',
        ),
    ),
    "unsubscribe-missing html": (
        Severity.ERROR,
        html('href="https://reader.example/unsubscribe_url"', 'href="https://a.example"'),
    ),
    "unsubscribe-missing hidden": (
        Severity.ERROR,
        html('<a class="link" href="https://reader.example', '<a style="display:none" href="https://reader.example'),
    ),
    "unsubscribe-missing text": (Severity.ERROR, text("https://reader.example/unsubscribe_url", "")),
    "online-missing html": (Severity.ERROR, html("https://post.example.com/editions/7", "https://post.example.com")),
    "online-missing text": (Severity.ERROR, text("https://post.example.com/editions/7", "")),
    "address-missing html": (Severity.ERROR, html("3 Quay Street", "")),
    "address-missing text": (Severity.ERROR, text("3 Quay Street", "")),
    "header-missing": (Severity.ERROR, header("List-Unsubscribe", "")),
    "header-unsubscribe": (Severity.ERROR, header("List-Unsubscribe-Post", "List-Unsubscribe=Yes")),
    "header-unsubscribe mailto": (Severity.ERROR, header("List-Unsubscribe", "<mailto:leave@example.com>")),
    "mime-compose": (Severity.ERROR, header("Reply-To", "a@example.com\r\nBcc: b@example.com")),
    "html-lines": (Severity.INFO, html("The last boat", "x" * 999)),
    "text-missing": (Severity.ERROR, lambda proof: replace(proof, text=" \n")),
    "text-links": (Severity.ERROR, text("https://ledger.example.com/yard", "https://ledger.example.com/yards")),
    "text-quotes": (Severity.ERROR, text("nobody stays behind", "somebody stays behind")),
    "text-headlines": (Severity.WARNING, text("Orsund yard closes in spring", "Orsund")),
    "text-markup entity": (Severity.ERROR, text("Anna Reyd, captain", "Anna Reyd &amp; crew")),
    "text-markup tag": (Severity.ERROR, text("Anna Reyd, captain", "<b>Anna Reyd</b>, captain")),
    "text-lines": (Severity.WARNING, text("had\nasked for it, and came", "had asked for it, and came")),
    "text-ratio": (Severity.WARNING, shown(words(200))),
    "link-scheme": (Severity.ERROR, shown('<a href="javascript:alert(1)">A story of scripts</a>')),
    "link-anchor": (Severity.ERROR, shown('<a href="#yard">To the yard below</a>')),
    "link-empty": (Severity.ERROR, shown('<a href=" ">A story that is not there</a>')),
    "link-text": (Severity.ERROR, html("Read of the yard at The Ledger", "Read more")),
    "link-text none": (Severity.ERROR, html("Read of the yard at The Ledger", " ")),
    "link-ambiguous": (Severity.WARNING, html("Read of the yard at The Ledger", "Read of the ferry at The Ledger")),
    "link-disguised": (Severity.WARNING, html("Read of the yard at The Ledger", "www.bank.example")),
    "link-shortened": (Severity.WARNING, html("https://ledger.example.com/yard", "https://bit.ly/yard")),
    "image-alt": (Severity.ERROR, html('alt="The ferry at the quay, lit from within" ', "")),
    "image-alt-file": (Severity.ERROR, html("The ferry at the quay, lit from within", "IMG_2047.jpeg")),
    "image-size none": (Severity.ERROR, html('width="600" height="300"', 'width="100%" height="auto"')),
    "image-size wide": (Severity.ERROR, html('width="600" height="300"', 'width="1200" height="600"')),
    "image-address http": (Severity.ERROR, html("https://post.example.com/media", "http://post.example.com/media")),
    "image-address data": (Severity.ERROR, html("https://post.example.com/media/a1.jpg", "data:image/png;base64,AAAA")),
    "image-format": (Severity.ERROR, html("a1.jpg", "a1.webp")),
    "image-only": (
        Severity.WARNING,
        lambda proof: replace(proof, html=f'<html lang="en" dir="ltr"><body>{IMAGE} height="300"></body></html>'),
    ),
    "contrast 4.4 light": (
        Severity.ERROR,
        html("font-size:14px; line-height:20px; color:#17181C", "font-size:14px; line-height:20px; color:#787878"),
    ),
    "contrast dark": (Severity.ERROR, html(".ink{color:#EFEFF1 !important}", ".ink{color:#6B6B72 !important}")),
    "contrast forgotten in dark": (Severity.ERROR, html(".on-press{color:#17181C !important}\n}", "}")),
    "contrast large 2.9": (
        Severity.ERROR,
        html("font-size:22px; line-height:29px; color:#17181C", "font-size:22px; line-height:29px; color:#9A9A9A"),
    ),
    "contrast of a link": (
        Severity.ERROR,
        html('style="background-color:#FFFFFF">', 'style="background-color:#1A1AE0">'),
    ),
    "language html": (Severity.ERROR, html('<html lang="en" dir="ltr">', '<html lang="en">')),
    "language child": (Severity.ERROR, html('<div lang="en" dir="ltr" role="article"', '<div role="article"')),
    "title": (Severity.ERROR, html("<title>The Ferry Post: Night ferry keeps its promise</title>", "<title> </title>")),
    "table-role": (Severity.ERROR, html('<table role="presentation" cellpadding', "<table cellpadding")),
    "headings none": (Severity.ERROR, html("h1", "h2")),
    "headings two": (Severity.ERROR, html("h2", "h1")),
    "heading-level": (Severity.ERROR, html("h2", "h3")),
    "text-small": (Severity.ERROR, html("font-size:14px", "font-size:12px")),
    "target-small": (
        Severity.WARNING,
        html("display:inline-block; padding:14px 28px", "display:inline-block; padding:8px 28px"),
    ),
    "style-size 17 kB": (Severity.ERROR, block(".a{color:red}" * 1300)),
    "style-size 9 kB": (Severity.WARNING, block(".a{color:red}" * 600)),
    "style-syntax unclosed": (Severity.ERROR, block(".a{color:red")),
    "style-syntax declaration": (Severity.ERROR, block(".a{color red}")),
    "style-syntax attribute": (Severity.ERROR, html("margin:0; font-size:14px", "margin 0; font-size:14px")),
    "style-nesting": (Severity.ERROR, block("@media screen{@media print{.a{color:red !important}}}")),
    "style-colour block": (Severity.ERROR, block(".a{color:rgb(0 128 0 / 1)}")),
    "style-colour attribute": (
        Severity.ERROR,
        html("font-size:14px; line-height:20px; color:#17181C", "font-size:14px; line-height:20px; color:rgb(0 0 0)"),
    ),
    "style-loses media": (Severity.ERROR, html("padding-left:20px !important", "padding-left:20px")),
    "style-loses outlook": (
        Severity.ERROR,
        html("[data-ogsc] .ink{color:#EFEFF1 !important}", "[data-ogsc] .ink{color:#EFEFF1}"),
    ),
    "style-important": (Severity.WARNING, html("padding-left:20px !important", "padding-left:20px!IMPORTANT")),
    "style-mixed": (Severity.WARNING, html("</style>\n<style>\n@media (prefers", "@media (prefers")),
    "dark-mirror": (Severity.WARNING, html("[data-ogsc] .link{color:#8FBCFF !important}", "")),
    "outlook-comments unclosed": (
        Severity.ERROR,
        html("<!--[if mso]></td></tr></table><![endif]-->", "<!--[if mso]></td></tr></table>"),
    ),
    "outlook-comments ghost": (Severity.ERROR, html("<!--[if mso]></td></tr></table><![endif]-->", "")),
    "outlook-comments crossed": (Severity.ERROR, html("<!--[if mso]></td></tr>", "<!--[if mso]></tr></td>")),
    "outlook-width": (Severity.ERROR, html('width="600"><tr><td><![endif]-->', 'width="640"><tr><td><![endif]-->')),
    "outlook-padding": (
        Severity.WARNING,
        html('<p class="ink" style="margin:0; font-size:14px', '<p class="ink" style="padding:9px 0; font-size:14px'),
    ),
    "client-support": (Severity.ERROR, shown('<div style="display:grid">A grid of news</div>')),
    "support-score": (Severity.WARNING, shown('<p style="box-shadow:none; position:static">A shadow</p>' * 30)),
    "hidden-text": (Severity.ERROR, shown('<p style="display:none">cheap watches</p>')),
    "hidden-text tiny": (Severity.ERROR, shown('<p style="font-size:0">cheap watches</p>')),
}
"""Name, whose first word is the code → its severity, and what breaks a sound message."""
