"""The port that Prometheus scrapes: one path, on the event loop of whoever has the page."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, TypeAlias

from charter.errors import Fault, ServingError
from charter.exchange import Answer, Asked
from charter.metrics.page import MEDIA_TYPE, Page
from charter.transport.http_server import HttpServer
from charter.transport.traffic import Limits

Probe: TypeAlias = Callable[[], tuple[bool, Mapping[str, Any]]]
"""Returns whether all is well, and a JSON object."""
_DRAIN_S = 1.0
_REFUSALS = {Fault.TOO_SLOW: 408, Fault.TOO_LARGE: 413, Fault.BUSY: 503}


class Scraped:
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

    async def __call__(self, asked: Asked) -> Answer | None:
        """Answer one request."""
        if asked.refusal is not None:
            return _refused(asked.refusal)
        probe = self._probes.get(asked.path)
        if probe is None and asked.path != self._path:
            return _answer(404, f"the metrics are at {self._path}\n".encode())
        if asked.verb not in ("GET", "HEAD"):
            return _answer(405, b"expected GET\n", allow="GET, HEAD")
        if probe is not None:
            is_well, told = probe()
            body = json.dumps(told, separators=(",", ":")).encode()
            return _answer(200 if is_well else 503, body, kind="application/json")
        # In a thread, because a page of many label sets would hold up the requests.
        body = await asyncio.get_running_loop().run_in_executor(None, self._page.text)
        return _answer(200, body, kind=MEDIA_TYPE)


def _refused(error: Exception) -> Answer | None:
    """Return the answer to what is no request, or too much; none where nobody waits for it."""
    if not isinstance(error, ServingError):
        return None
    status = error.rest_status or _REFUSALS.get(error.fault, 400)
    more = {"retry-after": "1"} if error.fault is Fault.BUSY else {}
    return _answer(status, f"{error}\n".encode(), **more)


def _answer(
    status: int, body: bytes, *, kind: str = "text/plain; charset=utf-8", **more: str
) -> Answer:
    headers = {"content-type": kind, **more}
    return status, body, [(name.encode(), value.encode()) for name, value in headers.items()]


@contextlib.asynccontextmanager
async def scraped(
    page: Page, path: str, sock: socket.socket, probes: Mapping[str, Probe]
) -> AsyncIterator[None]:
    """Show a page, and probes by their paths, on a listening socket while the block runs."""
    # Prometheus comes back every 15 to 60 s over the same connection.
    server = HttpServer(Scraped(page, path, probes), Limits(keepalive_s=75.0))
    await server.start(sock)
    try:
        yield
    finally:
        await server.drain(_DRAIN_S)
