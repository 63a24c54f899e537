"""A small real newsroom for tests: settings, articles and a database in one folder, and a clock of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from installation import CONFIG, SALT
from office import migrated

from digest.delivery.plan import Planner
from digest.delivery.press import Presses, Terms
from digest.editing.desk import Desk
from digest.editing.picture_desk import PictureDesk
from digest.providers.postmark import Postmark
from digest.rendering.templates import Templates
from digest.schedule.open_edition import EditionOpener
from digest.settings import Settings, load
from digest.storage.deliveries import Deliveries
from digest.storage.editions import Editions
from digest.storage.media import Media
from digest.storage.pictures import Pictures
from digest.storage.schema import ready
from digest.storage.sources import Sources
from subscribers import roll

KEYS = ["a-signing-key-for-tests-0123456789"]
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""A Monday."""


class Newsroom:
    """Everything that makes editions, over one folder; `time` is what its clock shows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.articles = folder / "articles"
        self.articles.mkdir(exist_ok=True)
        self.config = folder / "config.toml"
        if not self.config.exists():
            self.config.write_text(CONFIG.format(url="http://127.0.0.1:9", batch=10))
            self.write("salt.txt", SALT)
            (folder / "digest.sqlite3").write_bytes(migrated())
        self.database = ready(folder / "digest.sqlite3")
        self.editions = Editions(self.database)
        self.deliveries = Deliveries(self.database)
        self.media = Media(folder / "media")
        self.time = NOW

    def __enter__(self) -> Newsroom:
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()

    def clock(self) -> datetime:
        return self.time

    def write(self, name: str, text: str) -> None:
        (self.articles / name).write_text(text)

    def settings(self, **changes: Any) -> Settings:
        """Those of config.toml with changes, nested like it."""
        return load(self.config, {"signing_keys": KEYS, **changes})

    def desk(self, **changes: Any) -> Desk:
        settings = self.settings(**changes)
        return Desk(
            settings=settings,
            editions=self.editions,
            sources=Sources(self.database),
            templates=Templates([]),
            pictures=PictureDesk(settings=settings, media=self.media, memory=Pictures(self.database), clock=self.clock),
            clock=self.clock,
        )

    def opener(self, changes: Mapping[str, Any], *, fenced_at: datetime | None = None) -> EditionOpener:
        return EditionOpener(
            desk=self.desk(**changes),
            editions=self.editions,
            planner=Planner(
                deliveries=self.deliveries,
                editions=self.editions,
                presses=Presses(editions=self.editions, terms={"main": Terms(Postmark(), "postmark")}, keys=KEYS),
                settings=self.settings(**changes).delivery,
                rates={},
                clock=self.clock,
            ),
            fenced_at=lambda: fenced_at,
            clock=self.clock,
        )

    def enrol(self, count: int) -> None:
        with self.database.write() as connection:
            for number in range(1, count + 1):
                address = f"reader{number}@example.org"
                roll.add(connection, address=address, newsletter="morning", at=NOW, source="test")
