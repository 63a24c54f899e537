"""A mail API on loopback that misbehaves as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sink import Sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


class Echoing(BaseHTTPRequestHandler):
    """Mailjet on loopback: each message is taken, named by its own id, the last one first."""

    def do_POST(self) -> None:
        messages = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["Messages"]
        taken = [
            {"Status": "success", "CustomID": message["CustomID"], "To": [{"MessageID": place}]}
            for place, message in enumerate(messages, start=1)
        ]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"Messages": taken[::-1]}).encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def echo() -> Iterator[str]:
    """The address of a mail API whose answers stand in another order than the request."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echoing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
