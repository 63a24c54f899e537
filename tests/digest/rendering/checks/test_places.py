"""From the message back to the template."""

from __future__ import annotations

from pathlib import Path

from digest.model import Place, Severity
from digest.rendering.checks.places import located
from digest.rendering.checks.proof import finding


def told(folders: list[Path], *excerpts: str) -> list[str]:
    """Where findings with these excerpts are said to be."""
    places = [Place("HTML line 7", None, excerpt) for excerpt in excerpts]
    (found,) = located([finding("x", Severity.ERROR, "It.", "Do.", *places)], folders, "mine")
    return [place.part for place in found.places]


def test_a_line_that_only_one_file_has_is_named(tmp_path: Path) -> None:
    """By its words or by its class; what several lines may have written keeps its place in the message."""
    for name, content in (
        ("mine/body.html", '<p>\n<td class="once" align="{{ start }}">\n<td class="twice">\n<td class="twice">\n'),
        ("_base/narrow.css", ".pad{padding:0}\n"),
        ("other/body.html", ".elsewhere{margin:0}"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, "utf-8")
    excerpts = (".pad{padding:0}", '<td class="once" align="left">', '<td class="twice">', ".elsewhere{margin:0}", "")
    assert told([tmp_path], *excerpts) == [
        "_base/narrow.css:1",
        "mine/body.html:2",
        "HTML line 7",
        "HTML line 7",
        "HTML line 7",
    ]


def test_the_folder_that_wins_is_the_one_that_is_read(tmp_path: Path) -> None:
    """An operator's file hides the shipped one of the same name."""
    for folder, content in (("own", '<td class="own-cell">'), ("shipped", '\n<td class="own-cell">\n<i class="gone">')):
        (tmp_path / folder / "mine").mkdir(parents=True)
        (tmp_path / folder / "mine/body.html").write_text(content, "utf-8")
    folders = [tmp_path / "own", tmp_path / "shipped"]
    assert told(folders, '<td class="own-cell">', '<i class="gone">') == ["mine/body.html:1", "HTML line 7"]
