"""A mail API on loopback that speaks Postmark's batch format and can misbehave as told.

Tests run it in a thread; `python tests/sink.py --port N --log FILE` runs it as a process of its
own, for kill tests and benchmarks. It knows nothing of the code under test: what it kept is the
truth that the ledger is held against.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

OK = "ok"
FAULTS = {
    "429": (False, 429),
    "429 later": (False, 429),
    "401": (False, 401),
    "413": (False, 413),
    "422": (False, 422),
    "500 refused": (False, 500),
    "500 kept": (True, 500),
    "503 kept": (True, 503),
    "302": (False, 302),
    "reset unread": (False, None),
    "reset kept": (True, None),
    "hang kept": (True, 0),
    "garbage kept": (True, 200),
    "short kept": (True, 200),
    "empty kept": (True, 200),
}
"""What can go wrong with one request → whether the messages were taken all the same, and the status.

With `slow ` in front it goes wrong, or right, `SLOW` seconds after the messages were taken.
"""
SLOW = 0.5


@dataclass
class Sink:
    """Takes messages and remembers them, in the order of arrival."""

    plan: deque[str] = field(default_factory=deque)
    """What to do with the next requests; OK when it runs out."""
    reject: dict[str, int] = field(default_factory=dict)
    """Address → Postmark error code, for single messages."""
    kept: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0
    log: Path | None = None
    slow: float = SLOW
    parse: bool = True
    """False: count the messages without reading them, for benchmarks."""
    url: str = ""

    def __enter__(self) -> Self:
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve(0, started)), daemon=True)
        self._thread.start()
        assert started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def addresses(self) -> list[str]:
        """Whom it took messages for, once for each."""
        return [message["To"].rpartition("<")[2].rstrip(">") for message in self.kept]

    async def serve(self, port: int, started: threading.Event | None = None, *, host: str = "127.0.0.1") -> None:
        """Listen until told to stop."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connection, host, port, limit=2**26)
        self.url = f"http://{host}:{server.sockets[0].getsockname()[1]}"
        if started:
            started.set()
        else:
            print(self.url, flush=True)  # noqa: T201 - the parent process reads it
        await self._stop.wait()
        server.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
                length = int(fields.get(b"content-length", 0))
                if head.startswith(b"GET /kept "):
                    writer.write(_response(200, json.dumps(self.kept).encode()))
                    continue
                if not length:
                    writer.write(_response(404, b"{}"))
                    continue
                body = await reader.readexactly(length)
                self.requests += 1
                fault = self.plan.popleft() if self.plan else OK
                if fault == "reset unread":
                    writer.transport.abort()
                    return
                answer = self._answer(fault.removeprefix("slow "), body)
                if fault.startswith("slow "):
                    await asyncio.sleep(self.slow)
                if answer is None:
                    writer.transport.abort()
                    return
                if answer == b"":
                    await self._stop.wait()
                    return
                writer.write(answer)
                await writer.drain()
        writer.close()

    def _answer(self, fault: str, body: bytes) -> bytes | None:
        keeps, status = FAULTS.get(fault, (True, 200))
        if not self.parse:
            if body.startswith(b'{"personalizations":['):
                return _response(202, b"", b"X-Message-Id: one-for-all\r\n")
            return _response(200, _taken(body.count(b'"MessageStream":')))
        messages = json.loads(body)
        results = []
        for message in messages:
            address = message["To"].rpartition("<")[2].rstrip(">")
            code = self.reject.get(address, 0)
            if keeps and not code:
                self._keep(message)
            results.append({"ErrorCode": code, "Message": "", "MessageID": f"m{len(self.kept)}" if not code else None})
        if status is None:
            return None
        if status == 0:
            return b""
        if fault == "garbage kept":
            return _response(200, b"<html>proxy error</html>")
        if fault == "empty kept":
            return _response(200, b"")
        if fault == "short kept":
            return _response(200, json.dumps(results[:-1]).encode())
        if status != 200:
            extra = b"Retry-After: 3600\r\n" if fault == "429 later" else b""
            return _response(status, b'{"ErrorCode":%d,"Message":""}' % {401: 10, 422: 300}.get(status, 0), extra)
        return _response(200, json.dumps(results).encode())

    def _keep(self, message: dict[str, Any]) -> None:
        self.kept.append(message)
        if self.log:
            with self.log.open("a") as log:
                log.write(json.dumps([message["To"], message["Metadata"]["delivery"]]) + "\n")


@cache
def _taken(count: int) -> bytes:
    """The results of so many messages, each with an id of its own in that answer."""
    return b"[" + b",".join(b'{"ErrorCode":0,"MessageID":"m%d"}' % number for number in range(count)) + b"]"


def _response(status: int, body: bytes, extra: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"
    return head % (status, len(body), extra) + body


def main(arguments: Iterable[str] | None = None) -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--slow", type=float, default=SLOW, help="seconds that `slow` means")
    parser.add_argument("--fault", action="append", default=[], help="N=FAULT: what to do with the N-th request")
    parser.add_argument("--count", action="store_true", help="count messages without reading them")
    options = parser.parse_args(arguments)
    faults = dict(fault.split("=", 1) for fault in options.fault)
    last = max(map(int, faults), default=0)
    sink = Sink(
        plan=deque(faults.get(str(n), OK) for n in range(1, last + 1)),
        log=options.log,
        parse=not options.count,
        slow=options.slow,
    )
    with contextlib.suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(sink.serve(options.port, host=options.host))


if __name__ == "__main__":
    main()
