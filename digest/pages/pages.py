"""Our web pages: jinja2 templates and the files they link to, an operator's own before the shipped ones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from mimetypes import guess_type
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from digest.errors import RenderError

STATIC = "static"
"""The folder beside the templates whose files pages may link to."""

FOREVER = "public, max-age=31536000, immutable"
"""Cache-Control of a file asked for by its hash."""


class _Asset(NamedTuple):
    content: bytes
    media_type: str
    hash: str


class Choice(NamedTuple):
    """A link of which one is current."""

    shown: str
    address: str
    current: bool


class Pages:
    """The templates in `folders`, the first that has a file wins.

    Every template is compiled at once, so that a mistake in one is a `RenderError` when the
    program starts and not when a reader wants to leave. Templates may use the filters `moment`
    (aware datetime to words, UTC) and `bytes`, and the function `asset(name)` for the address of
    a file in `static/`.
    """

    def __init__(self, *folders: Path) -> None:
        # Sandboxed: an operator's template can show values, but reaches nothing behind them.
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters |= {"moment": _moment, "bytes": _bytes}
        self._environment.globals["asset"] = self._address
        self._assets = {
            path.name: _asset(path) for folder in reversed(folders) for path in sorted((folder / STATIC).glob("*.*"))
        }
        for name in self._environment.list_templates(extensions=["html"]):
            try:
                self._environment.get_template(name)
            except TemplateSyntaxError as error:
                raise RenderError(f"{error.filename}, line {error.lineno}: {error.message}") from error
        self.route = Route(f"/{STATIC}/{{name}}", self._serve)

    def page(
        self, template: str, values: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        """The page; raises `RenderError` when the template asks for a value that it does not get."""
        try:
            return HTMLResponse(self._environment.get_template(template).render(values), status, headers)
        except TemplateError as error:
            raise RenderError(f"the page {template} cannot be made: {error}") from error

    def _address(self, name: str) -> str:
        return f"/{STATIC}/{name}?{self._assets[name].hash}"

    async def _serve(self, request: Request) -> Response:
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        cache = FOREVER if request.url.query == asset.hash else "no-cache"
        return Response(asset.content, media_type=asset.media_type, headers={"Cache-Control": cache})


def choices(address: str, chosen: Mapping[str, str], name: str, options: Mapping[str, str]) -> list[Choice]:
    """Links to `address` that change the parameter `name` and keep the others, for the macro `choice`.

    `options` maps its values to what is shown.
    """
    return [
        Choice(shown, f"{address}?{urlencode({**chosen, name: value})}", chosen[name] == value)
        for value, shown in options.items()
    ]


def _asset(path: Path) -> _Asset:
    content = path.read_bytes()
    media_type = guess_type(path.name)[0] or "application/octet-stream"
    return _Asset(content, media_type, hashlib.sha256(content).hexdigest()[:16])


def _moment(at: datetime) -> str:
    """An instant in words: "23 Nov 2026, 07:30 UTC"."""
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def _bytes(size: int) -> str:
    """A size in words: "812 B", "27.4 kB"."""
    return f"{size} B" if size < 1000 else f"{size / 1000:.1f} kB"
