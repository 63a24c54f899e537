"""The `key: value` lines between `---` at the top of a text: what its author knows for certain."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from digest.errors import SourceError
from digest.model import Image
from digest.sources.known import Known, image_beside, instant, language_tag, lead_image, line, web_address

_FENCE = re.compile(r"---[ \t]*\n")
_END = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
_LONGEST = 10_000
"""Characters; a fence that closes later than this was never closed."""

_Reader = Callable[[str], str | datetime]
_KEYS: dict[str, tuple[tuple[str, ...], _Reader, str]] = {
    "headline": (("headline", "title"), line, "text"),
    "dek": (("dek", "description"), line, "text"),
    "caption": (("caption",), line, "text"),
    "byline": (("byline", "author"), line, "text"),
    "published_at": (("published_at", "date"), instant, "a date such as 2026-11-23 or 2026-11-23T07:00+01:00"),
    "url": (("url", "canonical"), web_address, "an address that begins with https://"),
    "publisher": (("publisher", "source"), line, "text"),
    "topic": (("topic", "section"), line, "text"),
    "language": (("language", "lang"), language_tag, "a language tag such as en or pt-BR"),
}
"""Field → the keys that set it, the first one wins; how its value is read; what was expected. `image` is apart."""


def split(text: str, *, folder: Path | None = None) -> tuple[Known, str]:
    """What the front matter says, and the text below it; a text without front matter comes back whole.

    `folder` is where the path of an image starts; without it, a path is passed over. Keys that are not ours
    are ignored. Raises SourceError with line and key.
    """
    opening = _FENCE.match(text)
    if opening is None:
        return Known(), text
    closing = _END.search(text, opening.end(), opening.end() + _LONGEST)
    if closing is None:
        raise SourceError("line 1: the front matter that begins here is never closed; put --- below its last line")
    values = _values(text[opening.end() : closing.start()])
    fields: dict[str, str | datetime | Image] = {}
    for field, (keys, read, expected) in _KEYS.items():
        key = next((key for key in keys if key in values), None)
        if key is None:
            continue
        number, value = values[key]
        if value is None:
            raise SourceError(f"line {number}: {key} is a list or a table; expected {expected}")
        if not value:
            continue
        try:
            fields[field] = read(value)
        except ValueError:
            raise SourceError(f"line {number}: {key} is {value[:60]!r}; expected {expected}") from None
    address, alt = (values.get(key, (0, None))[1] or "" for key in ("image", "image_alt"))
    # Other systems keep paths of their own under this key; no article is refused for them.
    with suppress(ValueError):
        fields["image"] = image_beside(folder, address, alt=alt) if folder else lead_image(address, alt=alt)
    return Known(**fields), text[closing.end() :]  # type: ignore[arg-type]


def _values(block: str) -> dict[str, tuple[int, str | None]]:
    """Key → its line in the file and its text in one line; None for what is no plain value."""
    # Heavy, and most texts have no front matter.
    import yaml

    # Nodes, not values: `language: no` is a language, `headline: 2026` a headline, and a node knows its line.
    try:
        node = yaml.compose(block, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        number = mark.line + 2 if mark else 1
        advice = "write key: value, with quotes around a value that holds a colon"
        raise SourceError(f"line {number}: the front matter cannot be read; {advice}") from None
    except RecursionError:
        raise SourceError("line 1: the front matter is nested too deep; write key: value") from None
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise SourceError("line 2: the front matter has no keys; write key: value, or remove the --- lines")
    found: dict[str, tuple[int, str | None]] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        text: str | None = None
        if isinstance(value, yaml.ScalarNode):
            text = "" if value.tag.endswith(":null") else " ".join(value.value.split())
        found.setdefault(str(key.value), (key.start_mark.line + 2, text))
    return found
