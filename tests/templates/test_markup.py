"""The HTML is what the standard says, but for six rules that e-mail cannot keep: html-validate over every e-mail.

Off in htmlvalidate.json, each for a reason:

* long-title: a mail client shows the subject; the title repeats it for those who open the page.
* no-conditional-comment: Outlook for Windows reads nothing else.
* no-deprecated-attr: Word takes cellpadding, cellspacing, border, align and width from attributes only.
* no-inline-style: that is what inlining is.
* prefer-native-element: Yahoo and Outlook remove `article`; its role on a `div` stays.
* prefer-tbody: a parser adds it, and forty bytes a table count against Gmail's limit.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from specimens import Specimen, specimens

ROOT = Path(__file__).parent.parent.parent
CONFIGURATION = Path(__file__).with_name("htmlvalidate.json")
PROGRAM = ROOT / "node_modules" / ".bin" / "html-validate"


def complaints(folder: Path, documents: Mapping[str, str]) -> dict[str, list[str]]:
    """Name of each document → what html-validate says of it. Fails when the tool is missing or did not look."""
    if shutil.which("node") is None or not PROGRAM.exists():
        pytest.fail("html-validate is missing: install node 18.19 or newer and npm, then run `make gates`")
    for name, html in documents.items():
        (folder / f"{name}.html").write_text(html, "utf-8")
    answer = folder / "answer.json"  # a pipe would be cut at 64 kB
    with answer.open("wb") as out:
        command = [
            str(PROGRAM),
            "--config",
            str(CONFIGURATION),
            "--formatter",
            "json",
            *(f"{name}.html" for name in documents),
        ]
        done = subprocess.run(command, cwd=folder, stdout=out, stderr=subprocess.PIPE, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()
    found: dict[str, list[str]] = {name: [] for name in documents}
    for result in json.loads(answer.read_text("utf-8")):
        found[Path(result["filePath"]).stem] = [
            f"{said['line']}:{said['column']} {said['ruleId']}: {said['message']}" for said in result["messages"]
        ]
    return found


@pytest.mark.matrix
def test_every_email_is_valid(tmp_path: Path) -> None:
    """html-validate says nothing of any e-mail."""
    found = complaints(tmp_path, {str(specimen): specimen.html for specimen in specimens()})
    assert {name: said for name, said in found.items() if said} == {}


BROKEN: dict[str, Callable[[str], str]] = {
    "close-order": lambda html: html.replace("</h1>", "", 1),
    "element-permitted-content": lambda html: html.replace("<h1", "<ul><p>x</p></ul><h1", 1),
    "heading-level": lambda html: html.replace("<h1", "<h4>Skipped</h4><h1", 1),
    "missing-doctype": lambda html: html.replace("<!DOCTYPE html>", "", 1),
    "no-dup-id": lambda html: html.replace("<h1", '<p id="a">x</p><p id="a">x</p><h1', 1),
    "no-raw-characters": lambda html: html.replace("<h1", "<p>a < b</p><h1", 1),
    "text-content": lambda html: html.replace("<h1", "<button type=submit></button><h1", 1),
    "unrecognized-char-ref": lambda html: html.replace("<h1", "<p>&unknown;</p><h1", 1),
    "wcag/h30": lambda html: html.replace("<h1", '<a href="https://example.com/"></a><h1', 1),
    "wcag/h37": lambda html: html.replace("<h1", '<img src="https://media.example.com/a.png"><h1', 1),
}


@pytest.mark.matrix
def test_it_sees_each_of_these(tmp_path: Path, everyday: Specimen) -> None:
    """Each of these, done to a good e-mail, is named by its rule."""
    names = {rule: rule.replace("/", "-") for rule in BROKEN}
    found = complaints(tmp_path, {names[rule]: change(everyday.html) for rule, change in BROKEN.items()})
    silent = [rule for rule in BROKEN if not any(f" {rule}: " in line for line in found[names[rule]])]
    assert silent == [], found


def test_it_fails_where_the_tool_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without node on the machine the gate fails, and says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match="install node"):
        complaints(tmp_path, {})
