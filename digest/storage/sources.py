"""What is remembered of each source: its last state, and the articles that were pushed to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import select

from digest.errors import KeyTaken
from digest.model import Article, SourceState, Validators
from digest.storage.dialect import upsert
from digest.storage.engine import Database
from digest.storage.tables import pushed_articles, source_states

MOST = 500
"""Pushed articles that are read back, the newest; an edition has at most 60 stories."""


class Receipt(NamedTuple):
    """What became of a push. A push that is repeated has the same receipt."""

    digest: str
    """The article's."""
    first: bool
    """Whether it brought the article; another push may have brought it before."""


class Sources:
    """The memory of all sources."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def state(self, source: str, *, since: datetime | None = None) -> SourceState:
        """What its last look returned, or what was pushed to it from `since` on, newest first; empty for a new one."""
        with self._database.read() as connection:
            row = connection.execute(select(source_states).where(source_states.c.source == source)).first()
            if row is not None:
                return SourceState(
                    url=row.url,
                    articles=_articles(row.articles),
                    etag=row.etag,
                    last_modified=row.last_modified,
                    pages=msgspec.json.decode(row.pages, type=dict[str, Validators]),
                    error=row.error,
                    fetched_at=row.fetched_at,
                )
            pushed = (
                select(pushed_articles.c.article)
                .where(pushed_articles.c.source == source)
                .order_by(pushed_articles.c.received_at.desc(), pushed_articles.c.id.desc())
                .limit(MOST)
            )
            if since is not None:
                pushed = pushed.where(pushed_articles.c.received_at >= since)
            found = [msgspec.json.decode(text, type=Article) for text in connection.scalars(pushed)]
        return SourceState(articles=tuple({article.digest: article for article in found}.values()))

    def keep(self, source: str, state: SourceState, *, at: datetime) -> None:
        """Remember a look that was taken at `at`; with an error in it, the look before keeps its time."""
        if not state.error:
            state = replace(state, fetched_at=at)
        row = {
            "source": source,
            "url": state.url,
            "etag": state.etag,
            "last_modified": state.last_modified,
            "pages": msgspec.json.encode(state.pages).decode(),
            "articles": msgspec.json.encode([_fields(article) for article in state.articles]).decode(),
            "error": state.error,
            "fetched_at": state.fetched_at,
        }
        # A lost one costs a second look, nothing more.
        with self._database.write(durable=False) as connection:
            replacing = upsert(connection, source_states).on_conflict_do_update(index_elements=["source"], set_=row)
            connection.execute(replacing, row)

    def push(self, article: Article, *, key: str | None, sha256: str, at: datetime) -> Receipt:
        """Keep a pushed article durably, once. Raises KeyTaken for a key that brought something else."""
        digest = article.digest
        row = {
            "source": article.source,
            "key": key or digest,
            "sha256": sha256,
            "digest": digest,
            "article": msgspec.json.encode(_fields(article)).decode(),
            "received_at": at,
        }
        mine = (pushed_articles.c.source == article.source, pushed_articles.c.key == row["key"])
        with self._database.write() as connection:
            connection.execute(upsert(connection, pushed_articles).values(row).on_conflict_do_nothing())
            kept = connection.execute(select(pushed_articles).where(*mine)).one()
            if key is not None and kept.sha256 != sha256:
                raise KeyTaken(f"the key {key!r} belongs to another article already; send this one under a new key")
            earlier = select(pushed_articles.c.id).where(
                pushed_articles.c.source == article.source,
                pushed_articles.c.digest == kept.digest,
                pushed_articles.c.id < kept.id,
            )
            return Receipt(kept.digest, connection.execute(earlier.limit(1)).first() is None)


def _articles(text: str) -> tuple[Article, ...]:
    return msgspec.json.decode(text, type=tuple[Article, ...])


def _fields(article: Article) -> dict[str, object]:
    """Its fields alone: an article also carries the digest that was counted once."""
    return {name: getattr(article, name) for name in Article.__dataclass_fields__}
