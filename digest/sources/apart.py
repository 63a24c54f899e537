"""Strangers' texts are read in a process of their own: one that takes too long ends that process, and nothing else.

The parsers behind the sources are made for honest input. A feed of a few kilobytes can keep a regular
expression of feedparser busy for hours, and no thread can be interrupted in one.
"""

from __future__ import annotations

import logging
import multiprocessing
import resource
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import ParamSpec, TypeVar

from digest.errors import SourceError

SECONDS = 5.0
"""Of computing, for one text; the largest honest page or feed takes a second."""
ALL_SECONDS = 20.0
"""For all texts that one `Apart` reads."""
ENDING = 5.0
"""Seconds that a process has from closing its end to its end."""
MEMORY = 1 << 30
"""Bytes of address space, where the system can limit it."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Apart:
    """Calls functions in another process, started at the first call; close it after use.

    What goes in and comes out is pickled, and the functions are those of a module.
    """

    def __init__(self, *, seconds: float = SECONDS, all_seconds: float = ALL_SECONDS) -> None:
        self._seconds = seconds
        self._left = all_seconds
        self._started: tuple[BaseProcess, Connection] | None = None

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, *_: object) -> None:
        if self._started:
            process, pipe = self._started
            self._started = None
            pipe.close()
            process.kill()
            process.join()
            process.close()

    def __call__(self, read: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What `read` returns or raises, and SourceError when it takes more than it may have."""
        seconds = min(self._seconds, self._left)
        if seconds <= 0:
            raise SourceError("what was read before it took too long, so that no time was left; try again later")
        try:
            process, pipe = self._started = self._started or _start()
        except OSError as error:
            raise SourceError(f"no process can be started to read it ({error.strerror}); free some memory") from None
        try:
            pipe.send((read, args, kwargs, seconds))
            left, answer = pipe.recv()
        except (EOFError, OSError):
            self._left -= seconds
            process.join(ENDING)
            late = process.exitcode == -signal.SIGPROF
            self.__exit__()
            why = f"it takes more than {seconds:.0f} seconds to read" if late else "what reads it crashed"
            raise SourceError(f"{why}; tell its publisher") from None
        self._left -= seconds - left
        if isinstance(answer, Exception):
            raise answer
        found: _T = answer
        return found


@cache
def _context() -> ForkServerContext:
    # A process is then there in milliseconds; one that only forks could inherit another thread's lock.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["digest.sources.entries", "digest.sources.page", "feedparser"])
    return context


def _start() -> tuple[BaseProcess, Connection]:
    ours, theirs = _context().Pipe()
    process = _context().Process(target=_serve, args=(theirs,), daemon=True, name="reader")
    process.start()
    theirs.close()
    return process, ours


def _serve(pipe: Connection) -> None:
    """In the process: answer one call after the other until the other end is closed."""
    # Sent to everything that we started, while what asks this process may still finish its edition.
    for asked_to_end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked_to_end, signal.SIG_IGN)
    # What parsers say about a text is not for the people who read our log.
    logging.disable()
    _bound_memory()
    while True:
        try:
            read, args, kwargs, seconds = pipe.recv()
        except EOFError:
            return
        # Counts the time of this process alone, and ends it: whatever it is doing, and however busy the machine.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            answer = read(*args, **kwargs)
        except MemoryError:
            answer = SourceError("it takes too much memory to read; tell its publisher")
        except SourceError as error:
            answer = error
        except Exception as error:  # a defect of ours, whose place would be lost on the way
            error.add_note(traceback.format_exc())
            answer = error
        left, _ = signal.setitimer(signal.ITIMER_PROF, 0)
        pipe.send((left, answer))


def _bound_memory() -> None:
    """Within what the operator allows already; macOS knows the limit, and refuses to set it."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most), most))
