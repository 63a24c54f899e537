"""The points at which a process can be stopped: both sides of every commit, and five places in every request."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import httpx
from sqlalchemy import Engine

Happening = Callable[[str], None]
"""Told the name of each point as the process passes it."""


def kill_at(number: int) -> Happening:
    """A happening that kills the process at the point of that number, counted from 1, as `kill -9` does."""
    passed = 0

    def happening(_: str) -> None:
        nonlocal passed
        passed += 1
        if passed == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return happening


def around_commits(engine: Engine, happening: Happening) -> None:
    """Pass a point before and after each commit of the engine."""
    commit = engine.dialect.do_commit

    def watched(connection: Any) -> None:
        happening("before a commit")
        commit(connection)
        happening("after a commit")

    engine.dialect.do_commit = watched  # type: ignore[method-assign,assignment]


class Watched(httpx.BaseTransport):
    """A transport that passes five points in each request; it changes nothing of what is sent."""

    def __init__(self, transport: httpx.BaseTransport, happening: Happening) -> None:
        self._transport = transport
        self._happening = happening

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._happening("before the first byte")
        request.stream = _Body(request.stream, self._happening)
        response = self._transport.handle_request(request)
        self._happening("after the head of the answer")
        response.stream = _Answer(response.stream, self._happening)
        return response

    def close(self) -> None:
        self._transport.close()


class _Body(httpx.SyncByteStream):
    """A request's body in two halves at least."""

    def __init__(self, body: Any, happening: Happening) -> None:
        self._body = body
        self._happening = happening

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._body:
            half = len(piece) // 2
            yield piece[:half]
            self._happening("in the middle of the body")
            yield piece[half:]
        self._happening("after the last byte")


class _Answer(httpx.SyncByteStream):
    """An answer's body."""

    def __init__(self, body: Any, happening: Happening) -> None:
        self._body = body
        self._happening = happening

    def __iter__(self) -> Iterator[bytes]:
        yield from self._body
        self._happening("after the answer")

    def close(self) -> None:
        self._body.close()
