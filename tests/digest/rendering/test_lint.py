"""Each check of a message finds the fault that it is there for, and nothing in a sound message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from digest.message import CompiledMessage, Slot, Slotted
from digest.model import Severity
from digest.rendering.edition import EditionContent, compile_edition
from digest.rendering.lint import lint
from digest.rendering.templates import Templates

Change = Callable[[CompiledMessage], CompiledMessage]


def swap(old: str, new: str, *, part: str = "html") -> Change:
    """The message with a piece of its HTML or text replaced."""

    def change(message: CompiledMessage) -> CompiledMessage:
        slotted: Slotted = getattr(message, part)
        pieces = tuple(piece.replace(old, new) if isinstance(piece, str) else piece for piece in slotted.parts)
        assert pieces != slotted.parts, f"{old!r} is not in the {part} part"
        return replace(message, **{part: Slotted(pieces)})

    return change


def without_slot(name: str, part: str) -> Change:
    def change(message: CompiledMessage) -> CompiledMessage:
        slotted: Slotted = getattr(message, part)
        kept = tuple(piece for piece in slotted.parts if not (isinstance(piece, Slot) and piece.name == name))
        return replace(message, **{part: Slotted(kept)})

    return change


BROKEN: dict[str, tuple[Severity, Change]] = {
    "message-size 103 kB": (Severity.ERROR, swap("</body>", "x" * 103_000 + "</body>")),
    "message-size 91 kB": (Severity.WARNING, swap("</body>", "x" * 62_000 + "</body>")),
    "style-size 17 kB": (Severity.ERROR, swap("</head>", f"<style>{'.a{color:red}' * 1300}</style></head>")),
    "style-size 9 kB": (Severity.WARNING, swap("</head>", f"<style>{'.a{color:red}' * 600}</style></head>")),
    "style-nesting unclosed": (Severity.ERROR, swap("</head>", "<style>.a{color:red</style></head>")),
    "style-nesting deep": (
        Severity.ERROR,
        swap("</head>", "<style>@media screen{@media print{.a{color:red !important}}}</style></head>"),
    ),
    "style-colour": (Severity.ERROR, swap("</head>", "<style>.a{color:rgb(0 128 0 / 1)}</style></head>")),
    "style-loses media": (Severity.ERROR, swap("padding:0 !important", "padding:0")),
    "style-loses outlook": (
        Severity.ERROR,
        swap("[data-ogsc] .ink{color:#EFEFF1 !important}", "[data-ogsc] .ink{color:#EFEFF1}"),
    ),
    "outlook-comments unclosed": (
        Severity.ERROR,
        swap("<!--[if mso]></td></tr></table><![endif]-->", "<!--[if mso]></td></tr></table>"),
    ),
    "outlook-comments ghost": (Severity.ERROR, swap("<!--[if mso]></td></tr></table><![endif]-->", "")),
    "image-alt": (Severity.ERROR, swap("</body>", '<img src="https://a.example/alt.png"></body>')),
    "headings": (Severity.WARNING, swap("<h1", "<h2")),
    "language": (Severity.ERROR, swap('<html lang="en-GB"', "<html")),
    "control-character": (Severity.ERROR, swap("</body>", "\x92</body>")),
    "unsubscribe-missing html": (Severity.ERROR, without_slot("unsubscribe_url", "html")),
    "unsubscribe-missing text": (Severity.ERROR, without_slot("unsubscribe_url", "text")),
    "online-missing html": (
        Severity.ERROR,
        swap("https://briefing.example.com/editions/2027-03-16", "https://other.example"),
    ),
    "online-missing text": (Severity.ERROR, swap("https://briefing.example.com/editions/2027-03-16", "", part="text")),
    "link-scheme": (Severity.ERROR, swap("</body>", '<a href="javascript:alert(1)">x</a></body>')),
    "text-links": (Severity.ERROR, swap("https://orbit.example.org/anselm-core", "", part="text")),
    "subject-length none": (Severity.ERROR, lambda message: replace(message, subject="")),
    "subject-length long": (Severity.WARNING, lambda message: replace(message, subject="x" * 79)),
    "preheader none": (Severity.WARNING, lambda message: replace(message, preheader="")),
    "preheader same": (Severity.WARNING, lambda message: replace(message, preheader=message.subject)),
    "address-missing html": (Severity.ERROR, swap("14 Linden Quay", "")),
    "address-missing text": (Severity.ERROR, swap("14 Linden Quay", "", part="text")),
}


@pytest.fixture
def message(content: EditionContent, templates: Templates) -> CompiledMessage:
    return compile_edition(content, templates=templates, nonce="k3n9x2p7q1")


def test_a_sound_message_has_no_finding(message: CompiledMessage, content: EditionContent) -> None:
    """The shipped template with its sample passes every check, warnings included."""
    assert lint(message, content) == ()


@pytest.mark.parametrize("fault", BROKEN)
def test_each_fault_is_found(message: CompiledMessage, content: EditionContent, fault: str) -> None:
    """A message that was broken on purpose gives the finding of that name, of the right severity, with advice."""
    severity, change = BROKEN[fault]
    found = lint(change(message), content)
    named = [finding for finding in found if finding.code == fault.split()[0]]
    assert [finding.severity for finding in named] == [severity] * len(named)
    assert named
    assert all(finding.message.endswith(".") and finding.advice.endswith(".") for finding in named)


def test_prose_about_markup_is_no_fault(content: EditionContent, templates: Templates) -> None:
    """An article that speaks of links, images and style sheets is not taken for one."""
    lead = replace(
        content.stories[0],
        headline='<a href="javascript:x">, <img src="y"> and <h1>',
        dek="<style>@media print{.a{color:rgb(0 1 2)}}</style> <!--[if mso]>",
    )
    told = replace(content, stories=(lead, *content.stories[1:]))
    assert lint(compile_edition(told, templates=templates, nonce="k3n9x2p7q1"), told) == ()


def test_worst_first(message: CompiledMessage, content: EditionContent) -> None:
    """Errors stand before warnings."""
    found = lint(replace(swap("</body>", "\x92</body>")(message), preheader=""), content)
    assert [finding.severity for finding in found] == [Severity.ERROR, Severity.WARNING]
