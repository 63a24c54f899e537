"""The mail API of the durability tests: a process of its own, so that no kill touches what it remembers."""

from __future__ import annotations

import asyncio
import multiprocessing
from multiprocessing.connection import Connection

from sink import Sink


class Postbox:
    """A sink whose truth can be asked for once nobody is connected to it any more."""

    def __enter__(self) -> Postbox:
        # Spawned before anything is forked, and told to end by the other end of the pipe.
        context = multiprocessing.get_context("spawn")
        self._link, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self.url: str = self._link.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._link.close()
        self._process.join()

    def quiet(self) -> None:
        """Wait until all that was sent has arrived."""
        self._ask("quiet")

    def taken(self) -> list[str]:
        """Whom it took messages for since it was asked last, when all that was sent has arrived."""
        return self._ask("taken")

    def _ask(self, word: str) -> list[str]:
        self._link.send(word)
        addresses: list[str] = self._link.recv()
        return addresses


class _Counting(Sink):
    """Knows how many connections are open."""

    open = 0

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            await super()._connection(reader, writer)
        finally:
            self.open -= 1
            writer.close()


def _serve(link: Connection) -> None:
    with _Counting() as sink:
        link.send(sink.url)
        while True:
            try:
                word = link.recv()
            except EOFError:
                return
            # What a killed process had handed to the kernel arrives, and then the connection ends.
            while sink.open:
                asyncio.run_coroutine_threadsafe(asyncio.sleep(0.001), sink._loop).result()
            link.send(sink.addresses())
            if word == "taken":
                sink.kept.clear()
