"""Group commit: many requests wait, one durable transaction answers them all.

A commit that survives a power cut costs milliseconds, so one for each webhook would be a queue that only
grows. Whatever waits while a commit is under way shares the next one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

from digest.delivery.events import Post, Reports
from digest.errors import StorageError
from digest.log import get

MOST_EVENTS = 1_000
"""In one transaction, so that a worker's own commits get their turn; a single larger post goes alone."""

log = get(__name__)


class Intake:
    """A thread that commits what is submitted, as a context manager.

    `complained` is called after a commit with each edition that somebody complained of; what it raises is logged.
    """

    def __init__(self, reports: Reports, *, complained: Callable[[int], None]) -> None:
        self._reports = reports
        self._complained = complained
        self._waiting: deque[tuple[Post, Future[bool]]] = deque()
        self._wake = threading.Condition()
        self._open = False
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)

    def __enter__(self) -> Intake:
        self._open = True
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """What was submitted is still committed."""
        with self._wake:
            self._open = False
            self._wake.notify()
        self._thread.join()

    def submit(self, post: Post) -> Future[bool]:
        """Done once the post is on disk: whether it was admitted. It raises StorageError when it could not be kept."""
        future: Future[bool] = Future()
        with self._wake:
            if not self._open:
                raise StorageError("the program is stopping; send it again")
            self._waiting.append((post, future))
            self._wake.notify()
        return future

    def _run(self) -> None:
        while self._waiting or self._open:
            if group := self._next():
                self._commit(group)

    def _next(self) -> list[tuple[Post, Future[bool]]]:
        """Who waits, up to the most for one transaction; nobody when it is closed, or all of them went away."""
        with self._wake:
            while not self._waiting and self._open:
                self._wake.wait()
            group: list[tuple[Post, Future[bool]]] = []
            events = 0
            while self._waiting and (not group or events + len(self._waiting[0][0].events) <= MOST_EVENTS):
                post, future = self._waiting.popleft()
                # From here on nobody can cancel it; who went away before is not answered, and posts again.
                if future.set_running_or_notify_cancel():
                    group.append((post, future))
                    events += len(post.events)
            return group

    def _commit(self, group: list[tuple[Post, Future[bool]]]) -> None:
        try:
            taken = self._reports.take([post for post, _ in group])
        except StorageError as error:
            for _, future in group:
                future.set_exception(error)
        except Exception as error:
            if len(group) == 1:
                log.error("a webhook cannot be kept", account=group[0][0].account, error=type(error).__name__)
                group[0][1].set_exception(StorageError("the events could not be kept"))
                return
            # One of them is at fault, and the others are not to wait for it.
            for alone in group:
                self._commit([alone])
        else:
            for (_, future), admitted in zip(group, taken.admitted, strict=True):
                future.set_result(admitted)
            for edition_id in taken.complaints:
                self._note(edition_id)

    def _note(self, edition_id: int) -> None:
        try:
            self._complained(edition_id)
        except Exception as error:
            log.error("complaints cannot be weighed", edition=edition_id, error=type(error).__name__)
