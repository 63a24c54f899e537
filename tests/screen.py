"""A browser's page on which an e-mail is shown as a client shows it: without network, with or without its pictures."""

from __future__ import annotations

import re
from typing import Any, Literal

import lxml.html
from playwright.sync_api import Browser, Page, Route

Scheme = Literal["light", "dark"]

_STYLE_BLOCK = re.compile(r"<style\b.*?</style>", re.DOTALL)


class Screen:
    """One page for many e-mails, one after the other: a new page costs more than what is measured on it."""

    def __init__(self, browser: Browser) -> None:
        self._context = browser.new_context()
        self.page: Page = self._context.new_page()
        self.asked: list[str] = []
        """Addresses that the e-mail shown last wanted to load, but for pictures."""
        self._pictures: dict[str, tuple[str, str]] | None = {}
        self.page.route("**/*", self._answer)

    def show(self, html: str, *, width: int = 600, scheme: Scheme = "light", pictures: bool = True) -> None:
        """Show an e-mail; `pictures` off is a client that blocks them."""
        self.asked.clear()
        self._pictures = _sizes(html) if pictures else None
        self.resize(width)
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_content(html)

    def resize(self, width: int, scheme: Scheme | None = None) -> None:
        self.page.set_viewport_size({"width": width, "height": 800})
        if scheme:
            self.page.emulate_media(color_scheme=scheme)

    def ask(self, script: str, argument: object = None) -> Any:
        """What a script says about the page."""
        return self.page.evaluate(script, argument)

    def close(self) -> None:
        self._context.close()

    def _answer(self, route: Route) -> None:
        address = route.request.url
        if route.request.resource_type != "image":
            self.asked.append(address)
        if self._pictures is None or address not in self._pictures:
            route.abort()
            return
        width, height = self._pictures[address]
        drawn = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
            '<rect width="100%" height="100%" fill="#7A8F99"/></svg>'
        )
        route.fulfill(content_type="image/svg+xml", body=drawn)


def without_styles(html: str) -> str:
    """The e-mail in a client that drops every style block, as Gmail does for accounts of other providers."""
    return _STYLE_BLOCK.sub("", html)


def _sizes(html: str) -> dict[str, tuple[str, str]]:
    """Address of each picture → width and height as its attributes give them."""
    images = lxml.html.document_fromstring(html).iter("img")
    return {image.get("src", ""): (image.get("width", "600"), image.get("height", "300")) for image in images}
