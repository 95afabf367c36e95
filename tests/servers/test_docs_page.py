"""The page at /docs of a real server: it asks nobody else, and works behind a prefix."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from charter import asgi_app, testing
from charter.transport.openapi import page

TIMEOUT_S = 20.0


class Echo:
    def predict(self, X: Any) -> Any:
        return X


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with (
        testing.serve(Echo) as endpoints,
        httpx.Client(base_url=endpoints.url, timeout=TIMEOUT_S) as client,
    ):
        yield client


def test_the_page_and_its_files_are_served(client: httpx.Client) -> None:
    pytest.importorskip("flask_swagger_ui")
    shown = client.get("/docs")

    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    for address in re.findall(r'"(docs/[^"]*)"', shown.text):
        found = client.get(f"/{address}").raise_for_status()
        assert found.content
        assert found.headers["cache-control"] == "max-age=3600"
        head = client.head(f"/{address}")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(found.content))


@pytest.mark.parametrize("path", ["/docs", "/docs/docs.js"])
def test_browsers_are_told_to_ask_nobody_else(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert {source for sources in policy.values() for source in sources.split()} <= {
        *("'none'", "'self'", "data:")
    }
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert headers["x-content-type-options"] == "nosniff"


def test_nothing_else_is_below_the_page(client: httpx.Client) -> None:
    for path in ("/docs/", "/docs/none.js", "/docs/../rest.py", "/docs/%2e%2e/page.py"):
        assert client.get(path).status_code == 404
    assert "/docs/docs.js" not in client.get("/nowhere").json()["status"]["info"]


def test_the_page_is_served_behind_a_prefix() -> None:
    async def ask() -> list[int]:
        transport = httpx.ASGITransport(asgi_app(Echo), root_path="/models/echo")
        async with httpx.AsyncClient(transport=transport, base_url="http://charter") as client:
            paths = ("docs", "docs/docs.js", "openapi.json")
            return [(await client.get(f"/models/echo/{path}")).status_code for path in paths]

    assert asyncio.run(ask()) == [200, 200, 200]


def test_without_swagger_ui_the_page_is_plain(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "_PACKAGE", "charter-has-no-such-package")
    page._swagger_ui.cache_clear()
    try:
        shown = client.get("/docs")
        missing = client.get("/docs/swagger-ui-bundle.js")
        style = client.get("/docs/plain.css")
    finally:
        page._swagger_ui.cache_clear()

    assert "<code>/predict</code>" in shown.text
    assert (missing.status_code, style.status_code) == (404, 200)
