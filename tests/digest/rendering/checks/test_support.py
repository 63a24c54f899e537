"""The client support matrix, its accepted gaps, and the score."""

from __future__ import annotations

from dataclasses import replace

import pytest
from broken import SOUND, block, shown

from digest.model import Place
from digest.rendering.checks.features import Use, features
from digest.rendering.checks.proof import Proof
from digest.rendering.checks.support import check_support, support_score, table

KNOWN = frozenset(table().features)


def used(markup: str) -> set[str]:
    """What a piece of HTML adds to what a sound message uses."""
    return set(features(shown(markup)(SOUND), KNOWN)) - set(features(SOUND, KNOWN))


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        ('<p style="display:flex">a</p>', {"css-display-flex"}),
        ('<p style="padding-inline:2px">a</p>', {"css-padding-inline-block"}),
        ('<p style="border-top-left-radius:2px">a</p>', {"css-border-radius"}),
        (
            '<p style="border-collapse:collapse; overflow-wrap:anywhere">a</p>',
            {"css-border-collapse", "css-overflow-wrap"},
        ),
        ('<p style="border-left-color:red; padding-top:1px">a</p>', {"css-border"}),
        ('<p style="width:calc(100% - 2em)">a</p>', {"css-unit-calc"}),
        ('<p style="color:rgba(0,0,0,0.5)">a</p>', {"css-rgba"}),
        ('<p style="text-transform:uppercase">a</p>', {"css-text-transform"}),
        ('<p style="font-family:system-ui">a</p>', {"css-sytem-ui"}),
        ('<p style="font-size:2rem">a</p>', {"css-unit-rem"}),
        ('<p style="background:linear-gradient(red,blue)">a</p>', {"css-background", "css-linear-gradient"}),
        ("<section>a</section>", {"html-semantics"}),
        ('<a href="#b">to the story below</a>', {"html-anchor-links"}),
        ('<img src="a.WEBP">', {"image-webp"}),
        ('<img src="data:image/png;base64,AA">', {"image-base64"}),
        ('<img src="a.png" srcset="b.png 2x">', {"image-png", "html-srcset"}),
    ],
)
def test_features_are_known_by_their_names(markup: str, wanted: set[str]) -> None:
    """Properties, values, functions, units, elements, attributes and image formats, and no look-alike."""
    assert used(markup) == wanted


@pytest.mark.parametrize(
    ("css", "wanted"),
    [
        ("td > p{margin:0}", "css-selector-child"),
        ("p:first-child{margin:0}", "css-pseudo-class-first-child"),
        ("p::before{margin:0}", "css-pseudo-element-before"),
        ("@font-face{font-family:a}", "css-at-font-face"),
        ("@media (hover){.a{margin:0 !important}}", "css-at-media-hover"),
    ],
)
def test_features_of_style_blocks_are_known(css: str, wanted: str) -> None:
    """Selectors, pseudo-classes and at-rules count as well."""
    assert wanted in features(block(css)(SOUND), KNOWN)


def test_every_accepted_gap_is_one() -> None:
    """The allow-list holds only pairs that the table calls unsupported, of clients that count, with a reason."""
    facts = table()
    for feature, clients in facts.allowed.items():
        for client, reason in clients.items():
            assert facts.features[feature].latest[client] == "n", (feature, client)
            assert client in facts.clients
            assert reason.endswith(".")


def test_every_client_that_counts_is_tested() -> None:
    """The table has a result of each of them for six features in seven."""
    facts = table()
    for client in facts.clients:
        known = [row.latest[client] for row in facts.features.values() if row.latest[client] in "yan"]
        assert len(known) > 6 / 7 * len(facts.features), client


def test_a_new_gap_names_the_clients_and_the_place() -> None:
    """One finding for a feature, with everybody who does not support it and where it is used first."""
    (found,) = check_support(shown('<p style="display:grid">a</p>')(SOUND))
    assert found.code == "client-support"
    assert "Outlook for Windows" in found.message
    assert "Apple Mail" not in found.message
    assert found.places[0].excerpt == "display:grid"


def test_the_score_is_the_formula() -> None:
    """100 less the worst partly and the worst never, each by its share of elements, one at most."""
    yes, partly, never = table().features["css-margin"].votes
    assert never == 0
    assert support_score({"css-margin": Use(9, 5, Place("x"))}, 10) == pytest.approx(
        100 - 100 * partly / (yes + partly) * 0.5
    )
    yes, partly, never = table().features["css-display-grid"].votes
    everywhere = {"css-display-grid": Use(40, 40, Place("x"))}
    assert support_score(everywhere, 10) == pytest.approx(100 - 100 * (partly + never) / (yes + partly + never))
    assert support_score({}, 10) == 100


def test_partial_support_counts_where_it_is_met() -> None:
    """A margin costs nothing where only negative margins fail; a negative one does."""
    plain: Proof = replace(SOUND, html='<p style="margin:4px 0">a</p>')
    assert features(plain, KNOWN)["css-margin"].limited == 0
    assert features(replace(plain, html='<p style="margin:-4px 0">a</p>'), KNOWN)["css-margin"].limited == 1
