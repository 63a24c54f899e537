"""What may stand in the plain style block."""

from __future__ import annotations

import pytest

from digest.rendering.inlinable import check_plain_styles


def codes(css: str, body: str = "<p class='a'>x</p>") -> list[str]:
    page = f"<!DOCTYPE html><html><head><style>{css}</style></head><body>{body}</body></html>"
    return [found.code for found in check_plain_styles(page)]


@pytest.mark.parametrize(
    "css", [".a{color:#000000}", "p{margin:0}", ".a,p{color:#000000}", "/* .a:hover */ .a-b_c{margin:0}", ""]
)
def test_classes_and_types_alone_are_fine(css: str) -> None:
    """One class or one type, or a list of them."""
    assert codes(css) == []


@pytest.mark.parametrize("selector", [".a .b", ".a.b", "p.a", "#a", "a:hover", "*", "p > a", "[dir=rtl]", ".a::before"])
def test_other_selectors_are_named(selector: str) -> None:
    """Inliners give them another weight, or forget them."""
    assert codes(f"{selector}{{color:#000000}}") == ["plain-selector"]


@pytest.mark.parametrize("css", ["@media print{.a{color:#000000}}", "@font-face{font-family:x}", "@import 'x';"])
def test_at_rules_are_named(css: str) -> None:
    """They cannot be an attribute."""
    assert codes(css) == ["plain-at-rule"]


@pytest.mark.parametrize(
    ("css", "body", "found"),
    [
        (".a{margin:0}.b{margin-top:1px}", '<p class="a b">x</p>', True),
        (".a{margin:0}.b{margin-top:1px}", '<p class="a">x</p><p class="b">x</p>', False),
        (".a{padding:0}", '<p class="a" style="padding-top:4px">x</p>', True),
        ("p{font:1em x}.a{font-size:2em}", '<p class="a">x</p>', True),
        (".a{border-color:#000000}.b{border-top-width:1px}", '<p class="a b">x</p>', False),
        (".a{border-color:#000000}.b{border-top-color:#000000}", '<p class="a b">x</p>', True),
        (".a{border:0}.b{border-radius:3px}", '<p class="a b">x</p>', False),
        (".a{border:0}.b{border-collapse:collapse}", '<p class="a b">x</p>', False),
        (".a{border:0}.b{border-top:1px solid #000000}", '<p class="a b">x</p>', True),
        (".a{background:#000000}.b{background-color:#ffffff}", '<p class="a b">x</p>', True),
    ],
)
def test_a_shorthand_and_its_longhand_on_one_element(css: str, body: str, found: bool) -> None:
    """Premailer keeps the place of the first, a browser the last: what an element gets from both is named."""
    assert codes(css, body) == (["plain-shorthand"] if found else [])


def test_other_blocks_are_left_alone() -> None:
    """Blocks that are kept, and what only Outlook reads, may hold what they like."""
    page = (
        "<!DOCTYPE html><html><head><!--[if mso]><style>p.a{margin:0}</style><![endif]-->"
        '<style data-premailer="ignore">'
        "@media print{.a{margin:0}}</style></head><body><p style='margin:0'>x</p></body></html>"
    )
    assert list(check_plain_styles(page)) == []
