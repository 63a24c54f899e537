"""What mail programs take away from an e-mail, or recolour."""

from __future__ import annotations

import pytest

from digest.colours import contrast
from digest.web.clients import Look, looked_at, style_bytes

HTML = (
    '<html><head><meta name="color-scheme" content="light dark"><!--[if mso]><xml><o:PixelsPerInch>96</o:PixelsPerInch>'
    "</xml><![endif]--><style>p{color:red}</style></head>"
    '<body bgcolor="#ffffff" style="margin:0;background-color:#F2EFE8">'
    '<!--[if mso]><table width="600"><tr><td><![endif]--><!--[if !mso]><!--><i>others</i><!--<![endif]-->'
    '<p style="color:#1b1b1f;max-width:600px;border-radius:4px;background:url(\'x.png\') #fff" title="color:#000">'
    "Hi</p>"
    '<p style="color:#ffffff;background-color:#A3241B">On red</p><img src="a.png" srcset="b.png 2x" alt="A boat">'
    "<!--[if mso]></td></tr></table><![endif]--></body></html>"
)


def test_nothing_is_changed_unless_it_is_asked() -> None:
    """The usual look is the message itself."""
    assert looked_at(HTML, Look()) == HTML
    assert looked_at(HTML, Look(scheme="dark")) == HTML


def test_blocked_pictures_leave_their_words() -> None:
    """No address of a picture is left, in attributes or styles; the alternative text is."""
    shown = looked_at(HTML, Look(images=False))
    assert ".png" not in shown
    assert 'src="data:," alt="A boat"' in shown
    assert "background:none #fff" in shown


@pytest.mark.parametrize(("styles", "blocks", "inlined"), [("inline", False, True), ("none", False, False)])
def test_styles_are_taken_away(styles: str, blocks: bool, inlined: bool) -> None:
    """The blocks alone, or those on elements as well; colours as attributes are no styles."""
    shown = looked_at(HTML, Look(styles=styles))  # type: ignore[arg-type]
    assert ("<style" in shown) == blocks
    assert (" style=" in shown) == inlined
    assert 'bgcolor="#ffffff"' in shown


def test_word_reads_what_is_for_it_and_nothing_else() -> None:
    """Its comments are open, those for others gone, as are style blocks and properties that it does not know."""
    shown = looked_at(HTML, Look(word=True))
    assert '<table width="600"><tr><td><p style="color:#1b1b1f;background:url' in shown
    assert "</td></tr></table>" in shown
    for gone in ("<!--", "others", "<style", "max-width", "border-radius", "96"):
        assert gone not in shown


def test_forced_dark_turns_light_grounds_and_dark_words() -> None:
    """Both turn; white on a dark ground stays; what looks like a style stays; nothing asks for a scheme."""
    shown = looked_at(HTML, Look(scheme="forced"))
    assert 'bgcolor="#121212"' in shown
    assert "color:#ffffff;background-color:#A3241B" in shown
    assert 'title="color:#000"' in shown
    assert "color-scheme" not in shown.replace("color-scheme:light}", "")
    ground, ink = shown.partition(") ")[2][:7], shown.partition('<p style="color:')[2][:7]
    assert contrast(ground, ink) > 12


def test_style_blocks_are_weighed() -> None:
    """Bytes of their content; those that only Word reads are not Gmail's."""
    assert style_bytes(HTML) == len("p{color:red}")
    assert style_bytes("<!--[if mso]><style>x</style><![endif]--><style>é</style>") == 2
