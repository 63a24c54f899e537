"""Text in a cell of a CSV file that a spreadsheet will not run as a formula."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
"""How a spreadsheet tells a formula (OWASP, CSV Injection), behind any apostrophes of the text's own."""


def neutralise(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet could run it; `restore` takes that off again."""
    return "'" + text if _FORMULA.match(text) else text


def restore(cell: str) -> str:
    """The text that `neutralise` was given; any other cell as it is."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell
