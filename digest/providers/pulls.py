"""The lists of events that some vendors keep: a missed day, page by page, as the events that webhooks would have told.

Pure functions of bytes, like the adapters. What a page leads to is asked at the account's own address, whatever
host the page names.

* Mailgun, `GET /v3/DOMAIN/events` (https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/events).
* Postmark, `GET /bounces` (https://postmarkapp.com/developer/api/bounce-api): bounces, complaints and
  unsubscriptions, by the time of New York; 10,000 at most for one question.
* Brevo, `GET /v3/smtp/statistics/events` (https://developers.brevo.com/reference/get-email-event-report): by days.

SendGrid sells its list apart, and the other vendors have none (all read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from digest.model import Event
from digest.providers.base import Answer, Call
from digest.providers.webhooks import HOOKS
from digest.providers.webhooks.base import decoded, items, members
from digest.providers.webhooks.sns import text_of

NEW_YORK = ZoneInfo("America/New_York")
MAILGUN_PAGE = 300
POSTMARK_PAGE = 500
POSTMARK_MOST = 10_000
BREVO_PAGE = 2_500


class Page(NamedTuple):
    """A part of a list."""

    events: list[Event]
    next: Call | None
    """What to ask for the part behind it."""


class Pull(Protocol):
    """A vendor's list."""

    def first(self, since: datetime, until: datetime) -> Call:
        """What to ask for its first part."""

    def read(self, asked: Call, answer: Answer) -> Page | None:
        """What was answered; None for what is no part of the list."""


class MailgunPull:
    """Oldest first, until a part is empty. The account's address ends in its domain."""

    _NEXT = re.compile(r"/events/((?:[A-Za-z0-9_=-]|%[0-9A-Fa-f]{2})+)$")

    def first(self, since: datetime, until: datetime) -> Call:
        begin, end = since.timestamp(), until.timestamp()
        return _get("/events", {"begin": begin, "end": end, "ascending": "yes", "limit": MAILGUN_PAGE})

    def read(self, asked: Call, answer: Answer) -> Page | None:
        found = _list(answer, "items")
        if found is None:
            return None
        paging = text_of(members(members(decoded(answer.body)).get("paging")), "next")
        following = self._NEXT.search(paging)
        if found and paging and not following:
            return None  # the rest of the day is behind it
        return Page(_events("mailgun", found), _get(f"/events/{following[1]}", {}) if found and following else None)


class PostmarkPull:
    """By offset, newest first."""

    def first(self, since: datetime, until: datetime) -> Call:
        local = {name: at.astimezone(NEW_YORK).strftime("%Y-%m-%dT%H:%M:%S") for name, at in
                 (("fromdate", since), ("todate", until))}  # fmt: skip
        return _get("/bounces", {"count": POSTMARK_PAGE, "offset": 0, **local})

    def read(self, asked: Call, answer: Answer) -> Page | None:
        found = _list(answer, "Bounces")
        if found is None:
            return None
        bounces = [{"RecordType": "Bounce", **members(bounce)} for bounce in found]
        return Page(_events("postmark", bounces), _further(asked, len(found), POSTMARK_PAGE, POSTMARK_MOST))


class BrevoPull:
    """By offset, oldest first, whole days."""

    def first(self, since: datetime, until: datetime) -> Call:
        days = {"startDate": since.date().isoformat(), "endDate": until.date().isoformat()}
        return _get("/v3/smtp/statistics/events", {"limit": BREVO_PAGE, "offset": 0, "sort": "asc", **days})

    def read(self, asked: Call, answer: Answer) -> Page | None:
        # A list without events has no member of that name.
        found = _list(answer, "events", empty=True)
        return None if found is None else Page(_events("brevo", found), _further(asked, len(found), BREVO_PAGE))


PULLS: Mapping[str, Pull] = {"brevo": BrevoPull(), "mailgun": MailgunPull(), "postmark": PostmarkPull()}
"""By the `kind` of the account."""


def _get(path: str, query: Mapping[str, object]) -> Call:
    return Call("GET", f"{path}?{urlencode(query)}" if query else path, (("Accept", "application/json"),), ())


def _list(answer: Answer, name: str, *, empty: bool = False) -> list[object] | None:
    found = members(decoded(answer.body))
    if answer.status != 200 or (name not in found and not (empty and decoded(answer.body) == {})):
        return None
    return items(found.get(name))


def _events(kind: str, found: list[object] | list[dict[str, object]]) -> list[Event]:
    return HOOKS[kind].events(msgspec.json.encode(found))


def _further(asked: Call, found: int, page: int, most: int | None = None) -> Call | None:
    """The same question with the next offset, unless that was the end or the vendor answers no further."""
    offset = int(re.findall(r"offset=(\d+)", asked.path)[0]) + page
    if found < page or (most is not None and offset + page > most):
        return None
    return asked._replace(path=re.sub(r"offset=\d+", f"offset={offset}", asked.path))
