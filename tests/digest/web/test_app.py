"""The public pages beside leaving: an edition online, health, robots, and safe headers on everything."""

from __future__ import annotations

import httpx
import pytest


def test_an_edition_is_shown_as_it_was_sent_and_can_do_nothing(client: httpx.Client) -> None:
    """The HTML comes unchanged, under a policy without scripts, forms, frames or any origin of ours."""
    answer = client.get("/editions/first")
    assert answer.status_code == 200
    assert answer.text == "<!DOCTYPE html><title>First</title><style>p{color:red}</style><p>Edition 1</p>"
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'none'"
    assert "allow-scripts" not in policy["sandbox"]
    assert "allow-same-origin" not in policy["sandbox"]
    assert "script-src" not in policy
    assert answer.headers["x-robots-tag"] == "noindex"


@pytest.mark.parametrize("path", ["/editions/none", "/editions/", "/", "/static/none.css", "/static/..%2fbase.html"])
def test_what_does_not_exist_is_a_page(client: httpx.Client, path: str) -> None:
    """An unknown address is 404 with a readable page."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_health_and_robots(client: httpx.Client) -> None:
    """/healthz names the service; robots may fetch what a shared link shows, and are asked to keep out else."""
    assert client.get("/healthz").json() == {"service": "quicktakes"}
    assert client.get("/robots.txt").text == "User-agent: *\nAllow: /editions/\nAllow: /media/\nDisallow: /\n"


@pytest.mark.parametrize("path", ["/", "/u/x", "/healthz", "/robots.txt", "/editions/first", "/editions/none"])
def test_every_answer_has_safe_headers(client: httpx.Client, path: str) -> None:
    """No sniffing, no framing, no inline script, no cookie; the server does not name itself."""
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src 'unsafe-inline'" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] in {"same-origin", "no-referrer"}
    assert "set-cookie" not in headers
    assert "server" not in headers


def test_the_stylesheet_is_kept_for_ever_under_its_hash(client: httpx.Client) -> None:
    """The page links the stylesheet with its hash, and only that address is cached for ever."""
    address = client.get("/u/x").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert client.get(address).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get(address).headers["content-type"] == "text/css; charset=utf-8"
    assert client.get("/static/pages.css?old").headers["cache-control"] == "no-cache"
