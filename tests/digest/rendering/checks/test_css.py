"""CSS as the checks read it."""

from __future__ import annotations

from digest.rendering.checks.css import declarations, functions, sheet


def test_a_declaration_keeps_its_value_and_its_weight() -> None:
    """Names are lower-cased, values stay as written, and !important is apart."""
    (first, second), errors = declarations("COLOR:Red; padding:0  4px ! important")
    assert (first.name, first.value, first.important) == ("color", "Red", False)
    assert (second.name, second.value, second.important) == ("padding", "0  4px", True)
    assert errors == ()


def test_what_is_no_declaration_is_an_error() -> None:
    """A missing colon, a missing value and a nested rule are named; what stands beside them is kept."""
    for css in ("color red; margin:0", "color:; margin:0", ".b{color:red} margin:0"):
        found, errors = declarations(css)
        assert errors
        assert [each.name for each in found if each.value] in (["margin"], [])


def test_rules_know_the_at_rules_around_them() -> None:
    """A media query stands in the rule's path, and a selector list is taken apart at its own commas only."""
    parsed = sheet("@media screen and (max-width:599px){.a,td:is(.b,.c){color:red !important}} .d{margin:0}")
    assert [(rule.selectors, rule.inside) for rule in parsed.rules] == [
        ((".a", "td:is(.b,.c)"), ("media screen and (max-width:599px)",)),
        ((".d",), ()),
    ]
    assert parsed.errors == ()


def test_an_at_rule_in_an_at_rule_shows_its_path() -> None:
    """Gmail drops such a block."""
    assert sheet("@media screen{@media print{.a{color:red}}}").at_rules == (
        ("media screen",),
        ("media screen", "media print"),
    )


def test_braces_in_strings_and_comments_are_not_counted() -> None:
    """Only a brace that opens something has to be closed."""
    assert sheet('/* } */ .a{font-family:"{"}').errors == ()
    assert sheet(".a{color:red").errors


def test_functions_are_found_at_any_depth() -> None:
    """calc in a gradient counts as much as the gradient."""
    (declared,), _ = declarations("background:linear-gradient(red, rgba(0,0,0,calc(1/2)))")
    assert [call.lower_name for call in functions(declared.tokens)] == ["linear-gradient", "rgba", "calc"]
