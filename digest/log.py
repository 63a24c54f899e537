"""The log: one line for each event on standard error, JSON unless a person looks at a terminal.

Events carry ids, never an address or a secret (DESIGN, rule 10). That is a promise of those who
write events; `scrub` is the net below them, also for what libraries log and for tracebacks.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

import structlog

ADDRESS = "[address]"
SECRET = "[secret]"  # noqa: S105  # what stands in its place
SHORTEST_SECRET = 6
"""Characters; replacing every occurrence of something shorter would spoil ordinary words."""

LONGEST_VALUE = 20_000
"""Characters of one value; more is cut off."""

# Every repetition is bounded, so that a hostile text costs time in proportion to its length.
_ADDRESS = re.compile(r"""(?:"[^"\n]{1,64}"|[^\s"'<>(),;:@]{1,128})(?:@|%40)[^\s"'<>(),;:@/]{1,255}""", re.IGNORECASE)
_NAMED = r"[\w-]{0,40}(?:token|secret|password|passwd|api[-_]?key|signature|authorization|cookie)[\w-]{0,40}"
_NAME = re.compile(_NAMED, re.IGNORECASE)
_ASSIGNED = re.compile(rf"""({_NAMED}["']?\s?[=:]\s?["']?)(?:(?:bearer|basic)\s+)?[^\s"'&,;]+""", re.IGNORECASE)
_BEARER = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_FREE = ("exception", "stack")
"""Keys whose text has several lines."""


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """A log for one module; `name` stands in each of its events. Sets the log up if nobody did."""
    if not structlog.is_configured():
        configure()
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger(log=name)
    return log


def configure(*, level: str = "info", console: bool | None = None, secrets: Iterable[str] = ()) -> None:
    """Set up the log of this process. Libraries are heard from warnings on.

    `level` is debug, info, warning or error. `console` chooses lines for people over JSON; None looks
    whether standard error is a terminal. `secrets` are replaced wherever they turn up.
    """
    console = sys.stderr.isatty() if console is None else console
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(timestamp_key="at", exception_formatter=structlog.dev.plain_traceback)
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            Scrub(secrets),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, _Library)] + [_Library()]
    root.setLevel(logging.WARNING)


class Scrub:
    """A structlog processor that replaces addresses and secrets in every value, however deep."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({text for text in secrets if len(text) >= SHORTEST_SECRET}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {self.text(key): self.value(value, key) for key, value in event.items()}

    def value(self, value: Any, key: str = "") -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if _NAME.fullmatch(key):
            return SECRET
        if isinstance(value, Mapping):
            return {self.text(str(name)): self.value(inner, str(name)) for name, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(inner) for inner in value]
        text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
        return self.text(text, lines=key in _FREE)

    def text(self, text: str, *, lines: bool = False) -> str:
        """The text without secrets, addresses, and what could end a line or command a terminal."""
        if len(text) > LONGEST_VALUE:
            text = text[:LONGEST_VALUE] + "…"
        if self._known:
            text = self._known.sub(SECRET, text)
        text = _ASSIGNED.sub(rf"\g<1>{SECRET}", text)
        text = _BEARER.sub(rf"\g<1> {SECRET}", text)
        text = _ADDRESS.sub(ADDRESS, text)
        text = _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
        return text if lines else text.replace("\n", "\\n")


class _Library(logging.Handler):
    """Hands what libraries log to our own log, so that it is scrubbed and looks the same."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            structlog.get_logger(log=record.name).log(record.levelno, record.getMessage(), exc_info=record.exc_info)
        except Exception:
            self.handleError(record)
