"""A mail API on loopback that speaks Resend's batch format and remembers the key of each request.

It knows nothing of the code under test: what it took is the truth.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Remembering:
    """Resend on loopback: what comes again under a key gets the first answer, and nothing is taken twice.

    A request may be `lost` before it is read, its answer may be `unheard`, or it is answered `429`.
    """

    def __init__(self) -> None:
        self.plan: deque[str] = deque()
        self.bodies: list[bytes] = []
        """Of every request that arrived."""
        self.keys: list[str] = []
        self.taken: list[str] = []
        """Addresses, once for each message that was taken."""
        self._answers: dict[str, tuple[bytes, bytes]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Remembering:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, key: str, body: bytes) -> tuple[int, bytes]:
        """409 for another body under a key that is known (https://resend.com/docs/dashboard/emails/idempotency-keys)."""
        if key in self._answers:
            first, answer = self._answers[key]
            return (200, answer) if first == body else (409, b'{"name":"invalid_idempotent_request"}')
        messages = json.loads(body)
        self.taken += [message["to"][0].rpartition("<")[2].rstrip(">") for message in messages]
        ids = [{"id": f"{key} {place}"} for place in range(len(messages))]
        self._answers[key] = body, json.dumps({"data": ids}).encode()
        return 200, self._answers[key][1]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fault = vendor.plan.popleft() if vendor.plan else ""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                vendor.bodies.append(body)
                vendor.keys.append(self.headers["Idempotency-Key"])
                status, answer = (429, b"{}") if fault == "429" else (0, b"")
                if not fault or fault == "unheard":
                    status, answer = vendor.answer(self.headers["Idempotency-Key"], body)
                self.close_connection = True
                if fault in ("lost", "unheard"):
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                return

        return Handler
