"""Bring templates/locales up to date with the words of the e-mails: `python tools/words.py`, or `make words`.

Finds each English message of the templates and of `digest/rendering`, adds the new ones to every catalog without
a translation, and takes out those that nobody says any more. `--check` changes nothing and exits 1 when a catalog
lacks a message, has one too many, or one that is not translated.
"""

from __future__ import annotations

import argparse
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALES = ROOT / "templates/locales"
WHERE = [
    ("digest/rendering/**.py", "python"),
    ("templates/email/**.html", "jinja2"),
    ("templates/email/**.txt", "jinja2"),
]
AS_RENDERED = {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}
KEYWORDS = {**DEFAULT_KEYWORDS, "pattern": None}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when something would change")
    check: bool = parser.parse_args().check
    template = extracted()
    wrong = [problem for path in sorted(LOCALES.glob("*.po")) for problem in update(path, template, check=check)]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if check and wrong else 0


def extracted() -> Catalog:
    """Every English message, with the files that say it."""
    template = Catalog()
    for folder in ("digest/rendering", "templates/email"):
        mapping = [
            (pattern.removeprefix(f"{folder}/"), method) for pattern, method in WHERE if pattern.startswith(folder)
        ]
        options = {pattern: AS_RENDERED for pattern, method in mapping if method == "jinja2"}
        found = extract_from_dir(ROOT / folder, mapping, options, KEYWORDS, directory_filter=lambda _: True)
        for name, _, message, _, context in found:
            template.add(message, locations=[(f"{folder}/{name}", 0)], context=context)
    return template


def update(path: Path, template: Catalog, *, check: bool) -> list[str]:
    """Write the catalog anew under the header that it has; what a translator has to do about it."""
    before = path.read_text("utf-8")
    catalog = read_po(BytesIO(before.encode()), locale=path.stem, abort_invalid=True)
    known = {message.id for message in catalog}
    catalog.update(template, no_fuzzy_matching=True)
    body = BytesIO()
    write_po(body, catalog, width=0, omit_header=True, sort_output=True, ignore_obsolete=True, include_lineno=False)
    after = f"{before.split(chr(10) * 2, 1)[0]}\n\n{body.getvalue().decode().strip()}\n"
    if not check:
        path.write_text(after, "utf-8")
    name = path.relative_to(ROOT)
    gone = [f"{name}: {message.id!r} is not said any more" for message in catalog.obsolete.values()]
    lacking = [
        f"{name}: {message.id!r} {'has no translation' if message.id in known else 'is new'}"
        for message in catalog
        if message.id and not _translated(message)
    ]
    return [*gone, *lacking]


def _translated(message: Message) -> bool:
    forms = (message.string,) if isinstance(message.string, str) else message.string or ()
    return not message.fuzzy and bool(forms) and all(forms)


if __name__ == "__main__":
    sys.exit(main())
