"""docs/templates.md is true: its ten minutes work as printed, and its tables name what templates see."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from digest.rendering.layout import layout
from digest.rendering.notice import NOTICES, sample_notice
from digest.rendering.sample import sample_content
from digest.rendering.slots import DERIVED, PERSONAL
from digest.rendering.templates import Templates
from digest.rendering.view import frame, line, shown
from digest.rendering.words import ENGLISH
from digest.resources import CHECKOUT

DOC = (CHECKOUT / "docs/templates.md").read_text("utf-8")
TEMPLATES = Templates()
FIVE = {"lang", "dir", "start", "end", "onward"}


def section(title: str) -> str:
    return DOC.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def table(after: str, text: str = DOC) -> dict[str, str]:
    """The rows of the first table after these words: what is code in the first column → the second."""
    rows = re.search(r"\n\|.*\n\| --- .*\n((?:\|.*\n?)+)", text.split(after, 1)[1])
    assert rows is not None
    cells = [row.strip("| ").split(" | ") for row in rows[1].splitlines()]
    return {name: row[1] for row in cells for name in re.findall(r"`([^`]+)`", row[0])}


@pytest.mark.slow
def test_the_ten_minutes_work_as_printed(tmp_path: Path) -> None:
    """In an empty folder, each command and each edit in turn: no error, our line in both parts, in our colour."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DIGEST_")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    told = ""
    for before, kind, block in re.findall(
        r"(.*?)```(\w+)\n(.*?)```", section("Ten minutes to a branded e-mail"), re.DOTALL
    ):
        if kind == "sh" and "digest preview" not in block:
            done = subprocess.run(
                ["bash", "-e"], input=block, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, block + done.stdout + done.stderr
            told += done.stdout
        elif kind in ("html", "text"):
            file, anchor = re.findall(r"Open `([^`]+)`, and below\s+`([^`]+)` write", before)[-1]
            source = (tmp_path / file).read_text("utf-8")
            assert source.count(anchor) == 1
            (tmp_path / file).write_text(source.replace(anchor + "\n", f"{anchor}\n{block}"), "utf-8")
    assert "Made our-templates/email/mine from digest" in told
    assert re.search(r"^mine: .* 0 errors", told, re.MULTILINE)
    assert "1 of the words are not translated into de" in told
    html = (tmp_path / "out/edition.html").read_text("utf-8")
    text = (tmp_path / "out/edition.txt").read_text("utf-8")
    for part in (html, text):
        assert "Written on the quay, every weekday before six." in part
        assert "Harbour Pilots Take the Night Watch Back" in part
        assert "Corrections: desk@news.example.org" in part
    assert "color:#0B5D66" in html.replace(" ", "")


def test_its_commands_exist() -> None:
    """Each command in the page is one, with such a subcommand."""
    from digest.cli import COMMANDS
    from digest.cli.template import template

    found = set(re.findall(r"(?:^|`)digest (\w+)(?: (\w+))?", DOC, re.MULTILINE))
    assert found
    for command, sub in found:
        assert command in COMMANDS
        assert command != "template" or sub in template.commands


def test_the_values_of_a_digest() -> None:
    """The four tables name what is there, no more and no less."""
    content = sample_content(TEMPLATES.sample("digest"))
    made = frame(content, ENGLISH)
    story = shown(content.stories[0], content, ENGLISH, takes=1, quotes=1, image=True)
    assert table("What a template of a digest sees").keys() == made.keys() | {"slots", "cut"}
    assert made["voice"].keys() == FIVE
    assert table("A story in a section").keys() == story.keys() | {"cut"}
    quotes = table("A story in a section")["quotes"]
    named = {name.split(".")[0] for name in re.findall(r"`([\w.]+)`", quotes)}
    assert named == story["quotes"][0].keys()
    assert set(re.findall(r"`(\w+)`", table("A story in a section")["image"])) == story["image"].keys()
    assert table("A line of the summary").keys() == line(content.stories[0], content).keys() | {"cut"}


def test_the_values_of_a_brand() -> None:
    """Colours by use, type, logo and footer."""
    brand = frame(sample_content(TEMPLATES.sample("digest")), ENGLISH)["brand"]
    told = table("The brand:")
    assert told.keys() == brand.keys()
    assert set(re.findall(r"`(\w+)`", told["light"])) == brand["light"].keys() == brand["dark"].keys()
    assert set(re.findall(r"`(\w+)`", told["heading"])) == brand["heading"].keys() == brand["text"].keys()


def test_the_values_of_notices() -> None:
    """What each notice has beside what all have."""
    told = table("A notice has")
    assert told.keys() == NOTICES.keys()
    for name in NOTICES:
        own: dict[str, Any] = sample_notice(name, TEMPLATES.sample(name)).view(ENGLISH)
        outer = re.sub(r"\(.*?\)", "", told[name])
        assert set(re.findall(r"`(\w+)`", outer)) == own.keys() - {"preheader"}, name


def test_the_slots() -> None:
    """Every slot, and which message has it."""
    rows = {name.removeprefix("slots."): row for name, row in table("escaped for its place").items()}
    assert rows.keys() == {*PERSONAL, *DERIVED, *(slot for notice in NOTICES.values() for slot in notice.personal)}
    for name, notice in NOTICES.items():
        where = {slot for slot in notice.personal if re.search(rf"`slots\.{slot}`.*`{name}`", DOC)}
        assert where == set(notice.personal)


def test_the_layout_is_one(tmp_path: Path) -> None:
    """The example of layout.toml can be used as it stands."""
    (example,) = re.findall(r"```toml\n(.*?)```", section("Sections and cut marks"), re.DOTALL)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "layout.toml").write_text(example, "utf-8")
    made = layout([tmp_path], "mine")
    assert [each.name for each in made.sections] == ["lead", "stories"]
    assert made.summary == tomllib.loads(example)["summary"]["lines"]


def test_what_ships_is_named() -> None:
    """The digests, the notices and the languages."""
    text = section("The folder of an e-mail")
    assert all(f"`{name}`" in text for name in TEMPLATES.names())
    assert TEMPLATES.languages() == ("en", "ar", "de", "es", "fr")
    assert re.search(r"English,\s+German, French, Spanish and Arabic are complete", section("Words and languages"))
