"""The roll as the public pages see it: a signed token in, how its reader stands out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from digest.clock import Clock
from digest.storage.engine import Database
from digest.web.unsubscribe import Standing
from subscribers import roll
from subscribers.errors import BadToken, UnknownSubscriber
from subscribers.model import SubscriptionState
from subscribers.tokens import UnsubscribeClaim, UnsubscribeTokens

HIDDEN = "•••"
"""Stands for all but the first character of an address's local part."""


class Readers:
    """`digest.web.unsubscribe.Roll` over the database. `titles` maps newsletter keys to their titles.

    Every change is on disk when its call returns; StorageError means that nothing changed.
    """

    def __init__(
        self, database: Database, tokens: UnsubscribeTokens, *, titles: Mapping[str, str], clock: Clock
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._titles = titles
        self._clock = clock

    def standing(self, token: str) -> Standing | None:
        """How the reader stands; None for a token that is not ours."""
        claim = self._claim(token)
        if claim is None:
            return None
        title = self._titles.get(claim.newsletter, claim.newsletter)
        try:
            with self._database.read() as connection:
                reader = roll.entry(connection, subscriber_id=claim.subscriber_id, newsletter=claim.newsletter)
        except UnknownSubscriber:
            return Standing(title=title, address="", active=False)
        return Standing(
            title=title,
            address=_mostly_hidden(reader.subscriber.shown),
            active=reader.subscription.state is SubscriptionState.ACTIVE and reader.suppressed is None,
        )

    def leave(self, token: str, *, source: str) -> Standing | None:
        """Ends the subscription; `source` goes into the consent log."""
        claim = self._claim(token)
        if claim is None:
            return None
        with self._database.write() as connection:
            roll.unsubscribe(
                connection,
                subscriber_id=claim.subscriber_id,
                newsletter=claim.newsletter,
                at=self._clock(),
                source=source,
            )
        return self.standing(token)

    def rejoin(self, token: str) -> Standing | None:
        """Brings the subscription back with a line in the consent log, unless the address is suppressed or gone."""
        claim = self._claim(token)
        if claim is None:
            return None
        with self._database.write() as connection, suppress(UnknownSubscriber):
            reader = roll.entry(connection, subscriber_id=claim.subscriber_id, newsletter=claim.newsletter)
            roll.add(
                connection,
                address=reader.subscriber.shown,
                newsletter=claim.newsletter,
                at=self._clock(),
                source="page",
                detail="left by mistake, by the link of an e-mail",
                revive=True,
            )
        return self.standing(token)

    def _claim(self, token: str) -> UnsubscribeClaim | None:
        try:
            return self._tokens.read(token)
        except BadToken:
            return None


def _mostly_hidden(address: str) -> str:
    """Enough for the reader to know the address, too little for whom the e-mail was forwarded to."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}{HIDDEN}@{domain}"
