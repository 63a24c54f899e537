"""Workers of one host, each in a process of its own.

Python lets one thread of a process compute at a time, so what fills and posts messages on a second processor
has to be a second process. They share nothing but the database, as workers on several hosts do: whichever dies,
the others give up its flights and go on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from digest.delivery.worker import Tally, Worker
from digest.errors import DigestError, StorageError
from digest.log import get

MOST = 4
"""Processes that are started unasked: they write to one database, so more of them soon wait for each other."""

REPLACED = 5
"""Members that were killed and replaced, after which something else must be wrong."""

NEWS_SECONDS = 0.5

Opened = Callable[[], AbstractContextManager[Worker]]
"""What opens a worker in a fresh process; it is pickled, so a function of a module or a `functools.partial` of one."""

log = get(__name__)


def processors() -> int:
    """Processors that this process may use, as the kernel allots them; at most `MOST`."""
    return min(MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


class Crew:
    """As many workers as `processes`; runs and stops like one, see `Worker.run`."""

    def __init__(self, opened: Opened, *, processes: int) -> None:
        self._opened = opened
        self._processes = processes
        self._stop = False

    def stop(self) -> None:
        """Claim nothing more and leave when the requests under way are settled."""
        self._stop = True

    def run(self, *, drain: bool = False, progress: Callable[[Tally], None] = lambda _: None) -> Tally:
        """Work until `stop`, or with `drain` until nothing more can be done now.

        A member that is killed is replaced. Raises StorageError with the words of a member that cannot
        go on; the others have settled what they had under way by then.
        """
        members = [_Member(self._opened, drain) for _ in range(self._processes)]
        told: list[Tally] = []
        failure: str | None = None
        killed, stopped = 0, False
        while members:
            if (self._stop or failure) and not stopped:
                stopped = True
                for member in members:
                    member.stop()
            wait([member.link for member in members], timeout=NEWS_SECONDS)
            for member in list(members):
                if member.listen():
                    continue
                members.remove(member)
                told.append(member.tally)
                code = member.code()
                failure = failure or member.failure
                if code < 0:
                    killed += 1
                    log.error("a sending process was killed", signal=-code)
                    if killed > REPLACED:
                        failure = failure or f"{killed} sending processes were killed; see the system's log for why"
                    elif not stopped:
                        members.append(_Member(self._opened, drain))
                elif code and failure is None:
                    failure = f"a sending process ended with code {code}; its own words stand above"
            progress(_sum([*told, *(member.tally for member in members)]))
        if failure is not None:
            raise StorageError(failure)
        return _sum(told)


class _Member:
    """One process and what it told last."""

    def __init__(self, opened: Opened, drain: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self.link, theirs = context.Pipe()
        self.tally = Tally()
        self.failure: str | None = None
        self._process: SpawnProcess = context.Process(target=_work, args=(opened, drain, theirs))
        self._process.start()
        theirs.close()  # theirs alone from now on, so that each side sees the other's end

    def stop(self) -> None:
        try:
            self.link.send(None)
        except OSError:
            return  # it has left already

    def listen(self) -> bool:
        """Take in what it told since; False once it has left."""
        try:
            while self.link.poll():
                word = self.link.recv()
                if isinstance(word, Tally):
                    self.tally = word
                else:
                    self.failure = str(word)
        except (EOFError, OSError):
            return False
        return True

    def code(self) -> int:
        """How it ended: 0, an exit code, or less than 0 for a signal."""
        self._process.join()
        self.link.close()
        return self._process.exitcode or 0


def _work(opened: Opened, drain: bool, link: Connection) -> None:
    """A member's life."""
    # Until there is something to settle, a Ctrl-C that reaches every process of the terminal is the parent's matter.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with opened() as worker:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: worker.stop())
            threading.Thread(target=_follow, args=(link, worker), name="parent", daemon=True).start()
            teller = _Teller(link)
            worker.run(drain=drain, progress=teller.tell)
            teller.tell(worker.tally, last=True)
    except DigestError as error:
        link.send(str(error))


def _follow(link: Connection, worker: Worker) -> None:
    """Stop when the parent says so, and when it is gone."""
    try:
        link.recv()
    except (EOFError, OSError):
        log.error("the parent process is gone: this one settles what is under way and leaves")
    worker.stop()


class _Teller:
    """Tells the parent how far its member is, not more often than anybody looks."""

    def __init__(self, link: Connection) -> None:
        self._link = link
        self._told = 0.0

    def tell(self, tally: Tally, *, last: bool = False) -> None:
        now = time.monotonic()
        if not last and now - self._told < NEWS_SECONDS:
            return
        self._told = now
        try:
            self._link.send(tally)
        except OSError:
            return  # the parent is gone; `_follow` sees to it


def _sum(tallies: list[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.outcomes.update(tally.outcomes)
        whole.given_up += tally.given_up
        whole.finished.extend(tally.finished)
        whole.held.update(tally.held)
    return whole
