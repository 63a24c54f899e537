"""A publisher on loopback: real HTTP answers, told by the test, and every request on record."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

PARAGRAPHS = (
    "The council of Maravik voted on Monday to reopen the salt works, which closed nine years ago when the old "
    "harbour wall gave way and the sea took two of the four pans.",
    "“We have waited long enough for this, and so has the town,” said Ines Calloway, the mayor of Maravik, after a "
    "session that lasted until midnight.",
    "Work on the wall begins in March and costs 4.2 million crowns, a third of which the province pays. The first "
    "salt should be raked in the summer after next, the council's engineers expect.",
    "Fishermen had asked for a deeper channel beside the pans. Their speaker, Olav Renn, said that the plan “leaves "
    "us room, if they keep to it”.",
)
"""An article of our own, long enough to be taken for one."""


@dataclass
class Reply:
    """One answer. With an `etag` the publisher answers 304 to who has it."""

    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    packed: bool = False


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Nothing: a client that has read enough hangs up, and tests look at what the client says."""


class Publisher:
    """Serves `replies` by path while it is open; a path that is not there is 404."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply | Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.sent: list[tuple[str, int]] = []
        """Path and status of each answer, in order."""
        self.stopping = threading.Event()
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                publisher.asked.append((self.path, dict(self.headers)))
                reply = publisher.replies.get(self.path, Reply(status=404))
                if callable(reply):
                    self.close_connection = True
                    reply(self)
                    return
                _send(self, reply)

            def send_response(self, code: int, message: str | None = None) -> None:
                publisher.sent.append((self.path, code))
                super().send_response(code, message)

            def log_message(self, *_: object) -> None:
                """Nothing: tests look at `asked`."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Publisher:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def paths(self) -> list[str]:
        """The paths asked for so far, in order."""
        return [path for path, _ in self.asked]

    def trickle(self, handler: BaseHTTPRequestHandler) -> None:
        """A reply: a page that never comes to its end, a byte at a time."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000000\r\n\r\n")
        while not self.stopping.wait(0.05):
            try:
                handler.wfile.write(b"x")
            except OSError:
                return


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    tag = reply.headers.get("ETag")
    fresh = tag is not None and handler.headers.get("If-None-Match") == tag
    body = b"" if fresh else gzip.compress(reply.body) if reply.packed else reply.body
    handler.send_response(304 if fresh else reply.status)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    if reply.packed:
        handler.send_header("Content-Encoding", "gzip")
    if not fresh:
        handler.send_header("Content-Type", reply.kind)
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    try:
        handler.wfile.write(body)
    except OSError:
        handler.close_connection = True


def page(headline: str, *paragraphs: str, head: str = "", encoding: str = "utf-8") -> Reply:
    """A news page with that headline and body."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs or PARAGRAPHS)
    html = (
        f'<!DOCTYPE html><html lang="en"><head><title>{headline} | The Harbour Ledger</title>{head}</head>'
        f"<body><nav><a href='/'>Home</a></nav><article><h1>{headline}</h1>{body}</article></body></html>"
    )
    return Reply(html.encode(encoding))


def rss(items: str, *, title: str = "The Harbour Ledger") -> Reply:
    """An RSS feed around these items."""
    text = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>{title}</title><language>en-GB</language>{items}</channel></rss>"
    )
    return Reply(text.encode(), kind="application/rss+xml")


def item(headline: str, link: str, *paragraphs: str, extra: str = "") -> str:
    """An RSS item with its full text."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs or PARAGRAPHS)
    return (
        f"<item><title>{headline}</title><link>{link}</link><pubDate>Mon, 23 Nov 2026 06:30:00 +0100</pubDate>"
        f"<content:encoded><![CDATA[{body}]]></content:encoded>{extra}</item>"
    )
