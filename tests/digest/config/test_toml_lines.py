"""The lines of keys, in every form that TOML lets a person write them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config.toml_lines import Key, key_lines

EVERYTHING = '''\
# a comment with [a.table] and key = 1
plain = "a # is no comment, and \\" no end" # a comment
"quoted key" = 'literal \\'
dotted . "inner.dot" . third = 1979-05-27 07:32:00

[ table . 'single' ]   # comment
many = [
    "]", # ]
    'x = 1',
    [1, 2], { inline = true, deep.key = [ { a = 1 }, { b = "}" } ] },
]
long = """
[not.a.table]
not = "a key"
\\""" still inside """""
raw = \'\'\'
\' [nor.this] \'\'\'\'
after = +1e3

[[rows]]
name = "first"
[rows.sub]
x = 1
[[rows]]
name = "second"
[[rows.cells]]
y = 0x10
[[rows.cells]]
y = inf
[table]
empty = []
nothing = {}
'''

LINES: dict[Key, int] = {
    ("plain",): 2,
    ("quoted key",): 3,
    ("dotted", "inner.dot", "third"): 4,
    ("table", "single"): 6,
    ("table", "single", "many"): 7,
    ("table", "single", "many", 0): 8,
    ("table", "single", "many", 1): 9,
    ("table", "single", "many", 2, 1): 10,
    ("table", "single", "many", 3, "inline"): 10,
    ("table", "single", "many", 3, "deep", "key", 1, "b"): 10,
    ("table", "single", "long"): 12,
    ("table", "single", "raw"): 16,
    ("table", "single", "after"): 18,
    ("rows",): 20,
    ("rows", 0, "name"): 21,
    ("rows", 0, "sub"): 22,
    ("rows", 0, "sub", "x"): 23,
    ("rows", 1): 24,
    ("rows", 1, "name"): 25,
    ("rows", 1, "cells", 0, "y"): 27,
    ("rows", 1, "cells", 1, "y"): 29,
    ("table",): 6,
    ("table", "empty"): 31,
    ("table", "nothing"): 32,
}


def test_every_form() -> None:
    """Each kind of key is found on its own line, and nothing inside a string or comment is taken for one."""
    found = key_lines(EVERYTHING)
    assert {key: found.get(key) for key in LINES} == LINES
    assert set(found) == set(paths(tomllib.loads(EVERYTHING)))


def test_line_ends_of_windows() -> None:
    """A file written with CRLF has the same lines."""
    assert key_lines(EVERYTHING.replace("\n", "\r\n")) == key_lines(EVERYTHING)


def test_nothing() -> None:
    """An empty file, and one with only a comment, have no keys."""
    assert key_lines("") == {}
    assert key_lines("# nothing") == {}


STRINGS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
QUOTED = STRINGS.map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')
SCALARS = st.one_of(
    st.integers(-9, 99).map(str),
    st.sampled_from(
        ["true", "1.5", "07:00:00", "1979-05-27 07:32:00", "'it # = [x]'", '"""\n[x]\ny = 1 """', "''''''"]
    ),
    QUOTED,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[\n" + " , # ]\n".join(items) + "\n]"),
        st.dictionaries(QUOTED, inner, max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key} = {value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.booleans(), VALUES), max_size=6))
def test_any_document(items: list[tuple[bool, str]]) -> None:
    """Whatever the values look like, each key is found exactly where it was written, and no other key is."""
    text, expected = "", {}
    table: Key = ()
    for number, (new_table, value) in enumerate(items):
        if new_table:
            table = (f"t{number}",)
            text += f"\n[t{number}] # here\n"
            expected[table] = text.count("\n")
        text += f"k{number} = {value}\n" if number % 2 else f"'k{number}' = {value} # there\n"
        expected[(*table, f"k{number}")] = text.count("\n") - value.count("\n")
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        pytest.fail(f"the test wrote what is not TOML: {text}")
    found = key_lines(text)
    assert {key: found[key] for key in expected} == expected
    assert set(found) == set(paths(parsed))


def paths(value: Any, path: Key = ()) -> Iterator[Key]:
    """The way to every table, key and element of what `tomllib` read."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*path, name)
        yield from paths(inner, (*path, name))
