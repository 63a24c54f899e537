"""Staying until somebody says stop."""

from __future__ import annotations

import signal
import threading


def until_interrupted() -> None:
    """Return at Ctrl-C or SIGTERM."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
