"""What is remembered of the pictures that were fetched, so that an edition built again fetches none anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from digest.storage.dialect import upsert
from digest.storage.engine import Database
from digest.storage.media import NAME
from digest.storage.tables import editions, pictures

CARD = "card:"
"""Before an edition's fingerprint: where its quote card is remembered. No picture of the web has such an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What came of the last look at an address."""

    name: str | None = None
    """Of the file in the media folder; None when there is none to show."""
    width: int = 0
    """Pixels."""
    height: int = 0
    refused: str = ""
    """Why there is none to show, or why the last look brought nothing new."""
    etag: str | None = None
    last_modified: str | None = None
    asked_at: datetime


class Pictures:
    """The memory of all pictures, by address."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def look(self, address: str) -> Look | None:
        """What came of the last look at an address, if there was one."""
        with self._database.read() as connection:
            row = connection.execute(select(pictures).where(pictures.c.address == address)).first()
        if row is None:
            return None
        return Look(
            name=row.name,
            width=row.width,
            height=row.height,
            refused=row.refused,
            etag=row.etag,
            last_modified=row.last_modified,
            asked_at=row.asked_at,
        )

    def shown(self) -> set[str]:
        """Names of the files that editions show, in whatever state they are, their cards among them."""
        cards = select(pictures.c.name).join(editions, pictures.c.address == CARD + editions.c.fingerprint)
        with self._database.read() as connection:
            names = {name for name in connection.scalars(cards) if name}
            for message in connection.scalars(select(editions.c.message)):
                names.update(NAME.findall(message))
        return names

    def keep(self, address: str, look: Look) -> None:
        """Remember a look in place of the one before."""
        row = {
            "address": address,
            "etag": look.etag,
            "last_modified": look.last_modified,
            "name": look.name,
            "width": look.width,
            "height": look.height,
            "refused": look.refused,
            "asked_at": look.asked_at,
        }
        # A lost one costs a second look, nothing more.
        with self._database.write(durable=False) as connection:
            replacing = upsert(connection, pictures).on_conflict_do_update(index_elements=["address"], set_=row)
            connection.execute(replacing, row)
