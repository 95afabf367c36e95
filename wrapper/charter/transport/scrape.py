"""The port that Prometheus scrapes: one path, on the event loop of whoever has the page."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

import uvicorn

from charter.metrics.page import MEDIA_TYPE, Page

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Probe: TypeAlias = Callable[[], tuple[bool, Mapping[str, Any]]]
"""Returns whether all is well, and a JSON object."""
# Prometheus comes back every 15 to 60 s over the same connection.
_KEEP_ALIVE_S = 75


class ScrapeApp:
    """Answer GET and HEAD of one path with the page, of others with the state of the service.

    Args:
        page: what is shown.
        path: where.
        probes: by path, what returns whether all is well, and more that is told.
    """

    def __init__(self, page: Page, path: str, probes: Mapping[str, Probe]) -> None:
        self._page = page
        self._path = path
        self._probes = {name: probe for name, probe in probes.items() if name != path}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        probe = self._probes.get(scope["path"])
        if probe is None and scope["path"] != self._path:
            await _respond(send, 404, f"the metrics are at {self._path}\n".encode())
        elif scope["method"] not in ("GET", "HEAD"):
            await _respond(send, 405, b"expected GET\n", allow="GET, HEAD")
        elif probe is not None:
            is_well, told = probe()
            body = json.dumps(told, separators=(",", ":")).encode()
            await _respond(send, 200 if is_well else 503, body, kind="application/json")
        else:
            # In a thread, because a page of many label sets would hold up the requests.
            loop = asyncio.get_running_loop()
            body = await loop.run_in_executor(None, self._page.text)
            await _respond(send, 200, body, kind=MEDIA_TYPE)


async def _respond(
    send: Send, status: int, body: bytes, *, kind: str = "text/plain; charset=utf-8", **more: str
) -> None:
    headers = {"content-type": kind, "content-length": str(len(body)), **more}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def scraped(
    page: Page, path: str, sock: socket.socket, probes: Mapping[str, Probe]
) -> AsyncIterator[None]:
    """Show a page, and probes by their paths, on a listening socket while the block runs."""
    config = uvicorn.Config(
        ScrapeApp(page, path, probes),
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # Its main loop keeps the date of replies only, and they have none.
    await server.startup(sockets=[sock])
    try:
        yield
    finally:
        await server.shutdown(sockets=[sock])
