"""layout.toml: what it says, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2.defaults import DEFAULT_NAMESPACE

from digest.errors import RenderError
from digest.rendering.layout import Layout, Section, is_digest, layout
from digest.rendering.templates import Templates


def write(folder: Path, text: str) -> list[Path]:
    (folder / "mine").mkdir()
    (folder / "mine" / "layout.toml").write_text(text, "utf-8")
    return [folder]


def test_sections_in_order(tmp_path: Path) -> None:
    """With what each shows; the summary has none unless it says so."""
    folders = write(
        tmp_path,
        """
        [[section]]
        name = "lead"
        stories = 1
        takes = 5
        quotes = 3
        image = true
        [[section]]
        name = "rest_of_it"
        dek = false
        """,
    )
    assert layout(folders, "mine") == Layout(
        (Section("lead", 1, 5, 3, True), Section("rest_of_it", None, dek=False)), 0
    )
    assert is_digest(folders, "mine")
    assert not is_digest(folders, "other")


def test_shipped_digests_have_one() -> None:
    """The folders with stories, and no notice."""
    folders = Templates().folders
    assert is_digest(folders, "digest")
    assert not is_digest(folders, "welcome")
    with pytest.raises(RenderError, match="no digest template 'welcome'; expected one of brief, digest, quotes"):
        layout(folders, "welcome")


LAST = '[[section]]\nname = "all"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "one or more tables"),
        ("section = 3", "one or more tables"),
        ('[[section]]\nname = "Lead"', "lower-case"),
        ('[[section]]\nname = "title"', "none of"),
        (LAST + LAST.replace("all", "b"), "'all' is not the last, so it needs `stories`"),
        (LAST + "stories = 3", "remove its `stories`"),
        (f'[[section]]\nname = "all"\nstories = 1\n{LAST}', "each name once"),
        (f'[[section]]\nname = "a"\nstories = 0\n{LAST}', "from 1 to 20"),
        (f'[[section]]\nname = "a"\nstories = true\n{LAST}', "from 1 to 20"),
        (LAST + "takes = -1", "takes is a number"),
        (LAST + 'image = "yes"', "true or false"),
        (LAST + "picture = true", "unknown key 'picture'"),
        (LAST + "[summary]\nrows = 3", "unknown key 'rows'"),
        ("colour = 1\n" + LAST, "unknown key 'colour'"),
        ("[[section", "layout.toml"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, text: str, told: str) -> None:
    """The file, and what was expected in it."""
    with pytest.raises(RenderError) as error:
        layout(write(tmp_path, text), "mine")
    assert told in str(error.value)
    assert "mine/layout.toml" in str(error.value)


@pytest.mark.parametrize("name", [*DEFAULT_NAMESPACE, "gettext", "ngettext", "pgettext", "loop", "in", "slots"])
def test_a_section_takes_no_name_from_the_engine(tmp_path: Path, name: str) -> None:
    """Nor from the words, nor from what else a template is given: it would be gone, or be no name at all."""
    with pytest.raises(RenderError, match=f"'{name}'; expected .* and none of"):
        layout(write(tmp_path, LAST.replace("all", name)), "mine")
