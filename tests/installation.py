"""A small installation for tests: a folder with config.toml, articles and a roll, and `digest` run in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

CONFIG = """\
[storage]
folder = "var"

[site]
base_url = "https://digest.example.org"

[delivery]
batch_readers = {batch}

[provider.main]
kind = "postmark"
base_url = "{url}"
timeout = "20s"

[source.desk]
kind = "folder"
path = "articles"

[newsletter.morning]
title = "The Morning Tide"
from_name = "The Morning Tide"
from_address = "tide@news.example.org"
reply_to = "desk@news.example.org"
list_id = "morning.news.example.org"
postal_address = "4 Customs Quay, 1002 Maravik, Skerria"
provider = "main"
sources = ["desk"]
"""

SALT = """\
Maravik Salt Works Reopen After Eleven Years

The pans at Maravik, dry for eleven years, will be flooded again on Monday, and 43 people have been hired.

By Rosa Whitlow

Quick Takes

  • The salt works at Maravik open on Monday with 43 workers
  • Seawater reaches the first pan through a sluice from 1921

A Sluice from 1921

The salt works at Maravik will open on Monday, eleven years after the last pan ran dry, with 43 workers on the books.

“We kept the key on a nail all these years,” said Ingrid Halvard, the works manager. “Somebody had to believe in it.”

Seawater will reach the first pan through a sluice from 1921, which two retired smiths have repaired by hand.
"""
"""An article without error findings."""

FISH = """\
Fish Prices Fall as Boats Come Home Full

Fish got cheaper at Hestmouth on Monday, when nine boats came home with full holds after the first calm week since \
October.

“We had ice for six boats, and nine came in,” said Ola Berg, who runs the auction. “So the price went down the drain \
with the ice.”

A crate of cod went for 410 crowns, against 590 a week ago, and the last two boats sold theirs to the hospital kitchen.
"""
"""Another."""

WRONG = FISH.replace(
    "Fish got",
    "Quick Takes\n\n  • Ola Berg: “I have never sold a fish in my life, and I am proud of it.”\n\nFish got",
    1,
)
"""An article whose own take quotes what its body does not hold: the error quote-not-in-body."""


class Installation:
    """One folder; nothing of the environment that it does not name reaches its commands."""

    def __init__(self, folder: Path, *, url: str = "http://127.0.0.1:9", batch: int = 500) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.articles = folder / "articles"
        self.database = folder / "var" / "digest.sqlite3"
        self.articles.mkdir(parents=True)
        self.config.write_text(CONFIG.format(url=url, batch=batch))
        self.write("salt.txt", SALT)

    @property
    def environment(self) -> Mapping[str, str]:
        """Secrets that are the same in every process."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
        secrets = {"DIGEST_SIGNING_KEYS": "k" * 40, "DIGEST_PROVIDER_TOKENS__MAIN": "token"}
        return {**plain, **secrets, "PYTHONPATH": str(Path(__file__).parent.parent)}

    def write(self, name: str, text: str) -> None:
        """An article."""
        (self.articles / name).write_text(text)

    def roll(self, readers: int) -> Path:
        """A CSV file of that many readers."""
        rows = "".join(f"reader{number}@example.org,Reader {number}\n" for number in range(1, readers + 1))
        file = self.folder / "readers.csv"
        file.write_text("email,name\n" + rows)
        return file

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """`digest …` as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "digest", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path, stdin: str = "", code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """`digest …` to its end; its exit code must be `code`, unless that is None."""
        with self.start(*arguments) as process:
            out, err = process.communicate(stdin, timeout=120)
        assert code is None or process.returncode == code, f"{process.returncode}\n{out}\n{err}"
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)
