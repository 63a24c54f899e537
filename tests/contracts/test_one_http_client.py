"""Only digest/http.py makes HTTP clients (DESIGN, "The house")."""

from __future__ import annotations

import ast
from pathlib import Path

import digest

ROOT = Path(digest.__file__).parent.parent
MAKERS = {
    "httpx": {"Client", "AsyncClient", "get", "post", "put", "patch", "delete", "head", "options", "request", "stream"},
    "urllib.request": {"urlopen", "build_opener", "urlretrieve", "Request"},
    "http.client": {"HTTPConnection", "HTTPSConnection"},
}
OTHER_LIBRARIES = {"requests", "aiohttp", "urllib3", "httpcore", "pycurl"}


def clients_made(source: str) -> list[str]:
    """Every call in `source` that makes a client or a request, and every import of another HTTP library."""
    names: dict[str, str] = {}
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
                found += [alias.name] if alias.name.partition(".")[0] in OTHER_LIBRARIES else []
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module] if node.module.partition(".")[0] in OTHER_LIBRARIES else []
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            first, dot, rest = ast.unparse(node.func).partition(".")
            called = names.get(first, "") + dot + rest
            module, _, name = called.rpartition(".")
            found += [called] if name in MAKERS.get(module, ()) else []
    return found


def test_only_http_py_makes_clients() -> None:
    """No other module of the program makes a client, calls a shortcut or imports another HTTP library."""
    modules = [path for package in ("digest", "subscribers") for path in (ROOT / package).rglob("*.py")]
    assert len(modules) > 20
    offenders = {
        str(path.relative_to(ROOT)): made
        for path in modules
        if path != ROOT / "digest" / "http.py" and (made := clients_made(path.read_text("utf-8")))
    }
    assert offenders == {}


def test_the_scan_sees_every_form() -> None:
    """The scan finds clients under any import, so a green run above means something."""
    assert clients_made("import httpx\nhttpx.Client()") == ["httpx.Client"]
    assert clients_made("import httpx as h\nasync def f():\n    h.AsyncClient()") == ["httpx.AsyncClient"]
    assert clients_made("from httpx import Client as C\nC()") == ["httpx.Client"]
    assert clients_made("import urllib.request\nurllib.request.urlopen('x')") == ["urllib.request.urlopen"]
    assert clients_made("from urllib import request\nrequest.urlopen('x')") == ["urllib.request.urlopen"]
    assert clients_made("import requests") == ["requests"]
    assert clients_made("import httpx\ndef f(client: httpx.Client): client.get('/')") == []
    assert clients_made((ROOT / "digest" / "http.py").read_text("utf-8")).count("httpx.Client") == 1
