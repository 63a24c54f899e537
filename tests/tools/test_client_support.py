"""The table of what mail clients support, as the tool makes it from the package's data."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TOOL: dict[str, Any] = runpy.run_path(str(ROOT / "tools/client_support.py"))

DATA = {
    "last_update_date": "2026-05-13 18:08:06 +0000",
    "data": [
        {
            "slug": "css-margin",
            "title": " margin ",
            "stats": {
                "outlook": {"windows": {"2007": "n", "2019": "a #1 #2"}},
                "gmail": {"ios": {"2019-05": "y"}},
            },
        },
        {"slug": "css-gap", "title": "gap", "stats": {"gmail": {"ios": {"2019-05": "y", "2020-01": "u"}, "web": {}}}},
    ],
}


def test_the_latest_answer_is_a_letter_and_every_answer_a_vote() -> None:
    """Sorted by feature and client, notes left out; a client that was not asked is a dash, an unknown no vote."""
    table = json.loads(TOOL["table"](DATA))
    assert table["updated"] == "2026-05-13"
    assert table["clients"] == ["gmail.ios", "gmail.web", "outlook.windows"]
    assert table["features"] == {
        "css-gap": {"title": "gap", "latest": "u--", "votes": [1, 0, 0]},
        "css-margin": {"title": "margin", "latest": "y-a", "votes": [1, 1, 1]},
    }


def test_one_feature_is_one_line() -> None:
    """So that a newer version can be compared with the one before."""
    lines = [line.rstrip(",") for line in TOOL["table"](DATA).splitlines() if line.startswith('"css-')]
    assert [list(json.loads(f"{{{line}}}")) for line in lines] == [["css-gap"], ["css-margin"]]


def test_the_table_says_where_it_is_from() -> None:
    """The committed table is of the version that the tool names, with its source, licence and date."""
    table = json.loads(TOOL["TABLE"].read_text("utf-8"))
    assert table["source"] == f"https://www.caniemail.com, npm caniemail {TOOL['VERSION']}"
    assert "MIT" in table["licence"]
    page = (ROOT / "docs/message-checks.md").read_text("utf-8")
    assert f"for {len(table['features'])} features" in page
    assert f"which of {len(table['clients'])} mail clients" in page
