"""Editions and their articles, kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, update

from digest.errors import NotFound, WrongState
from digest.model import Article, Edition, EditionState
from digest.storage.dialect import upsert
from digest.storage.drafts import Content, Draft, Sender
from digest.storage.engine import Database
from digest.storage.tables import articles, edition_stories, editions
from digest.storage.transitions import cancel, hold, move, resume

MUTABLE = (EditionState.DRAFT, EditionState.HELD, EditionState.CANCELLED)
"""While in these, and before its audience is frozen, an edition's content may be replaced."""


LARGEST_ID = 2**63 - 1
"""Of an SQLite or PostgreSQL integer; a person may type a larger one."""


class Editions:
    """The editions of every newsletter."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        draft: Draft,
        sources: Iterable[Article],
        *,
        state: EditionState,
        reason: str,
        at: datetime,
        new: bool = False,
    ) -> int:
        """Keep a draft under its newsletter and date, and the articles that it was made of; its id.

        A draft of the same date is replaced while it may still change, unless this one is to be
        `new`. Raises WrongState when that date's edition may not be replaced.
        """
        with self._database.write() as connection:
            current = connection.execute(
                select(editions.c.id, editions.c.state, editions.c.planned).where(*_of(draft)).with_for_update()
            ).first()
            if current is not None and (new or current.state not in MUTABLE or current.planned):
                raise WrongState(
                    f"edition {current.id} of {draft.newsletter} for {draft.issue_date} is already {current.state}; "
                    f"it cannot be built again. `digest editions show {current.id}` shows it; "
                    "--date builds another day's"
                )
            _keep_articles(connection, sources, at)
            row = _row(draft, state, reason)
            if current is None:
                identity = connection.execute(insert(editions).values(created_at=at, **row)).inserted_primary_key
                assert identity is not None  # noqa: S101 - an integer primary key always has a value here
                edition_id = int(identity[0])
            else:
                edition_id = int(current.id)
                connection.execute(update(editions).where(editions.c.id == edition_id).values(**row))
                connection.execute(edition_stories.delete().where(edition_stories.c.edition_id == edition_id))
            _keep_stories(connection, edition_id, draft)
        return edition_id

    def get(self, edition_id: int) -> Edition:
        """The edition. Raises NotFound."""
        if edition_id > LARGEST_ID:
            raise NotFound(f"there is no edition {edition_id}; `digest editions list` shows those that exist")
        return self._one(select(editions).where(editions.c.id == edition_id), f"there is no edition {edition_id}")

    def of(self, newsletter: str, issue_date: date) -> Edition | None:
        """That date's edition of a newsletter, if there is one."""
        with self._database.read() as connection:
            where = (editions.c.newsletter == newsletter, editions.c.issue_date == issue_date)
            row = connection.execute(select(editions).where(*where)).first()
        return None if row is None else _edition(row)

    def online(self, public_id: str) -> Edition:
        """The approved or sent edition behind a public address. Raises NotFound."""
        shown = (EditionState.APPROVED, EditionState.SENDING, EditionState.FINISHED)
        # Whoever has it in the inbox may read it online, also while it is held or once it is cancelled.
        where = and_(editions.c.public_id == public_id, or_(editions.c.state.in_(shown), editions.c.planned > 0))
        return self._one(select(editions).where(where), "there is no such edition")

    def listing(self, newsletter: str | None = None, states: Iterable[EditionState] = ()) -> list[Edition]:
        """Editions, newest issue date first."""
        query = select(editions).order_by(editions.c.issue_date.desc(), editions.c.id.desc())
        if newsletter is not None:
            query = query.where(editions.c.newsletter == newsletter)
        if wanted := tuple(states):
            query = query.where(editions.c.state.in_(wanted))
        with self._database.read() as connection:
            return [_edition(row) for row in connection.execute(query)]

    def message(self, edition_id: int) -> str:
        """The compiled message, JSON. Raises NotFound."""
        return str(self._column(edition_id, editions.c.message))

    def sender(self, edition_id: int) -> Sender:
        """From whom it goes out. Raises NotFound."""
        return msgspec.convert(self._column(edition_id, editions.c.sender), Sender)

    def overrides(self, edition_id: int) -> dict[str, dict[str, str]]:
        """Finding code → `reason`, `by`, `at`, as recorded. Raises NotFound."""
        return dict(self._column(edition_id, editions.c.overrides))

    def public_id(self, edition_id: int) -> str:
        """What its address online ends in. Raises NotFound."""
        return str(self._column(edition_id, editions.c.public_id))

    def approve(self, edition_id: int, *, fingerprint: str, by: str, at: datetime) -> None:
        """Freeze the content that has this fingerprint. Raises WrongState when it is another by now."""
        with self._database.write() as connection:
            row = move(connection, edition_id, EditionState.APPROVED)
            if row.planned:
                raise WrongState(
                    f"edition {edition_id} is already being sent; `digest send {edition_id}` goes on with it"
                )
            if row.fingerprint != fingerprint:
                raise WrongState(f"edition {edition_id} was built again meanwhile; look at it again, then approve it")
            values = {"approved_at": at, "approved_by": by, "reason": ""}
            connection.execute(update(editions).where(editions.c.id == edition_id).values(**values))

    def hold(self, edition_id: int, *, reason: str) -> None:
        """Let it wait for a person; see `digest.storage.transitions`."""
        with self._database.write() as connection:
            hold(connection, edition_id, reason=reason)

    def resume(self, edition_id: int) -> None:
        """Go on with a held edition whose audience is frozen."""
        with self._database.write() as connection:
            resume(connection, edition_id)
            self._database.notify(connection)

    def cancel(self, edition_id: int, *, reason: str, at: datetime) -> int:
        """Stop it for good; how many readers will not get it."""
        with self._database.write() as connection:
            return cancel(connection, edition_id, reason=reason, at=at)

    def sent_before(self, newsletter: str, digests: Iterable[str], *, but: date) -> set[str]:
        """Which of these articles an approved edition of another date already carried."""
        alive = (EditionState.APPROVED, EditionState.SENDING, EditionState.FINISHED)
        query = (
            select(edition_stories.c.article)
            .join(editions, editions.c.id == edition_stories.c.edition_id)
            .where(
                edition_stories.c.newsletter == newsletter,
                edition_stories.c.article.in_(list(digests)),
                editions.c.issue_date != but,
                or_(editions.c.state.in_(alive), editions.c.planned > 0),
            )
        )
        with self._database.read() as connection:
            return set(connection.scalars(query))

    def number(self, newsletter: str, issue_date: date) -> int:
        """How many editions of the newsletter went out before that date, plus one."""
        query = (
            select(func.count())
            .select_from(editions)
            .where(
                editions.c.newsletter == newsletter,
                editions.c.issue_date < issue_date,
                or_(editions.c.state.in_((EditionState.SENDING, EditionState.FINISHED)), editions.c.planned > 0),
            )
        )
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one()) + 1

    def _one(self, query: Select[Any], missing: str) -> Edition:
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"{missing}; `digest editions list` shows those that exist")
        return _edition(row)

    def _column(self, edition_id: int, column: Any) -> Any:
        with self._database.read() as connection:
            row = connection.execute(select(column).where(editions.c.id == edition_id)).first()
        if row is None:
            raise NotFound(f"there is no edition {edition_id}; `digest editions list` shows those that exist")
        return row[0]


def _of(draft: Draft) -> tuple[Any, Any]:
    return editions.c.newsletter == draft.newsletter, editions.c.issue_date == draft.issue_date


def _keep_articles(connection: Connection, sources: Iterable[Article], at: datetime) -> None:
    rows = [
        {
            "digest": article.digest,
            "text": article.text,
            "source": article.source,
            "ref": article.ref,
            "url": article.url,
            "fetched_at": at,
        }
        for article in sources
    ]
    if rows:
        connection.execute(upsert(connection, articles).on_conflict_do_nothing(), rows)


def _keep_stories(connection: Connection, edition_id: int, draft: Draft) -> None:
    rows = [
        {"edition_id": edition_id, "position": position, "newsletter": draft.newsletter, "article": story.article}
        for position, story in enumerate(draft.stories, start=1)
    ]
    if rows:
        connection.execute(insert(edition_stories), rows)


def _row(draft: Draft, state: EditionState, reason: str) -> dict[str, Any]:
    content = Content(draft.stories, draft.left_out, draft.findings, draft.corrections, draft.folder)
    return {
        "newsletter": draft.newsletter,
        "issue_date": draft.issue_date,
        "public_id": draft.public_id,
        "state": state,
        "scheduled": draft.scheduled,
        "due_at": draft.due_at,
        "subject": draft.subject,
        "content": msgspec.json.encode(content).decode(),
        "message": draft.message,
        "sender": msgspec.to_builtins(draft.sender),
        "provider": draft.provider,
        "fingerprint": draft.fingerprint,
        "overrides": draft.overrides,
        "reason": reason,
    }


def _edition(row: Row[Any]) -> Edition:
    content = msgspec.json.decode(row.content, type=Content)
    overrides: Mapping[str, Mapping[str, str]] = row.overrides
    return Edition(
        id=row.id,
        newsletter=row.newsletter,
        issue_date=row.issue_date,
        state=EditionState(row.state),
        subject=row.subject,
        fingerprint=row.fingerprint,
        provider=row.provider,
        created_at=row.created_at,
        due_at=row.due_at,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        finished_at=row.finished_at,
        scheduled=row.scheduled,
        reason=row.reason,
        planned=row.planned,
        stories=content.stories,
        left_out=content.left_out,
        findings=content.findings,
        corrections=content.corrections,
        folder=content.folder,
        overrides={code: entry["reason"] for code, entry in overrides.items()},
    )
