"""A mail API on loopback that answers what it is told to, path by path, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class Vendor:
    """`answers`: path → status and body; a body that is no text is sent as JSON, None is never answered.

    `fields`: header fields of every answer.
    """

    def __init__(self, answers: dict[str, tuple[int, object]], *, fields: dict[str, str] | None = None) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        """Method, path and header fields, names in lower case."""
        closing = threading.Event()
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
                status, said = answers.get(self.path, (404, {"message": "Not Found"}))
                if said is None:
                    closing.wait(10)
                    return
                body = said.encode() if isinstance(said, str) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html" if isinstance(said, str) else "application/json")
                self.send_header("Content-Length", str(len(body)))
                for name, value in (fields or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - whatever is asked is remembered

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._closing = closing
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
