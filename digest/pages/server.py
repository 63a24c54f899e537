"""A web server of our own in a background thread: one app, one address, started and stopped by hand."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette

from digest.errors import AlreadyRunning, ConfigError, DigestError

GRACE = 5
"""Seconds that answers under way get before a stop cuts them off."""


class Server:
    """Serves `app` on `host`:`port` from `start()` to `stop()`, or as a context manager.

    Port 0 takes a free one; `url` knows it after `start()`. Other hosts than loopback are refused
    with `ConfigError` unless `public`. An app that answers without end (server-sent events) puts
    an `asyncio.Event` in `app.state.stopping`: it is set before the stop waits for answers.
    Requests are never logged, because their paths carry readers' tokens.
    """

    def __init__(self, app: Starlette, *, host: str = "127.0.0.1", port: int = 0, public: bool = False) -> None:
        if not public and not is_loopback(host):
            raise ConfigError(
                f"host {host!r} is not this machine alone; this part shows mail without a password, "
                "so give it 127.0.0.1 and reach it from elsewhere through an SSH tunnel"
            )
        self._host = host
        self._port = port
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="on",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )
        self._uvicorn = _Uvicorn(config, getattr(app.state, "stopping", None))
        self._thread = threading.Thread(target=self._run, name=f"server {host}:{port}", daemon=True)
        self._listening: socket.socket | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a trailing slash."""
        if self._listening is None:
            raise RuntimeError("the server has no address before start()")
        return f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self._port}"

    def start(self) -> Self:
        """Binds, starts to serve and returns when the first request can be answered.

        Raises `AlreadyRunning` when another program holds the port, `ConfigError` when the
        address is not this machine's or the port needs more rights.
        """
        self._listening = self._bind()
        self._port = self._listening.getsockname()[1]
        self._thread.start()
        self._uvicorn.ready.wait()
        if not self._uvicorn.started:
            self._thread.join()
            self._listening.close()
            raise DigestError(f"the app at {self.url} did not start; its log has the reason")
        return self

    def stop(self) -> None:
        """Stops listening, lets answers under way finish, and returns when all is down; again is harmless."""
        self._uvicorn.should_exit = True
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            with contextlib.suppress(SystemExit):  # how uvicorn says that the app did not start
                self._uvicorn.run(sockets=[self._listening] if self._listening else None)
        finally:
            self._uvicorn.ready.set()

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            return socket.create_server((self._host, self._port), family=family, backlog=2048)
        except OSError as refusal:
            if refusal.errno == errno.EADDRINUSE:
                raise AlreadyRunning(
                    f"port {self._port} on {self._host} is taken, perhaps by this program in another window; "
                    "stop that one, or choose another port (0 takes a free one)"
                ) from refusal
            raise ConfigError(
                f"cannot listen on {self._host}:{self._port}: {refusal.strerror or refusal}; "
                "expected an address of this machine and a port from 1024 on"
            ) from refusal


class _Uvicorn(uvicorn.Server):
    """Tells when it listens, and warns endless answers before it waits for them."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event | None) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._stopping is not None:
            self._stopping.set()
        await super().shutdown(sockets)


def is_loopback(host: str) -> bool:
    """Whether a host name or address (without port or brackets) means this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
