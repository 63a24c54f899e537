"""Hosts of a network of their own, on this machine: namespaces of the kernel, joined by a bridge.

Source: https://man7.org/linux/man-pages/man7/network_namespaces.7.html.
"""

from __future__ import annotations

import ctypes
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
NAMED = Path("/run/netns")

_libc = ctypes.CDLL(None, use_errno=True)


class NoNetwork(Exception):
    """This machine or this user cannot make hosts; the message says what is needed."""


class Network:
    """A bridge and hosts on it, which reach each other and nothing else."""

    def __init__(self, *hosts: str) -> None:
        self._prefix = f"dg{secrets.token_hex(2)}"
        self._hosts = hosts

    def __enter__(self) -> Network:
        if shutil.which("ip") is None:
            raise NoNetwork("`ip` is not on this machine; on Debian and Ubuntu: apt-get install iproute2")
        try:
            self._ip("netns", "add", self._named("hub"))
            self._in("hub", "link", "add", "bridge", "type", "bridge")
            self._in("hub", "link", "set", "bridge", "up")
            for host in self._hosts:
                self._join(host)
        except subprocess.CalledProcessError as error:
            self.__exit__()
            raise NoNetwork(
                f"hosts cannot be made here ({error.stderr.strip()}): run the tests as root with CAP_NET_ADMIN and "
                "CAP_SYS_ADMIN, in Docker with --privileged"
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        for host in ("hub", *self._hosts):
            subprocess.run(["ip", "netns", "delete", self._named(host)], capture_output=True, check=False)

    def address(self, host: str) -> str:
        return f"10.77.0.{self._hosts.index(host) + 1}"

    @contextmanager
    def on(self, host: str) -> Iterator[None]:
        """What this thread starts meanwhile runs on the host."""
        with Path("/proc/thread-self/ns/net").open() as home, (NAMED / self._named(host)).open() as away:
            _enter(away.fileno())
            try:
                yield
            finally:
                _enter(home.fileno())

    def cut(self, host: str) -> None:
        """Nothing arrives there any more, and nothing from it; its programs are not told."""
        self._in("hub", "link", "set", f"to-{host}", "down")

    def mend(self, host: str) -> None:
        self._in("hub", "link", "set", f"to-{host}", "up")

    def _join(self, host: str) -> None:
        self._ip("netns", "add", self._named(host))
        self._in("hub", "link", "add", f"to-{host}", "type", "veth", "peer", "name", "wire", "netns", self._named(host))
        self._in("hub", "link", "set", f"to-{host}", "master", "bridge", "up")
        self._in(host, "address", "add", f"{self.address(host)}/24", "dev", "wire")
        self._in(host, "link", "set", "wire", "up")
        self._in(host, "link", "set", "lo", "up")

    def _in(self, host: str, *words: str) -> None:
        self._ip("-netns", self._named(host), *words)

    def _ip(self, *words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True, text=True)

    def _named(self, host: str) -> str:
        return f"{self._prefix}-{host}"


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
