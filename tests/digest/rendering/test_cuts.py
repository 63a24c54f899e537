"""Cut marks: what a template must write, and what it is told when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import RenderError
from digest.rendering.cuts import Cuts, Item, Piece
from digest.rendering.edition import EditionContent, compile_edition
from digest.rendering.layout import Layout, Section
from digest.rendering.templates import Templates

NONCE = "k3n9x2p7q1"
LAYOUT = Layout((Section("lead", 1), Section("rest_of", None)), summary=0)


def marks(*, html: bool = True) -> tuple[Cuts, dict[str, str]]:
    """The marks of two sections with two stories, each by a short name."""
    cuts = Cuts(NONCE, LAYOUT, html=html)
    words = dict(cuts.words)
    for section in ("lead", "rest_of"):
        words |= {f"{section}{at}": cuts.item(Item(section, at, 0, 0)) for at in (0, 1)}
    return cuts, words


@pytest.mark.parametrize("html", [True, False])
def test_sections_are_cut(html: bool) -> None:
    """Opening, items and closing come apart, the closing may be empty, and no mark is left."""
    cuts, m = marks(html=html)
    text = (
        f"a{m['lead']}(b{m['lead0']}c{m['lead1']}d{m['rest']}e){m['end']}f"
        f"{m['rest_of']}{m['rest_of0']}g{m['rest_of1']}h{m['end']}"
    )
    assert cuts.count(text) == 9
    lead, rest = [Item("lead", at, 0, 0) for at in (0, 1)], [Item("rest_of", at, 0, 0) for at in (0, 1)]
    assert cuts.cut(text, "x") == [
        "a",
        Piece("lead", "(b", {lead[0]: "c", lead[1]: "d"}, "e)"),
        "f",
        Piece("rest_of", "", {rest[0]: "g", rest[1]: "h"}, ""),
        "",
    ]


LEAD, REST = "lead lead0 lead1 end", "rest_of rest_of0 rest_of1 end"


@pytest.mark.parametrize(
    ("order", "section", "what"),
    [
        (LEAD, "rest_of", "has no {{ cut.rest_of }}"),
        (f"{LEAD} {LEAD} {REST}", "lead", "begins twice"),
        (f"lead lead0 lead1 {REST}", "lead", "before its {{ cut.end }}"),
        (f"lead lead0 lead1 rest {REST}", "lead", "before its {{ cut.end }}"),
        ("lead lead0 lead1", "lead", "before its {{ cut.end }}"),
        (f"lead lead0 end {REST}", "lead", "not marked"),
        (f"lead end {REST}", "lead", "not marked"),
        (f"lead lead0 lead0 lead1 end {REST}", "lead", "doubled"),
        (f"lead lead1 lead0 end {REST}", "lead", "out of order"),
        (f"lead lead0 rest_of0 end {REST}", "lead", "'rest_of' stands in it"),
        (f"lead0 {LEAD} {REST}", "lead", "outside of it"),
        (f"{LEAD} end {REST}", "", "outside of every section"),
        (f"rest {LEAD} {REST}", "", "outside of every section"),
    ],
)
def test_malformed_marks_are_told(order: str, section: str, what: str) -> None:
    """Lost, doubled, out of order or nested: the template, the section and what to do."""
    cuts, m = marks()
    with pytest.raises(RenderError) as told:
        cuts.cut("-".join(m[name] for name in order.split()), "mine/body.html")
    assert "mine/body.html" in str(told.value)
    assert section in str(told.value)
    assert what in str(told.value)


def test_a_template_that_forgets_a_mark_is_told(content: EditionContent, tmp_path: Path) -> None:
    """From the shipped template with one mark taken out, by the name of the file and of the section."""
    whole = Templates()
    folder = tmp_path / "digest"
    folder.mkdir()
    for name in ("body.html", "body.txt"):
        source = (whole.folders[-1] / "digest" / name).read_text("utf-8")
        (folder / name).write_text(source.replace("{{ cut.briefs }}", ""), "utf-8")
        with pytest.raises(RenderError, match=rf"digest/{name}.*briefs"):
            compile_edition(content, templates=Templates([tmp_path]), nonce=NONCE)
        (folder / name).unlink()


def test_a_mark_that_a_filter_changed_is_refused(content: EditionContent, tmp_path: Path) -> None:
    """It would stay in what readers get."""
    (tmp_path / "digest").mkdir()
    source = (Templates().folders[-1] / "digest" / "body.txt").read_text("utf-8")
    (tmp_path / "digest" / "body.txt").write_text(f"{{{{ cut.end[:-1] }}}}{source}", "utf-8")
    with pytest.raises(RenderError, match="changed a slot or a cut mark"):
        compile_edition(content, templates=Templates([tmp_path]), nonce=NONCE)
